namespace Toka.TimeSeries.Index;

/// <summary>
/// Open addressing from a 64-bit hash to a number: the upper half of the hash stands beside the number, so that a probe
/// that meets another entry rarely looks at it. The caller confirms equality. Filled to three quarters. Not thread-safe.
/// </summary>
internal struct HashSlots(int capacity)
{
    private const ulong Empty = 0;
    private const ulong Gone = 0xffff_ffff;

    private ulong[] _slots = new ulong[capacity];
    private int _used;
    private int _live;

    /// <summary>Bytes of the slots.</summary>
    public readonly long Bytes => 8L * _slots.Length;

    /// <summary>Where probing for a hash begins.</summary>
    public readonly int First(ulong hash) => (int)(hash & (ulong)(_slots.Length - 1));

    /// <summary>The next candidate of a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="probe">From <see cref="First"/>; moved on.</param>
    /// <param name="number">The candidate.</param>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryNext(ulong hash, ref int probe, out int number)
    {
        while (true)
        {
            var slot = _slots[probe];
            probe = (probe + 1) & (_slots.Length - 1);
            if (slot == Empty)
            {
                number = -1;
                return false;
            }

            if ((slot ^ hash) >> 32 == 0 && (uint)slot != Gone)
            {
                number = (int)(uint)slot - 1;
                return true;
            }
        }
    }

    /// <summary>Adds an entry that is not there.</summary>
    public void Add(ulong hash, int number)
    {
        if ((_used + 1) * 4L > _slots.Length * 3L)
        {
            throw new InvalidOperationException("BUG: Reserve was not called.");
        }

        var probe = First(hash);
        while (_slots[probe] != Empty)
        {
            probe = (probe + 1) & (_slots.Length - 1);
        }

        _slots[probe] = (hash & 0xffff_ffff_0000_0000) | (uint)(number + 1);
        _used++;
        _live++;
    }

    /// <summary>Removes an entry that is there.</summary>
    public void Remove(ulong hash, int number)
    {
        var probe = First(hash);
        while ((uint)_slots[probe] != (uint)(number + 1))
        {
            probe = (probe + 1) & (_slots.Length - 1);
        }

        _slots[probe] = Gone | (1UL << 32);
        _live--;
    }

    /// <summary>Makes room for one more entry, rehashing when needed.</summary>
    /// <param name="hashOf">The hash of a number.</param>
    public void Reserve(Func<int, ulong> hashOf)
    {
        if ((_used + 1) * 4L <= _slots.Length * 3L)
        {
            return;
        }

        var old = _slots;
        _slots = new ulong[_live * 2L >= old.Length ? old.Length * 2 : old.Length];
        _used = _live = 0;
        foreach (var slot in old)
        {
            if (slot != Empty && (uint)slot != Gone)
            {
                var number = (int)(uint)slot - 1;
                Add(hashOf(number), number);
            }
        }
    }
}
