using CsCheck;
using Toka.Core.Samples;

namespace Toka.Engines.Tests.Query.Histograms;

/// <summary>Native histograms that keep the rule of stored ones, and some that do not.</summary>
internal static class HistogramGen
{
    private static readonly double[] s_bounds = [-20, -5, 0, 0.5, 1, 2.5, 5, 10, 100];

    private static readonly Gen<double> s_count = Gen.Frequency((1, Gen.Const(0.0)), (3, Gen.Int[1, 20].Select(count => (double)count)));

    private static readonly Gen<HistogramSpan[]> s_spans =
        Gen.Select(Gen.Int[-12, 12], Gen.Int[0, 4]).Select(Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4]).Array[0, 3])
            .Select((first, later) => (HistogramSpan[])[new(first.Item1, first.Item2), .. later.Select(span => new HistogramSpan(span.Item1, span.Item2))]);

    /// <summary>Of the exponential schemas.</summary>
    public static Gen<NativeHistogram> Exponential { get; } = Gen.Select(
        Gen.Int[HistogramLayout.SchemaMin, 5], Among(0, 0.001, 0.001, 0.3, 1, 3), s_spans, s_spans, Gen.Double[-100, 100])
        .SelectMany((schema, threshold, positive, negative, sum) =>
            Filled(new HistogramLayout(schema, threshold, Above(positive, schema, threshold), Above(negative, schema, threshold), []), sum));

    /// <summary>Of custom bounds.</summary>
    public static Gen<NativeHistogram> Custom { get; } = Gen.Select(Gen.Bool.Array[s_bounds.Length], Gen.Double[-100, 100])
        .SelectMany((chosen, sum) =>
        {
            double[] bounds = [.. s_bounds.Where((_, i) => chosen[i])];
            return Filled(new HistogramLayout(HistogramLayout.SchemaCustom, 0, [new(0, bounds.Length + 1)], [], bounds), sum);
        });

    /// <summary>Two that can be joined.</summary>
    public static Gen<(NativeHistogram Left, NativeHistogram Right)> Pair { get; } =
        Gen.OneOf(Gen.Select(Exponential, Exponential), Gen.Select(Custom, Custom));

    /// <summary>Those of one layout.</summary>
    public static Gen<NativeHistogram[]> Alike { get; } = Gen.OneOf(Exponential, Custom)
        .SelectMany(first => Gen.Double[-100, 100].SelectMany(sum => Filled(first.Layout, sum)).Array[1, 6]);

    /// <summary>Anything that the types can hold.</summary>
    public static Gen<NativeHistogram> Hostile { get; } = Gen.Select(
        Gen.OneOf(Gen.Int[-60, 60], Gen.Const(HistogramLayout.SchemaCustom)), Gen.OneOf(Gen.Double, Among(0, double.NaN, double.PositiveInfinity)),
        HostileSpans, HostileSpans, Gen.Double.Array[0, 4])
        .SelectMany((schema, threshold, positive, negative, bounds) =>
        {
            var layout = new HistogramLayout(schema, threshold, positive, negative, bounds);
            return Gen.Select(Gen.Double.Array[layout.BucketCount], Gen.Double, Gen.Double, Gen.Double)
                .Select((counts, zero, count, sum) => new NativeHistogram(layout, HistogramResetHint.Unknown, zero, count, sum, counts));
        });

    private static Gen<HistogramSpan[]> HostileSpans =>
        Gen.Select(Gen.OneOf(Gen.Int[-40, 40], Gen.Int), Gen.Int[-3, 6]).Select(span => new HistogramSpan(span.Item1, span.Item2)).Array[0, 4];

    private static Gen<double> Among(params double[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<NativeHistogram> Filled(HistogramLayout layout, double sum) =>
        Gen.Select(s_count.Array[layout.BucketCount], layout.IsCustom ? Gen.Const(0.0) : s_count)
            .Select((counts, zero) => new NativeHistogram(layout, HistogramResetHint.Unknown, zero, zero + counts.Sum(), sum, counts));

    /// <summary>The buckets that do not begin within the zero bucket.</summary>
    private static HistogramSpan[] Above(HistogramSpan[] spans, int schema, double threshold)
    {
        var first = spans[0].Offset;
        while (HistogramBuckets.UpperBound(schema, first - 1) < threshold)
        {
            first++;
        }

        return [spans[0] with { Offset = first }, .. spans[1..]];
    }
}
