using Toka.Core.Samples;

namespace Toka.Protocols.RemoteWrite;

/// <summary>The numbers of metric types, which are the same in both versions.</summary>
internal static class MetadataTypes
{
    /// <summary>The type of a number. A gauge histogram is a histogram here; what is not known says nothing.</summary>
    public static MetricType Of(ulong number) => number switch
    {
        1 => MetricType.Counter,
        2 => MetricType.Gauge,
        3 or 4 => MetricType.Histogram,
        5 => MetricType.Summary,
        6 => MetricType.Info,
        7 => MetricType.StateSet,
        _ => MetricType.Unknown,
    };

    /// <summary>The number of a type.</summary>
    public static ulong NumberOf(MetricType type) => type switch
    {
        MetricType.Counter => 1,
        MetricType.Gauge => 2,
        MetricType.Histogram => 3,
        MetricType.Summary => 5,
        MetricType.Info => 6,
        MetricType.StateSet => 7,
        _ => 0,
    };

    /// <summary>Bytes at the end of a series' name that its family's name has not: histograms and summaries have parts.</summary>
    public static int SuffixOf(ReadOnlySpan<byte> name)
    {
        var suffix = name.EndsWith("_bucket"u8) ? 7 : name.EndsWith("_sum"u8) ? 4 : name.EndsWith("_count"u8) ? 6 : 0;
        return suffix < name.Length ? suffix : 0;
    }
}
