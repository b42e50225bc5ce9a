namespace Toka.Core.Samples;

/// <summary>
/// Observations as a native histogram that only grows: fine buckets at first, coarser ones where they would be too many. Not
/// thread-safe.
/// </summary>
/// <remarks>Source: Prometheus, "Native histograms": bucket i of schema s ends at 2^(i / 2^s), which lies within it.</remarks>
public sealed class GrowingHistogram
{
    /// <summary>The schema at first: buckets are 2.2 % wide.</summary>
    public const int SchemaFirst = 5;

    /// <summary>Buckets with observations: 160, as OpenTelemetry's and Prometheus's clients keep.</summary>
    public const int BucketsMax = 160;

    /// <summary>Half the width of the zero bucket: 2^−128, as Prometheus's clients have it.</summary>
    public const double ZeroThreshold = 1.0 / (1UL << 63) / (1UL << 63) / 4;

    /// <summary>What a store takes without making it coarser: gaps may be kept as empty buckets.</summary>
    private const int WrittenBucketsMax = 3 * BucketsMax;

    private readonly List<(int Index, double Count)> _positive = [];
    private readonly List<(int Index, double Count)> _negative = [];
    private double _zero;
    private double _count;
    private double _sum;
    private int _schema = SchemaFirst;

    /// <summary>Adds observations of one value.</summary>
    /// <param name="value">The value; finite.</param>
    /// <param name="count">How many; above 0.</param>
    public void Add(double value, double count)
    {
        _count += count;
        _sum += value * count;
        var size = Math.Abs(value);
        if (size <= ZeroThreshold)
        {
            _zero += count;
            return;
        }

        Add(value > 0 ? _positive : _negative, IndexOf(size, _schema), count);
        while (_positive.Count + _negative.Count > BucketsMax && _schema > HistogramLayout.SchemaMin)
        {
            _schema--;
            Halve(_positive);
            Halve(_negative);
        }
    }

    /// <summary>The histogram so far.</summary>
    /// <param name="scratch">What it is put together in.</param>
    public NativeHistogram ToHistogram(ExponentialHistogram scratch)
    {
        scratch.Clear();
        (scratch.Schema, scratch.ZeroThreshold, scratch.ZeroCount, scratch.Count, scratch.Sum) = (_schema, ZeroThreshold, _zero, _count, _sum);
        foreach (var (index, count) in _positive)
        {
            scratch.Positive.Append(index, count);
        }

        foreach (var (index, count) in _negative)
        {
            scratch.Negative.Append(index, count);
        }

        return scratch.ToHistogram(WrittenBucketsMax);
    }

    /// <summary>The bucket of a value above 0. The logarithm is rounded; the bounds decide.</summary>
    public static int IndexOf(double value, int schema)
    {
        var index = (int)Math.Ceiling(Math.ScaleB(Math.Log2(value), schema));
        while (value > ExponentialBuckets.UpperBound(index, schema))
        {
            index++;
        }

        while (value <= ExponentialBuckets.UpperBound(index - 1, schema))
        {
            index--;
        }

        return index;
    }

    private static void Add(List<(int Index, double Count)> buckets, int index, double count)
    {
        var (low, high) = (0, buckets.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (buckets[middle].Index < index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low < buckets.Count && buckets[low].Index == index)
        {
            buckets[low] = (index, buckets[low].Count + count);
        }
        else
        {
            buckets.Insert(low, (index, count));
        }
    }

    /// <summary>Merges each two buckets that are one at the schema below.</summary>
    private static void Halve(List<(int Index, double Count)> buckets)
    {
        var last = -1;
        foreach (var (index, count) in buckets.ToArray())
        {
            var reduced = ExponentialBuckets.Reduced(index, 1);
            if (last >= 0 && buckets[last].Index == reduced)
            {
                buckets[last] = (reduced, buckets[last].Count + count);
            }
            else
            {
                buckets[++last] = (reduced, count);
            }
        }

        buckets.RemoveRange(last + 1, buckets.Count - last - 1);
    }
}
