using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Toka.Core.Samples;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Histograms;

/// <summary>
/// A histogram to which others are added, each number with the error of its additions carried along. Adding one whose buckets
/// it has already costs a pass over them and allocates nothing. Reused; not thread-safe.
/// </summary>
/// <remarks>Source: Prometheus 3, FloatHistogram.KahanAdd.</remarks>
internal sealed class HistogramSum
{
    private HistogramLayout _layout = HistogramLayout.Empty;
    private HistogramResetHint _hint;
    private (double Count, double Error) _zero;
    private (double Count, double Error) _count;
    private (double Count, double Error) _sum;
    private double[] _counts = [];
    private double[] _errors = [];
    private Scratch? _scratch;

    private Span<double> Counts => _counts.AsSpan(0, _layout.BucketCount);

    private Span<double> Errors => _errors.AsSpan(0, _layout.BucketCount);

    private HistogramView View => new(_layout, _hint, _zero.Count, _count.Count, _sum.Count, Counts);

    private BucketCursor Positive => new(_layout.PositiveSpans, Counts[.._layout.PositiveCount]);

    private BucketCursor Negative => new(_layout.NegativeSpans, Counts[_layout.PositiveCount..]);

    /// <summary>What its numbers take in memory, in bytes.</summary>
    public long Bytes => sizeof(double) * ((long)_counts.Length + _errors.Length);

    /// <summary>Begins with a histogram.</summary>
    public void Set(in HistogramView histogram)
    {
        SetLayout(histogram.Layout);
        histogram.Buckets[..histogram.Layout.BucketCount].CopyTo(_counts);
        Errors.Clear();
        _hint = histogram.ResetHint;
        (_zero, _count, _sum) = ((histogram.ZeroCount, 0), (histogram.Count, 0), (histogram.Sum, 0));
    }

    /// <summary>Takes another one's place.</summary>
    public void Set(HistogramSum other)
    {
        SetLayout(other._layout);
        other.Counts.CopyTo(_counts);
        other.Errors.CopyTo(_errors);
        (_hint, _zero, _count, _sum) = (other._hint, other._zero, other._count, other._sum);
    }

    /// <summary>Whether a histogram can be added: custom bounds and exponential ones cannot be joined.</summary>
    public bool CanAdd(in HistogramView histogram) => histogram.Layout.IsCustom == _layout.IsCustom;

    /// <summary>Adds a histogram that <see cref="CanAdd"/>.</summary>
    /// <param name="histogram">The histogram.</param>
    /// <param name="divisor">What its numbers are divided by: the number of histograms for a mean, −1 to subtract.</param>
    /// <param name="notes">Gets what wants to be said.</param>
    public void Add(in HistogramView histogram, double divisor, ref HistogramNotes notes)
    {
        if (ReferenceEquals(histogram.Layout, _layout) || histogram.Layout.Equals(_layout))
        {
            CompensatedBuckets.Add(Counts, Errors, histogram.Buckets[.._layout.BucketCount], divisor);
            AddZero(histogram.ZeroCount / divisor);
        }
        else if (_layout.IsCustom)
        {
            AddCustom(histogram, divisor, ref notes);
        }
        else
        {
            AddExponential(histogram, divisor);
        }

        KahanSum.Add(histogram.Count / divisor, ref _count.Count, ref _count.Error);
        KahanSum.Add(histogram.Sum / divisor, ref _sum.Count, ref _sum.Error);
        _hint = HistogramHints.Join(_hint, histogram.ResetHint);
    }

    /// <summary>Multiplies every number.</summary>
    public void Multiply(double factor)
    {
        Multiply(ref _zero, factor);
        Multiply(ref _count, factor);
        Multiply(ref _sum, factor);
        foreach (ref var count in Counts)
        {
            count *= factor;
        }

        foreach (ref var error in Errors)
        {
            error *= factor;
        }
    }

    /// <summary>Divides every number.</summary>
    public void Divide(double divisor)
    {
        Divide(ref _zero, divisor);
        Divide(ref _count, divisor);
        Divide(ref _sum, divisor);
        foreach (ref var count in Counts)
        {
            count /= divisor;
        }

        foreach (ref var error in Errors)
        {
            error /= divisor;
        }
    }

    /// <summary>Whether a number is infinite.</summary>
    public bool HasOverflow()
    {
        var isInfinite = double.IsInfinity(_zero.Count) || double.IsInfinity(_count.Count) || double.IsInfinity(_sum.Count);
        foreach (var count in Counts)
        {
            isInfinite |= double.IsInfinity(count);
        }

        return isInfinite;
    }

    /// <summary>The histogram, its errors made good.</summary>
    /// <param name="divisor">What each number is divided by.</param>
    public NativeHistogram ToHistogram(double divisor)
    {
        var buckets = new double[_layout.BucketCount];
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] = Total((_counts[i], _errors[i]), divisor);
        }

        return NativeHistogram.Owning(
            _layout, _hint, Total(_zero, divisor), Total(_count, divisor), Total(_sum, divisor), buckets);
    }

    private static double Total((double Count, double Error) number, double divisor) =>
        CompensatedBuckets.Total(number.Count / divisor, number.Error / divisor);

    private static void Multiply(ref (double Count, double Error) number, double factor) =>
        number = (number.Count * factor, number.Error * factor);

    private static void Divide(ref (double Count, double Error) number, double divisor) =>
        number = (number.Count / divisor, number.Error / divisor);

    [MemberNotNull(nameof(_scratch))]
    private void NeedScratch() => _scratch ??= new Scratch();

    private void AddZero(double count) => KahanSum.Add(count, ref _zero.Count, ref _zero.Error);

    private void AddExponential(in HistogramView histogram, double divisor)
    {
        var schema = Math.Min(_layout.Schema, histogram.Layout.Schema);
        var threshold = ZeroBuckets.CommonThreshold(View, histogram);
        var layout = histogram.Layout;
        var positive = new ReducingCursor(layout, layout.PositiveSpans, histogram.PositiveBuckets, schema, threshold);
        var negative = new ReducingCursor(layout, layout.NegativeSpans, histogram.NegativeBuckets, schema, threshold);
        if (schema == _layout.Schema && threshold == _layout.ZeroThreshold
            && HasBucketsOf(Positive, positive) && HasBucketsOf(Negative, negative))
        {
            AddInPlace(Positive, 0, ref positive, divisor);
            AddInPlace(Negative, _layout.PositiveCount, ref negative, divisor);
            AddZero((histogram.ZeroCount + positive.Taken + negative.Taken) / divisor);
            return;
        }

        NeedScratch();
        var (own, other, joined) = (_scratch.Own, _scratch.Other, _scratch.Positive);
        var ownPositive = Errors[.._layout.PositiveCount];
        var ownNegative = Errors[_layout.PositiveCount..];
        var view = View;
        (double Count, double Error) otherZero = (histogram.ZeroCount, 0);
        own.Set(_layout, new BucketCursor(_layout.PositiveSpans, view.PositiveBuckets), ownPositive, schema, threshold, ref _zero);
        other.Set(
            histogram.Layout, new BucketCursor(histogram.Layout.PositiveSpans, histogram.PositiveBuckets), [], schema, threshold, ref otherZero);
        joined.SetSum(own, other, divisor);
        joined = _scratch.Negative;
        own.Set(_layout, new BucketCursor(_layout.NegativeSpans, view.NegativeBuckets), ownNegative, schema, threshold, ref _zero);
        other.Set(
            histogram.Layout, new BucketCursor(histogram.Layout.NegativeSpans, histogram.NegativeBuckets), [], schema, threshold, ref otherZero);
        joined.SetSum(own, other, divisor);
        AddZero((otherZero.Count + otherZero.Error) / divisor);
        Take(schema, threshold, []);
    }

    private void AddCustom(in HistogramView histogram, double divisor, ref HistogramNotes notes)
    {
        var own = _layout.CustomValues;
        var others = histogram.Layout.CustomValues;
        var areSame = own.SequenceEqual(others);
        var cursor = new ReducingCursor(
            histogram.Layout, histogram.Layout.PositiveSpans, histogram.PositiveBuckets, histogram.Layout.Schema, 0);
        if (areSame && HasBucketsOf(Positive, cursor))
        {
            AddInPlace(Positive, 0, ref cursor, divisor);
            return;
        }

        NeedScratch();
        var kept = areSame ? own.ToArray() : CustomBounds.Shared(own, others);
        _scratch.Own.SetKept(own, kept, new BucketCursor(_layout.PositiveSpans, View.PositiveBuckets), Errors);
        _scratch.Other.SetKept(others, kept, new BucketCursor(histogram.Layout.PositiveSpans, histogram.PositiveBuckets), []);
        _scratch.Positive.SetSum(_scratch.Own, _scratch.Other, divisor);
        _scratch.Negative.SetSum(_scratch.Empty, _scratch.Empty, 1);
        if (!areSame)
        {
            _scratch.Positive.DropEmpty();
            notes |= HistogramNotes.BoundsReconciled;
        }

        Take(HistogramLayout.SchemaCustom, 0, kept);
    }

    private void Take(int schema, double threshold, ReadOnlySpan<double> customValues)
    {
        NeedScratch();
        var (positive, negative) = (_scratch.Positive, _scratch.Negative);
        _scratch.Spans.Clear();
        positive.WriteTo(_scratch.Spans);
        var positiveSpans = _scratch.Spans.Count;
        negative.WriteTo(_scratch.Spans);
        var spans = CollectionsMarshal.AsSpan(_scratch.Spans);
        SetLayout(new HistogramLayout(schema, threshold, spans[..positiveSpans], spans[positiveSpans..], customValues));
        positive.Counts.CopyTo(_counts);
        positive.Errors.CopyTo(_errors);
        negative.Counts.CopyTo(_counts.AsSpan(positive.Count));
        negative.Errors.CopyTo(_errors.AsSpan(positive.Count));
    }

    /// <summary>Whether each bucket that another cursor comes to is among the own ones; with the same cursors <see cref="AddInPlace"/> then finds all of them.</summary>
    private static bool HasBucketsOf(BucketCursor own, ReducingCursor others)
    {
        var hasOwn = own.MoveNext();
        while (others.MoveNext())
        {
            while (hasOwn && own.Index < others.Index)
            {
                hasOwn = own.MoveNext();
            }

            if (!hasOwn || own.Index != others.Index)
            {
                return false;
            }
        }

        return true;
    }

    private void AddInPlace(BucketCursor own, int start, ref ReducingCursor others, double divisor)
    {
        while (others.MoveNext())
        {
            while (own.Position < 0 || own.Index < others.Index)
            {
                own.MoveNext();
            }

            KahanSum.Add(others.Count / divisor, ref _counts[start + own.Position], ref _errors[start + own.Position]);
        }
    }

    private void SetLayout(HistogramLayout layout)
    {
        _layout = layout;
        if (_counts.Length < layout.BucketCount)
        {
            _counts = new double[layout.BucketCount];
            _errors = new double[layout.BucketCount];
        }
    }

    private sealed class Scratch
    {
        public BucketRun Own { get; } = new();

        public BucketRun Other { get; } = new();

        public BucketRun Positive { get; } = new();

        public BucketRun Negative { get; } = new();

        public BucketRun Empty { get; } = new();

        public List<HistogramSpan> Spans { get; } = [];
    }
}
