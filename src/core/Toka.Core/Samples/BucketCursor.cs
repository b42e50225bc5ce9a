namespace Toka.Core.Samples;

/// <summary>A place among the buckets of one sign of a histogram, which goes through them either way without allocating.</summary>
public ref struct BucketCursor
{
    private readonly ReadOnlySpan<HistogramSpan> _spans;
    private readonly ReadOnlySpan<double> _counts;
    private int _span;
    private int _left;
    private int _next;

    /// <summary>Stands before the first bucket.</summary>
    /// <param name="spans">The spans.</param>
    /// <param name="counts">The count of each of their buckets.</param>
    public BucketCursor(ReadOnlySpan<HistogramSpan> spans, ReadOnlySpan<double> counts)
    {
        _spans = spans;
        _counts = counts;
        (_span, Position) = (-1, -1);
    }

    /// <summary>The bucket's index in the schema.</summary>
    public int Index { get; private set; }

    /// <summary>The bucket's place among the counts.</summary>
    public int Position { get; private set; }

    /// <summary>The bucket's observations.</summary>
    public readonly double Count => _counts[Position];

    /// <summary>Goes to the next bucket, which has a larger index.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        while (_left == 0)
        {
            if (_span + 1 >= _spans.Length)
            {
                return false;
            }

            var span = _spans[++_span];
            _next += span.Offset;
            _left = Math.Max(0, span.Length);
        }

        if (Position + 1 >= _counts.Length)
        {
            return false;
        }

        Position++;
        _left--;
        Index = _next++;
        return true;
    }

    /// <summary>Goes behind the last bucket.</summary>
    public void MoveToEnd()
    {
        _next = 0;
        foreach (var span in _spans)
        {
            _next += span.Offset + Math.Max(0, span.Length);
        }

        (_span, Position) = (_spans.Length, _counts.Length);
        _left = 0;
    }

    /// <summary>Goes to the bucket before, which has a smaller index; only after <see cref="MoveToEnd"/>.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MovePrevious()
    {
        while (_left == 0)
        {
            if (_span < _spans.Length)
            {
                if (_span <= 0)
                {
                    return false;
                }

                _next -= _spans[_span].Offset;
            }

            if (--_span < 0)
            {
                return false;
            }

            _left = Math.Max(0, _spans[_span].Length);
        }

        if (Position == 0)
        {
            return false;
        }

        Position--;
        _left--;
        Index = --_next;
        return true;
    }
}
