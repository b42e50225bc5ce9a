using Toka.Core.Samples;

namespace Toka.Protocols.Exposition;

/// <summary>What the types of expositions are called elsewhere.</summary>
public static class ExpositionTypes
{
    /// <summary>
    /// The type that a store keeps. It knows no gauge histograms: their parts are kept as a histogram's, which is what their
    /// names say they are.
    /// </summary>
    /// <param name="type">A type of an exposition.</param>
    public static MetricType ToMetricType(this ExpositionType type) => type switch
    {
        ExpositionType.Counter => MetricType.Counter,
        ExpositionType.Gauge => MetricType.Gauge,
        ExpositionType.Histogram or ExpositionType.GaugeHistogram => MetricType.Histogram,
        ExpositionType.Summary => MetricType.Summary,
        ExpositionType.Info => MetricType.Info,
        ExpositionType.StateSet => MetricType.StateSet,
        _ => MetricType.Unknown,
    };
}
