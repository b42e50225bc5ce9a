using System.Runtime.InteropServices;

namespace Toka.Core.Samples;

/// <summary>
/// A native histogram of an exponential schema while it is put together, scaled or added up. Reused; not thread-safe.
/// </summary>
/// <remarks>
/// Scaling and adding lose no observation: buckets are merged, never split. Source: OpenTelemetry metrics data model,
/// "ExponentialHistogram: Merge"; Prometheus, "Native histograms".
/// </remarks>
public sealed class ExponentialHistogram
{
    private readonly List<HistogramSpan> _spans = [];
    private readonly List<HistogramSpan> _negativeSpans = [];
    private readonly List<double> _counts = [];

    /// <summary>The layout of the last one made: the next one often has it too, and then they share it.</summary>
    private HistogramLayout _layout = HistogramLayout.Empty;

    /// <summary>The schema; −4 or more, and more than 8 only until <see cref="ReduceTo"/>.</summary>
    public int Schema { get; set; }

    /// <summary>Half the width of the zero bucket.</summary>
    public double ZeroThreshold { get; set; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; set; }

    /// <summary>All observations.</summary>
    public double Count { get; set; }

    /// <summary>The sum of all observations; NaN where it is not known.</summary>
    public double Sum { get; set; }

    /// <summary>The positive buckets.</summary>
    public ExponentialBuckets Positive { get; } = new();

    /// <summary>The negative buckets.</summary>
    public ExponentialBuckets Negative { get; } = new();

    /// <summary>Takes a histogram's place.</summary>
    /// <param name="histogram">One of an exponential schema.</param>
    /// <exception cref="ArgumentException">Its bounds are custom ones.</exception>
    public void Set(NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        if (histogram.Layout.IsCustom)
        {
            throw new ArgumentException("The histogram has custom bounds; they have no schema to scale.", nameof(histogram));
        }

        (Schema, ZeroThreshold) = (histogram.Layout.Schema, histogram.Layout.ZeroThreshold);
        (ZeroCount, Count, Sum) = (histogram.ZeroCount, histogram.Count, histogram.Sum);
        Positive.Set(histogram.Layout.PositiveSpans, histogram.PositiveBuckets);
        Negative.Set(histogram.Layout.NegativeSpans, histogram.NegativeBuckets);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        (Schema, ZeroThreshold, ZeroCount, Count, Sum) = (0, 0, 0, 0, 0);
        Positive.Clear();
        Negative.Clear();
    }

    /// <summary>Makes the schema no more than one given, merging buckets.</summary>
    /// <param name="schema">The schema wanted.</param>
    public void ReduceTo(int schema)
    {
        if (schema < Schema)
        {
            var levels = Math.Min(31, Schema - schema);
            Positive.Reduce(levels);
            Negative.Reduce(levels);
            Schema = schema;
        }
    }

    /// <summary>Adds another one's observations, at the smaller schema and the larger zero bucket of the two.</summary>
    /// <param name="other">The other one; it is scaled on the way.</param>
    public void Add(ExponentialHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var schema = Math.Min(Schema, other.Schema);
        ReduceTo(schema);
        other.ReduceTo(schema);
        if (ZeroThreshold != other.ZeroThreshold)
        {
            var threshold = Math.Max(ZeroThreshold, other.ZeroThreshold);
            double before;
            do
            {
                before = threshold;
                foreach (var buckets in (ReadOnlySpan<ExponentialBuckets>)[Positive, Negative, other.Positive, other.Negative])
                {
                    threshold = buckets.ZeroThresholdFor(threshold, schema);
                }
            }
            while (threshold != before);
            WidenZero(threshold);
            other.WidenZero(threshold);
        }

        ZeroCount += other.ZeroCount;
        Count += other.Count;
        Sum += other.Sum;
        Positive.Add(other.Positive);
        Negative.Add(other.Negative);
    }

    /// <summary>The histogram; coarser by as many schemas as it takes to keep to a number of buckets.</summary>
    /// <param name="bucketsMax">The most buckets, gaps that are kept included; at least 320, which schema −4 always keeps to.</param>
    public NativeHistogram ToHistogram(int bucketsMax)
    {
        while (true)
        {
            _spans.Clear();
            _negativeSpans.Clear();
            _counts.Clear();
            Positive.WriteTo(_spans, _counts);
            Negative.WriteTo(_negativeSpans, _counts);
            if (_counts.Count <= bucketsMax || Schema == HistogramLayout.SchemaMin)
            {
                break;
            }

            ReduceTo(Schema - 1);
        }

        var spans = CollectionsMarshal.AsSpan(_spans);
        var negativeSpans = CollectionsMarshal.AsSpan(_negativeSpans);
        if (!_layout.PositiveSpans.SequenceEqual(spans) || !_layout.NegativeSpans.SequenceEqual(negativeSpans) || _layout.Schema != Schema
            || BitConverter.DoubleToUInt64Bits(_layout.ZeroThreshold) != BitConverter.DoubleToUInt64Bits(ZeroThreshold))
        {
            _layout = new HistogramLayout(Schema, ZeroThreshold, spans, negativeSpans, []);
        }

        return new NativeHistogram(_layout, HistogramResetHint.Unknown, ZeroCount, Count, Sum, CollectionsMarshal.AsSpan(_counts));
    }

    private void WidenZero(double threshold)
    {
        ZeroThreshold = threshold;
        ZeroCount += Positive.TakeBelow(threshold, Schema) + Negative.TakeBelow(threshold, Schema);
    }
}
