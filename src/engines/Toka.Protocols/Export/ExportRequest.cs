using Toka.Core.Labels;

namespace Toka.Protocols.Export;

/// <summary>The formats that series are exported in.</summary>
public enum ExportFormat
{
    /// <summary>OpenMetrics text 1.0 with timestamps; names beyond its alphabet stand in quotes, as Prometheus 3 writes them.</summary>
    OpenMetrics,

    /// <summary>RFC 4180: time, a column for each label, value.</summary>
    Csv,

    /// <summary>Apache Parquet with the same columns.</summary>
    Parquet,
}

/// <summary>What to export.</summary>
/// <param name="Format">How.</param>
/// <param name="Matchers">Which series; all must match.</param>
/// <param name="FromMs">The first moment, ms since the Unix epoch, inclusive.</param>
/// <param name="ToMs">The last moment, inclusive.</param>
public sealed record ExportRequest(ExportFormat Format, IReadOnlyList<LabelMatcher> Matchers, long FromMs, long ToMs);

/// <summary>What was exported and what was not.</summary>
/// <param name="Series">Series written.</param>
/// <param name="Samples">Samples written.</param>
/// <param name="StaleMarkers">Stale markers left out: they say that a series ended, and no format has a word for it.</param>
/// <param name="Histograms">Native histograms left out: none of the formats written here has a form for them.</param>
/// <param name="SeriesLeftOut">Series left out: without a name (OpenMetrics), or with a label that none had when the columns were laid out.</param>
/// <param name="Warnings">What the store said of the answer.</param>
public sealed record ExportReport(long Series, long Samples, long StaleMarkers, long Histograms, long SeriesLeftOut, IReadOnlyList<string> Warnings);
