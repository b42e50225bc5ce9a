namespace Toka.Core.Samples;

/// <summary>
/// Goes through all buckets of a histogram with their bounds, from the lowest value to the highest or back, without
/// allocating: the negative side, the zero bucket where it has observations, the positive side. A bucket that reaches into the
/// zero bucket is cut there.
/// </summary>
public ref struct BucketEnumerator
{
    private readonly HistogramLayout _layout;
    private readonly double _zeroCount;
    private readonly bool _isDescending;
    private readonly bool _withEmpty;
    private BucketCursor _first;
    private BucketCursor _second;
    private Stage _stage;

    /// <summary>Stands before the first bucket.</summary>
    /// <param name="histogram">Any histogram.</param>
    /// <param name="isDescending">Whether to go from the highest value to the lowest.</param>
    /// <param name="withEmpty">Whether buckets without observations are given too, where the layout has them.</param>
    public BucketEnumerator(scoped in HistogramView histogram, bool isDescending, bool withEmpty)
    {
        _layout = histogram.Layout;
        _zeroCount = histogram.ZeroCount;
        (_isDescending, _withEmpty) = (isDescending, withEmpty);
        var positive = new BucketCursor(_layout.PositiveSpans, histogram.PositiveBuckets);
        var negative = new BucketCursor(_layout.NegativeSpans, histogram.NegativeBuckets);
        _first = isDescending ? positive : negative;
        _second = isDescending ? negative : positive;
        _first.MoveToEnd();
    }

    private enum Stage
    {
        First,
        Zero,
        Second,
    }

    /// <summary>The bucket.</summary>
    public HistogramBucket Current { get; private set; }

    /// <summary>Itself.</summary>
    public readonly BucketEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next bucket.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        if (_stage == Stage.First)
        {
            while (_first.MovePrevious())
            {
                if (_withEmpty || _first.Count != 0)
                {
                    Current = Bucket(_first.Index, _first.Count, isPositive: _isDescending);
                    return true;
                }
            }

            _stage = Stage.Zero;
        }

        if (_stage == Stage.Zero)
        {
            _stage = Stage.Second;
            if (_zeroCount > 0)
            {
                Current = new HistogramBucket(-_layout.ZeroThreshold, _layout.ZeroThreshold, true, true, _zeroCount);
                return true;
            }
        }

        while (_second.MoveNext())
        {
            if (_withEmpty || _second.Count != 0)
            {
                Current = Bucket(_second.Index, _second.Count, isPositive: !_isDescending);
                return true;
            }
        }

        return false;
    }

    private readonly HistogramBucket Bucket(int index, double count, bool isPositive)
    {
        var upper = HistogramBuckets.UpperBound(_layout, index);
        var lower = HistogramBuckets.UpperBound(_layout, index - 1);
        if (_layout.IsCustom)
        {
            return new HistogramBucket(lower, upper, index == 0, true, count);
        }

        lower = Math.Max(lower, _layout.ZeroThreshold);
        return isPositive
            ? new HistogramBucket(lower, upper, false, true, count)
            : new HistogramBucket(-upper, -lower, true, false, count);
    }
}
