using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Histograms;

/// <summary>
/// Buckets of one sign as a list of (index, count, error), ascending: the form in which those of different layouts are
/// joined. Reused; not thread-safe.
/// </summary>
internal sealed class BucketRun
{
    private int[] _indexes = [];
    private double[] _counts = [];
    private double[] _errors = [];

    public int Count { get; private set; }

    public ReadOnlySpan<double> Counts => _counts.AsSpan(0, Count);

    public ReadOnlySpan<double> Errors => _errors.AsSpan(0, Count);

    /// <summary>Takes the buckets that a coarser schema and a wider zero bucket leave.</summary>
    /// <param name="layout">The histogram's layout.</param>
    /// <param name="buckets">Its buckets of one sign.</param>
    /// <param name="errors">The errors of their counts, or nothing.</param>
    /// <param name="schema">The coarser schema, or the layout's.</param>
    /// <param name="threshold">The wider zero threshold, or the layout's.</param>
    /// <param name="zero">Gets what the zero bucket takes in.</param>
    public void Set(
        HistogramLayout layout, BucketCursor buckets, ReadOnlySpan<double> errors, int schema, double threshold, ref (double Count, double Error) zero)
    {
        Count = 0;
        var levels = Math.Clamp(layout.Schema - schema, 0, 31);
        var isWider = threshold > layout.ZeroThreshold;
        while (buckets.MoveNext())
        {
            var error = errors.IsEmpty ? 0 : errors[buckets.Position];
            if (isWider && HistogramBuckets.UpperBound(layout, buckets.Index - 1) < threshold)
            {
                KahanSum.Add(buckets.Count, ref zero.Count, ref zero.Error);
                zero.Error += error;
                continue;
            }

            Append(ExponentialBuckets.Reduced(buckets.Index, levels), buckets.Count, error);
        }
    }

    /// <summary>Takes the buckets that are left where only some of the custom bounds are.</summary>
    /// <param name="bounds">The bounds.</param>
    /// <param name="kept">Those that are kept.</param>
    /// <param name="buckets">The buckets.</param>
    /// <param name="errors">The errors of their counts, or nothing.</param>
    public void SetKept(ReadOnlySpan<double> bounds, ReadOnlySpan<double> kept, BucketCursor buckets, ReadOnlySpan<double> errors)
    {
        Count = 0;
        var target = 0;
        while (buckets.MoveNext())
        {
            var upper = (uint)buckets.Index < (uint)bounds.Length ? bounds[buckets.Index] : double.PositiveInfinity;
            while (target < kept.Length && kept[target] < upper)
            {
                target++;
            }

            Append(target, buckets.Count, errors.IsEmpty ? 0 : errors[buckets.Position]);
        }
    }

    /// <summary>Takes the sum of two others.</summary>
    /// <param name="left">One, with its errors.</param>
    /// <param name="right">The other; its errors are none.</param>
    /// <param name="divisor">What the other one's counts are divided by.</param>
    public void SetSum(BucketRun left, BucketRun right, double divisor)
    {
        Count = 0;
        int i = 0, j = 0;
        while (i < left.Count || j < right.Count)
        {
            if (j == right.Count || (i < left.Count && left._indexes[i] <= right._indexes[j]))
            {
                Append(left._indexes[i], left._counts[i], left._errors[i]);
                i++;
            }
            else
            {
                Append(right._indexes[j], right._counts[j] / divisor, 0);
                j++;
            }
        }
    }

    /// <summary>Takes out the buckets without observations.</summary>
    public void DropEmpty()
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (_counts[i] + _errors[i] != 0)
            {
                (_indexes[kept], _counts[kept], _errors[kept]) = (_indexes[i], _counts[i], _errors[i]);
                kept++;
            }
        }

        Count = kept;
    }

    /// <summary>The spans of the buckets.</summary>
    /// <param name="spans">Gets them.</param>
    public void WriteTo(List<HistogramSpan> spans)
    {
        var next = 0;
        for (var i = 0; i < Count; i++)
        {
            if (i == 0 || _indexes[i] != next)
            {
                spans.Add(new HistogramSpan(_indexes[i] - next, 1));
            }
            else
            {
                spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            }

            next = _indexes[i] + 1;
        }
    }

    private void Append(int index, double count, double error)
    {
        if (Count > 0 && _indexes[Count - 1] == index)
        {
            KahanSum.Add(count, ref _counts[Count - 1], ref _errors[Count - 1]);
            _errors[Count - 1] += error;
            return;
        }

        if (Count == _indexes.Length)
        {
            var capacity = Math.Max(16, 2 * Count);
            Array.Resize(ref _indexes, capacity);
            Array.Resize(ref _counts, capacity);
            Array.Resize(ref _errors, capacity);
        }

        (_indexes[Count], _counts[Count], _errors[Count]) = (index, count, error);
        Count++;
    }
}
