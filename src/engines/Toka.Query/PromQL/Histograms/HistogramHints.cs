using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>The hint about resets of histograms that are added up.</summary>
/// <remarks>Source: Prometheus 3, FloatHistogram.</remarks>
internal static class HistogramHints
{
    /// <summary>A gauge makes the result a gauge; hints that differ leave nothing known.</summary>
    public static HistogramResetHint Join(HistogramResetHint left, HistogramResetHint right) =>
        left == right ? left
        : left == HistogramResetHint.Gauge || right == HistogramResetHint.Gauge ? HistogramResetHint.Gauge
        : HistogramResetHint.Unknown;

    public static HistogramNotes Collision(HistogramResetHint left, HistogramResetHint right) =>
        (left, right) is (HistogramResetHint.Reset, HistogramResetHint.NoReset) or (HistogramResetHint.NoReset, HistogramResetHint.Reset)
            ? HistogramNotes.ResetHintCollision
            : HistogramNotes.None;
}
