using System.Runtime.InteropServices;

namespace Toka.Core.Samples;

/// <summary>
/// Buckets of one sign of a native histogram as a list of (index, count), ascending: the form in which they are scaled and
/// added up. Reused; not thread-safe.
/// </summary>
public sealed class ExponentialBuckets
{
    /// <summary>Up to so many empty buckets between two are kept as zeros: a span costs more. As Prometheus does.</summary>
    private const int GapMax = 2;

    private readonly List<int> _indexes = [];
    private readonly List<double> _counts = [];

    /// <summary>The number of buckets, all of them with observations.</summary>
    public int Count => _indexes.Count;

    /// <summary>The buckets' indexes, ascending.</summary>
    public ReadOnlySpan<int> Indexes => CollectionsMarshal.AsSpan(_indexes);

    /// <summary>Observations of each.</summary>
    public ReadOnlySpan<double> Counts => CollectionsMarshal.AsSpan(_counts);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _indexes.Clear();
        _counts.Clear();
    }

    /// <summary>Adds observations to a bucket that is the last one or comes after it; none are left out.</summary>
    /// <param name="index">The bucket.</param>
    /// <param name="count">Its observations.</param>
    public void Append(int index, double count)
    {
        if (count == 0)
        {
            return;
        }

        if (_indexes.Count > 0 && _indexes[^1] == index)
        {
            _counts[^1] += count;
            return;
        }

        _indexes.Add(index);
        _counts.Add(count);
    }

    /// <summary>Takes the buckets of spans.</summary>
    /// <param name="spans">The spans.</param>
    /// <param name="counts">The count of each of their buckets.</param>
    public void Set(ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> counts)
    {
        Clear();
        var index = 0;
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0; i < span.Length; i++, index++)
            {
                Append(index, counts[0]);
                counts = counts[1..];
            }
        }
    }

    /// <summary>Merges each 2^levels buckets into one, as a schema smaller by that has them.</summary>
    /// <param name="levels">0 to 31.</param>
    public void Reduce(int levels)
    {
        if (levels == 0)
        {
            return;
        }

        var indexes = CollectionsMarshal.AsSpan(_indexes);
        var counts = CollectionsMarshal.AsSpan(_counts);
        var last = -1;
        for (var i = 0; i < indexes.Length; i++)
        {
            var index = Reduced(indexes[i], levels);
            if (last >= 0 && indexes[last] == index)
            {
                counts[last] += counts[i];
                continue;
            }

            last++;
            (indexes[last], counts[last]) = (index, counts[i]);
        }

        CollectionsMarshal.SetCount(_indexes, last + 1);
        CollectionsMarshal.SetCount(_counts, last + 1);
    }

    /// <summary>The bucket that a bucket lies in when the schema is smaller.</summary>
    /// <param name="index">The bucket.</param>
    /// <param name="levels">By how much the schema is smaller; 0 to 31.</param>
    public static int Reduced(int index, int levels) => ((index - 1) >> levels) + 1;

    /// <summary>The upper bound of a bucket.</summary>
    /// <param name="index">The bucket.</param>
    /// <param name="schema">−4 to 8.</param>
    public static double UpperBound(int index, int schema) => Math.Pow(2, Math.ScaleB(index, -schema));

    /// <summary>Adds another one's observations to these.</summary>
    /// <param name="other">Buckets of the same schema.</param>
    public void Add(ExponentialBuckets other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var indexes = _indexes.ToArray();
        var counts = _counts.ToArray();
        Clear();
        int i = 0, j = 0;
        while (i < indexes.Length || j < other.Count)
        {
            if (j == other.Count || (i < indexes.Length && indexes[i] <= other.Indexes[j]))
            {
                Append(indexes[i], counts[i]);
                i++;
            }
            else
            {
                Append(other.Indexes[j], other.Counts[j]);
                j++;
            }
        }
    }

    /// <summary>How far the zero bucket reaches when it takes in every bucket that begins below a threshold.</summary>
    /// <param name="threshold">The threshold wanted.</param>
    /// <param name="schema">−4 to 8.</param>
    public double ZeroThresholdFor(double threshold, int schema)
    {
        foreach (var index in Indexes)
        {
            if (UpperBound(index - 1, schema) >= threshold)
            {
                break;
            }

            threshold = Math.Max(threshold, UpperBound(index, schema));
        }

        return threshold;
    }

    /// <summary>Takes out the buckets that lie within the zero bucket.</summary>
    /// <param name="threshold">Half the width of the zero bucket.</param>
    /// <param name="schema">−4 to 8.</param>
    /// <returns>Their observations.</returns>
    public double TakeBelow(double threshold, int schema)
    {
        var taken = 0.0;
        var below = 0;
        while (below < Count && UpperBound(_indexes[below], schema) <= threshold)
        {
            taken += _counts[below++];
        }

        _indexes.RemoveRange(0, below);
        _counts.RemoveRange(0, below);
        return taken;
    }

    /// <summary>Appends the buckets as spans and counts.</summary>
    /// <param name="spans">Gets the spans.</param>
    /// <param name="counts">Gets the counts, those of small gaps too.</param>
    public void WriteTo(List<HistogramSpan> spans, List<double> counts)
    {
        ArgumentNullException.ThrowIfNull(spans);
        ArgumentNullException.ThrowIfNull(counts);
        var next = 0;
        for (var i = 0; i < Count; i++)
        {
            var gap = _indexes[i] - next;
            if (i == 0 || gap > GapMax)
            {
                spans.Add(new HistogramSpan(gap, 0));
            }
            else
            {
                for (var empty = 0; empty < gap; empty++)
                {
                    counts.Add(0);
                }

                spans[^1] = spans[^1] with { Length = spans[^1].Length + gap };
            }

            spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            counts.Add(_counts[i]);
            next = _indexes[i] + 1;
        }
    }
}
