namespace Toka.Protocols.Export;

/// <summary>The HTTP trailers that end an export: what an <see cref="ExportReport"/> says.</summary>
public static class ExportTrailers
{
    /// <summary>Series written.</summary>
    public const string Series = "toka-export-series";

    /// <summary>Samples written.</summary>
    public const string Samples = "toka-export-samples";

    /// <summary>Stale markers left out.</summary>
    public const string StaleMarkers = "toka-export-stale-markers";

    /// <summary>Series left out.</summary>
    public const string SeriesLeftOut = "toka-export-series-left-out";

    /// <summary>The warnings, a line each, percent-encoded.</summary>
    public const string Warnings = "toka-export-warnings";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Series, Samples, StaleMarkers, SeriesLeftOut, Warnings];
}
