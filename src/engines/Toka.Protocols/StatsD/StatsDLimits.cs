namespace Toka.Protocols.StatsD;

/// <summary>What a line of StatsD may have. What goes beyond is a fault of its line; the rest is read. Immutable.</summary>
public sealed record StatsDLimits
{
    private readonly int _lineBytes = 8 * 1024;
    private readonly int _nameBytes = 512;
    private readonly int _tags = 64;

    /// <summary>The limits that hold where none are given.</summary>
    public static StatsDLimits Default { get; } = new();

    /// <summary>Bytes of one line. Default 8 KiB, 64 bytes to 64 KiB: clients keep datagrams below 1,432 bytes, or 8 KiB on one machine.</summary>
    public int LineBytesMax
    {
        get => _lineBytes;
        init => _lineBytes = Within(value, 64, 64 * 1024, nameof(LineBytesMax));
    }

    /// <summary>Bytes of a metric's or a tag's name as it is written. Default 512, 1 to 4096: as names have here everywhere.</summary>
    public int NameBytesMax
    {
        get => _nameBytes;
        init => _nameBytes = Within(value, 1, 4096, nameof(NameBytesMax));
    }

    /// <summary>Tags of one line. Default 64, 1 to 1024: each is compared with the others.</summary>
    public int TagsMax
    {
        get => _tags;
        init => _tags = Within(value, 1, 1024, nameof(TagsMax));
    }

    private static int Within(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} may be {least} to {most}.");
}
