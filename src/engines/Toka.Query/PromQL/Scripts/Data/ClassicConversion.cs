using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.PromQL.Scripts.Reading;

namespace Toka.Query.PromQL.Scripts.Data;

/// <summary>
/// Makes native histograms with custom bounds of classic ones: of the series <c>x_bucket</c>, <c>x_count</c> and <c>x_sum</c>
/// one series <c>x</c>.
/// </summary>
/// <remarks>Source: Prometheus, <c>util/convertnhcb</c>.</remarks>
internal static class ClassicConversion
{
    private static readonly string[] Suffixes = ["_bucket", "_count", "_sum"];

    public static List<LoadedSeries> Convert(LineReader head, IReadOnlyList<LoadedSeries> series)
    {
        var found = new SortedDictionary<LabelSet, SortedDictionary<long, ClassicSample>>();
        foreach (var one in series)
        {
            var name = one.Labels[LabelSet.MetricName];
            if (Array.Find(Suffixes, suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } suffix)
            {
                Collect(head, one, suffix, found);
            }
        }

        return [.. found.Select(pair => new LoadedSeries(
            head.Number,
            pair.Key,
            [.. pair.Value.Select(sample => new LoadedSample(sample.Key, ScriptPoint.Of(HistogramOf(head, pair.Key, sample.Key, sample.Value), isHintGiven: false)))]))];
    }

    private static void Collect(
        LineReader head, LoadedSeries series, string suffix, SortedDictionary<LabelSet, SortedDictionary<long, ClassicSample>> found)
    {
        var bound = 0.0;
        if (suffix == "_bucket")
        {
            var text = series.Labels["le"];
            if (text.Length == 0)
            {
                throw head.Fault(0, $"{series.Labels} has no label le, so no histogram can be made of it; load does without");
            }

            // As Prometheus does: what is no bound is no bucket.
            if (!Ast.NumberFormat.TryParse(text, out bound) || double.IsNaN(bound))
            {
                return;
            }
        }

        var builder = series.Labels.ToBuilder();
        builder.Set(LabelSet.MetricName, series.Labels[LabelSet.MetricName][..^suffix.Length]);
        builder.Remove("le");
        var labels = builder.Build();
        if (!found.TryGetValue(labels, out var samples))
        {
            found.Add(labels, samples = []);
        }

        foreach (var sample in series.Samples)
        {
            if (sample.Point.Kind == PointKind.Histogram)
            {
                continue;
            }

            if (!samples.TryGetValue(sample.TimestampMs, out var classic))
            {
                samples.Add(sample.TimestampMs, classic = new ClassicSample());
            }

            Set(classic, suffix, bound, sample.Point.Kind == PointKind.Stale ? StaleMarker.Value : sample.Point.Number);
        }
    }

    private static void Set(ClassicSample sample, string suffix, double bound, double value)
    {
        switch (suffix)
        {
            case "_bucket":
                sample.Buckets.TryAdd(bound, value);
                break;
            case "_count":
                sample.Count = value;
                break;
            default:
                sample.Sum = value;
                break;
        }
    }

    private static NativeHistogram HistogramOf(LineReader head, LabelSet labels, long timeMs, ClassicSample sample)
    {
        if (sample.Count is null && sample.Buckets.Count == 0)
        {
            throw Fault("there is neither a count nor a bucket");
        }

        var count = sample.Count ?? sample.Buckets.Last().Value;
        sample.Buckets.TryAdd(double.PositiveInfinity, count);
        var counts = new double[sample.Buckets.Count];
        var (at, before) = (0, 0.0);
        foreach (var (bound, value) in sample.Buckets)
        {
            if (!(value >= before))
            {
                throw Fault(string.Create(CultureInfo.InvariantCulture, $"the bucket {bound} has {value} observations after {before}; buckets must add up"));
            }

            counts[at++] = value - before;
            before = value;
        }

        if (before != count)
        {
            throw Fault(string.Create(CultureInfo.InvariantCulture, $"the last bucket has {before} observations, and the count is {count}"));
        }

        double[] bounds = [.. sample.Buckets.Keys.Where(double.IsFinite)];
        var layout = new HistogramLayout(HistogramLayout.SchemaCustom, 0, [new HistogramSpan(0, counts.Length)], [], bounds);
        var fault = HistogramRule.Check(layout);
        return fault == HistogramFault.None
            ? new NativeHistogram(layout, HistogramResetHint.Unknown, 0, count, sample.Sum, counts)
            : throw Fault(HistogramRule.Sentence(fault));

        ScriptException Fault(string message) => head.Fault(0, $"no native histogram can be made of {labels} at {Ast.NumberFormat.PrintDuration(timeMs)}: {message}");
    }

    private sealed class ClassicSample
    {
        public SortedDictionary<double, double> Buckets { get; } = [];

        public double? Count { get; set; }

        public double Sum { get; set; }
    }
}
