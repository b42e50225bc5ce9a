using Toka.Core.Samples;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Goes from one histogram of <c>{{…}}+{{…}}x3</c> to the next.</summary>
internal static class HistogramSeries
{
    public static NativeHistogram Next(LineReader line, int start, NativeHistogram current, NativeHistogram delta, bool isFalling)
    {
        var (a, b) = (current.Layout, delta.Layout);
        if (a.IsCustom != b.IsCustom || a.Schema > b.Schema || !a.CustomValues.SequenceEqual(b.CustomValues))
        {
            throw line.Fault(start, "the two histograms do not go together: the second one must have the same bounds, or a schema as fine as the first one's");
        }

        var sum = HalfOf(current, 1);
        sum.Add(HalfOf(delta, isFalling ? -1 : 1));
        if (!a.IsCustom)
        {
            return WithHint(sum.ToHistogram(HistogramLayout.BucketsMax), HintOf(current.ResetHint, delta.ResetHint));
        }

        var (spans, counts) = (new List<HistogramSpan>(), new List<double>());
        sum.Positive.WriteTo(spans, counts);
        var layout = new HistogramLayout(HistogramLayout.SchemaCustom, 0, [.. spans], [], a.CustomValues);
        return new NativeHistogram(layout, HintOf(current.ResetHint, delta.ResetHint), sum.ZeroCount, sum.Count, sum.Sum, [.. counts]);
    }

    /// <summary>A histogram as a summand. The indexes of custom buckets add up as those of a schema do.</summary>
    private static ExponentialHistogram HalfOf(NativeHistogram histogram, int sign)
    {
        var half = new ExponentialHistogram
        {
            Schema = histogram.Layout.IsCustom ? 0 : histogram.Layout.Schema,
            ZeroThreshold = histogram.Layout.ZeroThreshold,
            ZeroCount = sign * histogram.ZeroCount,
            Count = sign * histogram.Count,
            Sum = sign * histogram.Sum,
        };
        double[] counts = [.. histogram.Buckets];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] *= sign;
        }

        half.Positive.Set(histogram.Layout.PositiveSpans, counts.AsSpan(0, histogram.Layout.PositiveCount));
        half.Negative.Set(histogram.Layout.NegativeSpans, counts.AsSpan(histogram.Layout.PositiveCount));
        return half;
    }

    private static NativeHistogram WithHint(NativeHistogram histogram, HistogramResetHint hint) =>
        new(histogram.Layout, hint, histogram.ZeroCount, histogram.Count, histogram.Sum, histogram.Buckets);

    private static HistogramResetHint HintOf(HistogramResetHint a, HistogramResetHint b) =>
        a == b ? a
        : a == HistogramResetHint.Gauge || b == HistogramResetHint.Gauge ? HistogramResetHint.Gauge
        : HistogramResetHint.Unknown;
}
