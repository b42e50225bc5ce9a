namespace Toka.Protocols.Exposition;

/// <summary>
/// What one exposition may ask for. What goes beyond is a fault of its line, or of its metric in the protobuf format; the rest
/// is read. Immutable.
/// </summary>
public sealed record ExpositionLimits
{
    private readonly int _lineBytes = 256 * 1024;
    private readonly int _nameBytes = 512;
    private readonly int _valueBytes = 4096;
    private readonly int _labels = 128;

    /// <summary>The limits that hold where none are given.</summary>
    public static ExpositionLimits Default { get; } = new();

    /// <summary>
    /// Bytes of one line of text. Default 256 KiB, 1 KiB to 16 MiB. The longest lines of exporters have a few KiB; more is a body
    /// that is no exposition.
    /// </summary>
    public int LineBytesMax
    {
        get => _lineBytes;
        init => _lineBytes = Within(value, 1024, 16 * 1024 * 1024, nameof(LineBytesMax));
    }

    /// <summary>Bytes of a metric's or a label's name. Default 512, 1 to 4096: as OTLP's names have here.</summary>
    public int NameBytesMax
    {
        get => _nameBytes;
        init => _nameBytes = Within(value, 1, 4096, nameof(NameBytesMax));
    }

    /// <summary>
    /// Bytes of a label's value. Default 4096, 1 to 60,000, as a label's encoding has 16 bits for the length. Longer values are
    /// texts or documents, which make poor series.
    /// </summary>
    public int LabelValueBytesMax
    {
        get => _valueBytes;
        init => _valueBytes = Within(value, 1, 60_000, nameof(LabelValueBytesMax));
    }

    /// <summary>Labels of one series or exemplar. Default 128, 1 to 1024: each is compared with the others of its line.</summary>
    public int LabelsMax
    {
        get => _labels;
        init => _labels = Within(value, 1, 1024, nameof(LabelsMax));
    }

    private static int Within(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} may be {least} to {most}.");
}
