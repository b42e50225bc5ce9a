using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Columns;

namespace Toka.Engines.Tests.TimeSeries.Columns;

/// <summary>Histograms and exemplars to test with.</summary>
internal static class Samples
{
    private static readonly Gen<HistogramSpan[]> s_spans = Gen.Select(Gen.Int[-300, 300], Gen.Int[0, 40], Gen.Int[0, 6])
        .Array[0, 4].Select(static parts => parts.Select((p, i) => new HistogramSpan(i == 0 ? p.Item1 : p.Item2, p.Item3)).ToArray());

    private static readonly Gen<HistogramLayout> s_exponential = Gen.Select(
        Gen.Int[HistogramLayout.SchemaMin, HistogramLayout.SchemaMax], Fixture.AnyOf(0.0, 1e-128, 0.001), s_spans, s_spans)
        .Select(static (schema, zero, positive, negative) => new HistogramLayout(schema, zero, positive, negative, []));

    private static readonly Gen<HistogramLayout> s_custom = Gen.Int[0, 12].Select(static bounds => new HistogramLayout(
        HistogramLayout.SchemaCustom, 0, bounds == 0 ? [] : [new HistogramSpan(0, bounds)], [], [.. Enumerable.Range(0, bounds).Select(i => (i * 0.5) - 1)]));

    /// <summary>Any layout that keeps the rule.</summary>
    public static readonly Gen<HistogramLayout> Layout = Gen.OneOf(s_exponential, s_custom);

    /// <summary>Any histogram that keeps the rule, of whole counts or not, also one of the largest counts.</summary>
    public static readonly Gen<NativeHistogram> Histogram =
        from layout in Layout
        from scale in Fixture.AnyOf(1.0, 1.0, 0.25, 1e-7)
        from counts in Gen.Int[0, 5000].Array[layout.BucketCount]
        from zero in Gen.Int[0, 3]
        from sum in Gen.OneOf(Gen.Double, Fixture.AnyOf(double.NaN, StaleMarker.Value, double.NegativeInfinity, -0.0))
        from hint in Fixture.AnyOf(HistogramResetHint.Unknown, HistogramResetHint.Reset, HistogramResetHint.NoReset, HistogramResetHint.Gauge)
        select Make(layout, hint, layout.IsCustom ? 0 : zero * scale, sum, Array.ConvertAll(counts, c => c * scale));

    /// <summary>Any histograms at ascending times.</summary>
    public static readonly Gen<(long Time, NativeHistogram Histogram)[]> Run = Gen.Select(Gen.Long[1, 100_000], Histogram).Array[1, 40].Select(Ascending);

    /// <summary>Exemplars at ascending times, mostly with the ids of traces.</summary>
    public static readonly Gen<Exemplar[]> Exemplars = Gen.Select(
        Gen.Long[0, 20_000], Gen.Double, Gen.ULong, Gen.Int[0, 3]).Array[1, 60].Select(static parts =>
        {
            var time = 1_700_000_000_000L;
            return parts.Select(p =>
                {
                    var trace = p.Item3.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
                    return new Exemplar(
                        p.Item4 switch
                        {
                            0 => LabelSet.Empty,
                            1 => LabelSet.Of(("trace_id", trace), ("span_id", trace[..8])),
                            2 => LabelSet.Of(("trace_id", trace), ("path", "/p" + (p.Item3 % 7))),
                            _ => LabelSet.Of(("traceID", trace.ToUpperInvariant()), ("é", "ü")),
                        },
                        time += p.Item1,
                        p.Item2);
                })
                .DistinctBy(e => (e.TimestampMs, e.Labels))
                .OrderBy(e => e.TimestampMs).ThenBy(e => e.Labels.Encoded.ToArray(), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))
                .ToArray();
        });

    /// <summary>A histogram of a layout, whose count fits.</summary>
    public static NativeHistogram Make(HistogramLayout layout, HistogramResetHint hint, double zero, double sum, double[] buckets) =>
        new(layout, hint, zero, buckets.Aggregate(zero, static (all, count) => all + count), sum, buckets);

    /// <summary>A counting histogram of schema 3 as an app has it: buckets come with the values, counts rise.</summary>
    public static List<(long Time, NativeHistogram Histogram)> Counting(int samples, int seed = 1)
    {
        var random = new Random(seed);
        var whole = new ExponentialHistogram();
        var counts = new SortedDictionary<int, double>();
        var found = new List<(long, NativeHistogram)>();
        var sum = 0.0;
        for (var i = 0; i < samples; i++)
        {
            for (var observed = 0; observed < 5; observed++)
            {
                var value = Math.Exp(random.NextDouble() * random.NextDouble() * 4);
                var index = (int)Math.Ceiling(Math.Log2(value) * 8);
                counts[index] = counts.GetValueOrDefault(index) + 1;
                sum += value;
            }

            whole.Clear();
            whole.Schema = 3;
            (whole.Count, whole.Sum) = (counts.Values.Sum(), sum);
            foreach (var (index, count) in counts)
            {
                whole.Positive.Append(index, count);
            }

            found.Add((1_700_000_000_000 + (i * 1000L), whole.ToHistogram(HistogramLayout.BucketsMax)));
        }

        return found;
    }

    public static HistogramColumn Column(IEnumerable<(long Time, NativeHistogram Histogram)> samples)
    {
        var column = new HistogramColumn(1);
        foreach (var (time, histogram) in samples)
        {
            column.Add(time, histogram);
        }

        return column;
    }

    public static ExemplarColumn Column(IEnumerable<Exemplar> exemplars)
    {
        var column = new ExemplarColumn(1);
        foreach (var exemplar in exemplars)
        {
            column.Add(exemplar.TimestampMs, exemplar.Value, exemplar.Labels.Encoded);
        }

        return column;
    }

    public static List<(long Time, NativeHistogram Histogram)> ListOf(HistogramColumn column)
    {
        var list = new List<(long, NativeHistogram)>();
        for (var i = 0; i < column.Count; i++)
        {
            list.Add((column.Timestamps[i], column[i].ToHistogram()));
        }

        return list;
    }

    public static List<(long Time, ulong Bits, LabelSet Labels)> ListOf(ExemplarColumn column)
    {
        var list = new List<(long, ulong, LabelSet)>();
        for (var i = 0; i < column.Count; i++)
        {
            list.Add((column.Timestamps[i], BitConverter.DoubleToUInt64Bits(column.Values[i]), column[i].Labels));
        }

        return list;
    }

    public static List<(long Time, long Created)> ListOf(CreatedColumn column)
    {
        var list = new List<(long, long)>();
        for (var i = 0; i < column.Count; i++)
        {
            list.Add((column.Timestamps[i], column.Created[i]));
        }

        return list;
    }

    private static (long Time, NativeHistogram Histogram)[] Ascending((long, NativeHistogram)[] steps)
    {
        var time = -500_000L;
        return Array.ConvertAll(steps, s => (time += s.Item1, s.Item2));
    }
}

/// <summary>Keeps the payloads that it is given.</summary>
internal sealed class KeptPayloads : IPayloadSink
{
    public List<(PayloadKind Kind, long MinMs, long MaxMs, int Count, byte[] Bytes)> All { get; } = [];

    public void Payload(PayloadKind kind, long minMs, long maxMs, int count, ReadOnlySpan<byte> payload) => All.Add((kind, minMs, maxMs, count, payload.ToArray()));
}
