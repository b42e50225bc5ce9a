namespace Toka.Protocols.Otlp;

/// <summary>
/// What one OTLP request may ask for. What goes beyond is refused point by point, counted in
/// <c>toka_dropped_total{signal="metrics"}</c> by reason and told to the sender; only a body that is too large is refused as a
/// whole. Immutable.
/// </summary>
public sealed record OtlpLimits
{
    /// <summary>
    /// Bytes of one request's body, after decompression. Default 16 MiB, about 100,000 points; from 1 KiB. Exporters send a
    /// few hundred KiB; the rest is room for collectors that forward for many apps.
    /// </summary>
    public int RequestBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Data points of one request. Default 250,000: more than a body of the default size holds in practice.</summary>
    public int PointsPerRequestMax { get; init; } = 250_000;

    /// <summary>
    /// Bytes of labels that one request may expand to. Default 64 MiB. A histogram point repeats its labels for each bucket,
    /// so a small body could otherwise ask for gigabytes.
    /// </summary>
    public int LabelBytesPerRequestMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Samples (rows) that one request may expand to. Default 1,000,000, about 40 MiB of rows.</summary>
    public int SamplesPerRequestMax { get; init; } = 1_000_000;

    /// <summary>Attributes of one point, of one scope and of one resource. Default 128, the default limit of OpenTelemetry SDKs.</summary>
    public int AttributesMax { get; init; } = 128;

    /// <summary>Bytes of a metric's name or an attribute's key. Default 512; at most 4096. Instrument names end at 255 characters.</summary>
    public int NameBytesMax { get; init; } = 512;

    /// <summary>
    /// Bytes of a label's value. Default 4096; at most 60,000, as a label's encoding has 16 bits for the length. Longer values
    /// are texts or documents, which make poor series.
    /// </summary>
    public int LabelValueBytesMax { get; init; } = 4096;

    /// <summary>Explicit bounds of one histogram point, or quantiles of one summary point. Default 512: each becomes a series.</summary>
    public int BucketsMax { get; init; } = 512;

    /// <summary>
    /// Buckets of one sign of one exponential histogram point. Default 2048; the SDKs' own limit is 160. They are counts of one
    /// series, so there may be more of them than of explicit buckets. To <see cref="SamplesPerRequestMax"/> each five count as
    /// one sample, as they take as many bytes.
    /// </summary>
    public int ExponentialBucketsMax { get; init; } = 2048;

    /// <summary>
    /// Bytes of an exemplar's labels besides the ids of its trace and span. Default 512: they are there to find a trace, not to
    /// tell it. Where they are longer, all but the ids are left out, counted.
    /// </summary>
    public int ExemplarLabelBytesMax { get; init; } = 512;

    /// <summary>How deep lists and maps may nest in an attribute's value. Default 8. Each level is a recursion of the reader.</summary>
    public int NestingMax { get; init; } = 8;

    /// <summary>
    /// Series whose delta points are being summed up; a histogram's buckets count as one more series for each 16 of them.
    /// Default 100,000, about 30 MiB. When it is reached, series without a
    /// point for <see cref="DeltaIdleSeconds"/> are forgotten; new ones are refused if that frees nothing.
    /// </summary>
    public int DeltaSeriesMax { get; init; } = 100_000;

    /// <summary>Seconds without a point after which a summed-up delta series may be forgotten. Default 3600.</summary>
    public int DeltaIdleSeconds { get; init; } = 3600;
}
