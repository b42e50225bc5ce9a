namespace Toka.Simulation.Disk;

/// <summary>
/// A file beyond its names: what the kernel has of it, and what is on the disk. The unit that a disk keeps or loses is the
/// sector of 512 bytes.
/// </summary>
internal sealed class FileNode
{
    public const int SectorBytes = 512;

    private readonly List<int> _dirty = [];
    private byte[] _now = [];
    private byte[] _durable = [];
    private bool[] _isDirty = [];

    public int Length { get; private set; }

    public int DurableLength { get; private set; }

    public int Names { get; set; }

    public int Handles { get; set; }

    public bool IsClean => _dirty.Count == 0 && Length == DurableLength;

    public ReadOnlySpan<byte> Bytes => _now.AsSpan(0, Length);

    public void Write(ReadOnlySpan<byte> bytes, int offset)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        Reserve(offset + bytes.Length);
        bytes.CopyTo(_now.AsSpan(offset));
        Touch(Math.Min(offset, Length), offset + bytes.Length);
        Length = Math.Max(Length, offset + bytes.Length);
    }

    public void Truncate(int length)
    {
        Reserve(length);
        var (low, high) = (Math.Min(Length, length), Math.Max(Length, length));
        _now.AsSpan(low, high - low).Clear();
        Touch(low, high);
        Length = length;
    }

    public void Sync()
    {
        foreach (var sector in _dirty)
        {
            Keep(sector);
        }

        Settle();
        KeepLength();
    }

    /// <summary>Some sectors reach the disk, the others never will; the kernel takes all for clean.</summary>
    public void ForgetUnsynced(Dice dice)
    {
        foreach (var sector in _dirty)
        {
            if (dice.OneIn(2))
            {
                Keep(sector);
            }
        }

        Settle();
        if (dice.OneIn(2))
        {
            KeepLength();
        }
    }

    /// <summary>What the disk has after a power cut.</summary>
    /// <returns>Whether anything that was written is gone.</returns>
    public bool CutPower(Dice dice)
    {
        var isLossy = false;
        _dirty.Sort();
        var style = dice.Below(4);
        var prefix = dice.Below(_dirty.Count + 1);
        for (var i = 0; i < _dirty.Count; i++)
        {
            var isKept = style switch { 0 => false, 1 => true, 2 => i < prefix, _ => dice.OneIn(2) };
            if (isKept)
            {
                Keep(_dirty[i]);
            }

            isLossy |= !isKept;
        }

        var length = style switch
        {
            0 => DurableLength,
            1 => Length,
            2 when prefix > 0 && prefix < _dirty.Count => Math.Clamp((_dirty[prefix - 1] + 1) * SectorBytes, Math.Min(Length, DurableLength), Math.Max(Length, DurableLength)),
            2 => prefix == 0 ? DurableLength : Length,
            _ => dice.Pick(Length, DurableLength, dice.Between(Math.Min(Length, DurableLength), Math.Max(Length, DurableLength))),
        };
        isLossy |= length < Length;
        Settle();
        if (length > _durable.Length)
        {
            Array.Resize(ref _durable, Math.Max(length, _now.Length));
        }

        _durable.AsSpan(length).Clear();
        _now = new byte[_durable.Length];
        _durable.CopyTo(_now, 0);
        Array.Resize(ref _isDirty, (_now.Length / SectorBytes) + 1);
        Length = DurableLength = length;
        return isLossy;
    }

    /// <summary>
    /// A bit of the file changes, on the disk and for whoever reads it. On the disk also where it has only the sector yet and not the
    /// length: what a power cut brings back there is what was read, and no damage heals.
    /// </summary>
    public void Flip(int at, int bit)
    {
        _now[at] ^= (byte)(1 << bit);
        if (at < _durable.Length)
        {
            _durable[at] ^= (byte)(1 << bit);
        }
    }

    /// <summary>The length gets to the disk; sectors within it that did not are zeros.</summary>
    private void KeepLength()
    {
        Array.Resize(ref _durable, Math.Max(_durable.Length, _now.Length));
        DurableLength = Length;
    }

    private void Keep(int sector)
    {
        var at = sector * SectorBytes;
        if (_durable.Length < _now.Length)
        {
            Array.Resize(ref _durable, _now.Length);
        }

        var count = Math.Min(SectorBytes, _now.Length - at);
        _now.AsSpan(at, count).CopyTo(_durable.AsSpan(at));
    }

    private void Settle()
    {
        foreach (var sector in _dirty)
        {
            _isDirty[sector] = false;
        }

        _dirty.Clear();
    }

    private void Touch(int from, int to)
    {
        for (var sector = from / SectorBytes; sector * SectorBytes < to; sector++)
        {
            if (!_isDirty[sector])
            {
                _isDirty[sector] = true;
                _dirty.Add(sector);
            }
        }
    }

    private void Reserve(int length)
    {
        if (length > _now.Length)
        {
            // Whole sectors, so that one is kept or lost as a whole.
            var capacity = Math.Max(Math.Max(length, _now.Length * 2), 4 * SectorBytes);
            Array.Resize(ref _now, (capacity + SectorBytes - 1) / SectorBytes * SectorBytes);
            Array.Resize(ref _isDirty, (_now.Length / SectorBytes) + 1);
        }
    }
}
