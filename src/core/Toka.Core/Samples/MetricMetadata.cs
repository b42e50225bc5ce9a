namespace Toka.Core.Samples;

/// <summary>What kind of metric a family is, with OpenMetrics' meaning.</summary>
public enum MetricType
{
    /// <summary>Nothing was said.</summary>
    Unknown,

    /// <summary>Only goes up, and starts again from zero when its source restarts.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts by bucket: <c>_bucket</c>, <c>_sum</c>, <c>_count</c>.</summary>
    Histogram,

    /// <summary>Quantiles computed at the source: <c>quantile</c>, <c>_sum</c>, <c>_count</c>.</summary>
    Summary,

    /// <summary>Always 1; what it says is in its labels.</summary>
    Info,

    /// <summary>One series a state, 1 for the states that hold.</summary>
    StateSet,
}

/// <summary>What is known of a metric family besides its samples.</summary>
/// <param name="Family">The family's name, as the value of <c>__name__</c> without the suffixes of histogram and summary.</param>
/// <param name="Type">The type.</param>
/// <param name="Help">What it measures, in words; may be empty.</param>
/// <param name="Unit">The unit, such as <c>seconds</c>; may be empty.</param>
public sealed record MetricMetadata(string Family, MetricType Type, string Help, string Unit);
