using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;
using Toka.Core.Telemetry;

namespace Toka.Monitoring.Collection;

/// <summary>
/// What a collector keeps for each name that it meets in a file (a device, a field), found by the name's bytes without
/// allocating. Names mostly come in the same order, so the entry after the last one found is tried first.
/// </summary>
/// <param name="create">Makes the entry of a name at its first sight.</param>
/// <param name="capacity">How many names are kept; beyond it <see cref="TryGet"/> says no and counts.</param>
/// <param name="overflow">Counts the names beyond the capacity.</param>
internal sealed class NameTable<T>(Func<string, T> create, int capacity, SelfCounter overflow)
{
    /// <summary>Sweeps without a sight after which a name is forgotten; see <see cref="Sweep"/>.</summary>
    private const int UnseenMax = 60;

    private readonly Dictionary<byte[], int> _index = new(new BytesComparer());
    private readonly List<Entry> _entries = [];
    private int _next;
    private int _sweep;

    /// <summary>Finds or makes the entry of a name.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, [MaybeNullWhen(false)] out T value)
    {
        if (_next >= _entries.Count || !name.SequenceEqual(_entries[_next].Name))
        {
            if (!_index.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out _next) && !TryAdd(name))
            {
                value = default;
                return false;
            }
        }

        var entry = _entries[_next++];
        entry.Sweep = _sweep;
        value = entry.Value;
        return true;
    }

    /// <summary>Ends a pass: forgets names that were not met for long. Call once a collection where names come and go.</summary>
    public void Sweep()
    {
        _next = 0;
        if (_sweep++ % UnseenMax != 0 || _entries.TrueForAll(e => _sweep - e.Sweep <= UnseenMax))
        {
            return;
        }

        _entries.RemoveAll(e => _sweep - e.Sweep > UnseenMax);
        _index.Clear();
        for (var i = 0; i < _entries.Count; i++)
        {
            _index.Add(_entries[i].Name, i);
        }
    }

    private bool TryAdd(ReadOnlySpan<byte> name)
    {
        if (_entries.Count >= capacity)
        {
            _next = 0;
            overflow.Add();
            return false;
        }

        var bytes = name.ToArray();
        _next = _entries.Count;
        _entries.Add(new Entry(bytes, create(Encoding.UTF8.GetString(name))));
        _index.Add(bytes, _next);
        return true;
    }

    private sealed class Entry(byte[] name, T value)
    {
        public byte[] Name { get; } = name;

        public T Value { get; } = value;

        public int Sweep { get; set; }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
