namespace Toka.Protocols.Influx;

/// <summary>What a line of the Influx line protocol may have. What goes beyond is a fault of its line; the rest is read. Immutable.</summary>
public sealed record InfluxLimits
{
    private readonly int _lineBytes = 256 * 1024;
    private readonly int _nameBytes = 512;
    private readonly int _valueBytes = 4096;
    private readonly int _tags = 128;
    private readonly int _fields = 4096;

    /// <summary>The limits that hold where none are given.</summary>
    public static InfluxLimits Default { get; } = new();

    /// <summary>Bytes of one line, its string fields included. Default 256 KiB, 1 KiB to 16 MiB: InfluxDB takes strings of 64 KiB.</summary>
    public int LineBytesMax
    {
        get => _lineBytes;
        init => _lineBytes = Within(value, 1024, 16 * 1024 * 1024, nameof(LineBytesMax));
    }

    /// <summary>Bytes of a measurement, a tag's key or a field's key, each as it is written. Default 512, 1 to 4096: as names have here everywhere.</summary>
    public int NameBytesMax
    {
        get => _nameBytes;
        init => _nameBytes = Within(value, 1, 4096, nameof(NameBytesMax));
    }

    /// <summary>Bytes of a tag's value as it is written. Default 4096, 1 to 60,000, as a label's encoding has 16 bits for the length.</summary>
    public int TagValueBytesMax
    {
        get => _valueBytes;
        init => _valueBytes = Within(value, 1, 60_000, nameof(TagValueBytesMax));
    }

    /// <summary>Tags of one line. Default 128, 1 to 1024: each is compared with the others.</summary>
    public int TagsMax
    {
        get => _tags;
        init => _tags = Within(value, 1, 1024, nameof(TagsMax));
    }

    /// <summary>Fields of one line. Default 4096, 1 to 65,536: far above what agents send.</summary>
    public int FieldsMax
    {
        get => _fields;
        init => _fields = Within(value, 1, 65_536, nameof(FieldsMax));
    }

    private static int Within(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} may be {least} to {most}.");
}
