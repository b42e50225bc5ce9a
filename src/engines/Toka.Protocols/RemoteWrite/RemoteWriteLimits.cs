namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// What one remote write request may ask for. What goes beyond is refused series by series, counted by reason and told to the
/// sender; only a body that is too large is refused as a whole. Immutable.
/// </summary>
public sealed record RemoteWriteLimits
{
    private readonly int _bytes = 32 * 1024 * 1024;
    private readonly int _series = 250_000;
    private readonly int _samples = 1_000_000;
    private readonly int _labelBytes = 64 * 1024 * 1024;
    private readonly int _labels = 128;
    private readonly int _nameBytes = 512;
    private readonly int _valueBytes = 4096;
    private readonly int _exemplarBytes = 512;
    private readonly int _metadata = 10_000;
    private readonly int _metadataBytes = 4096;

    /// <summary>The limits that hold where none are given.</summary>
    public static RemoteWriteLimits Default { get; } = new();

    /// <summary>
    /// Bytes of a body, as sent and after decompression. Default 32 MiB, as Prometheus' own receiver allows; 1 KiB to 512 MiB.
    /// Prometheus sends some hundred KiB, vmagent up to 8 MiB before it compresses.
    /// </summary>
    public int RequestBytesMax
    {
        get => _bytes;
        init => _bytes = Within(value, 1024, 512 * 1024 * 1024, nameof(RequestBytesMax));
    }

    /// <summary>Series of one request. Default 250,000, from 1: more than a body of the default size holds in practice.</summary>
    public int SeriesPerRequestMax
    {
        get => _series;
        init => _series = Within(value, 1, int.MaxValue, nameof(SeriesPerRequestMax));
    }

    /// <summary>
    /// Samples, native histograms and exemplars of one request. Default 1,000,000, from 1; about 40 MiB of rows. Of a
    /// histogram's buckets each five count as one sample, as they take as many bytes.
    /// </summary>
    public int SamplesPerRequestMax
    {
        get => _samples;
        init => _samples = Within(value, 1, int.MaxValue, nameof(SamplesPerRequestMax));
    }

    /// <summary>
    /// Bytes of labels and metadata that one request may expand to. Default 64 MiB, 1 KiB to 1 GiB. A request of 2.0 names a
    /// text by a number, so a small body could otherwise ask for gigabytes.
    /// </summary>
    public int LabelBytesPerRequestMax
    {
        get => _labelBytes;
        init => _labelBytes = Within(value, 1024, 1024 * 1024 * 1024, nameof(LabelBytesPerRequestMax));
    }

    /// <summary>Labels of one series or exemplar. Default 128, 1 to 1024.</summary>
    public int LabelsMax
    {
        get => _labels;
        init => _labels = Within(value, 1, 1024, nameof(LabelsMax));
    }

    /// <summary>Bytes of a metric's or a label's name. Default 512, 1 to 4096: as the other protocols have here.</summary>
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

    /// <summary>Bytes of an exemplar's labels. Default 512, 1 to 60,000: they are there to find a trace, not to tell it.</summary>
    public int ExemplarLabelBytesMax
    {
        get => _exemplarBytes;
        init => _exemplarBytes = Within(value, 1, 60_000, nameof(ExemplarLabelBytesMax));
    }

    /// <summary>Metadata of one request that is kept. Default 10,000, from 0. What goes beyond is counted and comes again with the next.</summary>
    public int MetadataPerRequestMax
    {
        get => _metadata;
        init => _metadata = Within(value, 0, int.MaxValue, nameof(MetadataPerRequestMax));
    }

    /// <summary>Bytes of a family's name, help and unit together. Default 4096, 1 to 1 MiB.</summary>
    public int MetadataBytesMax
    {
        get => _metadataBytes;
        init => _metadataBytes = Within(value, 1, 1024 * 1024, nameof(MetadataBytesMax));
    }

    private static int Within(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} may be {least} to {most}.");
}
