using Toka.Core.Samples;

namespace Toka.Query.PromQL.Histograms;

/// <summary>
/// Goes through the buckets of one sign as a coarser schema and a wider zero bucket would have them, ascending, without
/// allocating.
/// </summary>
internal ref struct ReducingCursor
{
    private readonly HistogramLayout _layout;
    private readonly int _levels;
    private readonly double _threshold;
    private BucketCursor _buckets;
    private bool _isAhead;

    /// <param name="layout">The histogram's layout.</param>
    /// <param name="spans">The spans of the sign.</param>
    /// <param name="counts">Their counts.</param>
    /// <param name="schema">The coarser schema, or the layout's.</param>
    /// <param name="threshold">The wider zero threshold, or the layout's.</param>
    public ReducingCursor(
        HistogramLayout layout, ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> counts, int schema, double threshold)
    {
        _layout = layout;
        _levels = Math.Clamp(layout.Schema - schema, 0, 31);
        _threshold = threshold > layout.ZeroThreshold ? threshold : double.NegativeInfinity;
        _buckets = new BucketCursor(spans, counts);
        _isAhead = _buckets.MoveNext();
    }

    public int Index { get; private set; }

    public double Count { get; private set; }

    /// <summary>The observations of the buckets passed so far that the wider zero bucket takes in.</summary>
    public double Taken { get; private set; }

    public bool MoveNext()
    {
        while (_isAhead && HistogramBuckets.UpperBound(_layout, _buckets.Index - 1) < _threshold)
        {
            Taken += _buckets.Count;
            _isAhead = _buckets.MoveNext();
        }

        if (!_isAhead)
        {
            return false;
        }

        Index = ExponentialBuckets.Reduced(_buckets.Index, _levels);
        Count = 0;
        do
        {
            Count += _buckets.Count;
            _isAhead = _buckets.MoveNext();
        }
        while (_isAhead && _levels > 0 && ExponentialBuckets.Reduced(_buckets.Index, _levels) == Index);
        return true;
    }
}
