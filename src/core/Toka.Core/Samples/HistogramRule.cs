namespace Toka.Core.Samples;

/// <summary>What is wrong with a native histogram.</summary>
public enum HistogramFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The schema is neither −4 to 8 nor −53.</summary>
    Schema,

    /// <summary>The zero threshold is negative, not finite, or given beside custom bounds.</summary>
    ZeroThreshold,

    /// <summary>The custom bounds do not rise, are not finite, or are given for another schema.</summary>
    CustomValues,

    /// <summary>A span is negative where it must not be, or leads out of the range of indexes.</summary>
    Spans,

    /// <summary>There are not as many counts as the spans have buckets.</summary>
    BucketCount,

    /// <summary>There are more than <see cref="HistogramLayout.BucketsMax"/> buckets.</summary>
    TooManyBuckets,

    /// <summary>A count is negative, infinite or not a number.</summary>
    NegativeCount,

    /// <summary>The buckets and the zero bucket do not add up to the count.</summary>
    CountMismatch,
}

/// <summary>
/// The rule that every stored native histogram keeps: its layout makes sense, its counts are not negative, and its buckets
/// with the zero bucket add up to its count; where the sum is NaN they are not more than it, as observations of NaN are in no
/// bucket. After Prometheus' Histogram.Validate, with the indexes and the number of buckets bounded as well.
/// </summary>
public static class HistogramRule
{
    /// <summary>
    /// Counts that are whole numbers up to 2^53 must add up exactly. Others, such as rates, may miss the count by this part of
    /// it: adding up 8 192 of them rounds by less than 1e−12.
    /// </summary>
    public const double CountTolerance = 1e-9;

    /// <summary>Indexes lie within ±this; those of float64 need ±275 000 at schema 8.</summary>
    private const long IndexMax = 1 << 24;

    private const double WholeMax = 1L << 53;

    /// <summary>Checks a histogram.</summary>
    /// <param name="histogram">Any histogram.</param>
    public static HistogramFault Check(in HistogramView histogram)
    {
        var fault = Check(histogram.Layout);
        if (fault != HistogramFault.None)
        {
            return fault;
        }

        if (histogram.Buckets.Length != histogram.Layout.BucketCount)
        {
            return HistogramFault.BucketCount;
        }

        return CheckCounts(histogram);
    }

    /// <summary>Checks a layout.</summary>
    /// <param name="layout">Any layout.</param>
    public static HistogramFault Check(HistogramLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (!layout.IsCustom && layout.Schema is < HistogramLayout.SchemaMin or > HistogramLayout.SchemaMax)
        {
            return HistogramFault.Schema;
        }

        if (!double.IsFinite(layout.ZeroThreshold) || layout.ZeroThreshold < 0 || (layout.IsCustom && layout.ZeroThreshold != 0))
        {
            return HistogramFault.ZeroThreshold;
        }

        if (layout.BucketCount > HistogramLayout.BucketsMax || layout.CustomValues.Length > HistogramLayout.BucketsMax)
        {
            return HistogramFault.TooManyBuckets;
        }

        if (!AreCustomValuesGood(layout))
        {
            return HistogramFault.CustomValues;
        }

        var areSpansGood = layout.IsCustom
            ? layout.NegativeSpans.IsEmpty && AreSpansGood(layout.PositiveSpans, 0, layout.CustomValues.Length)
            : AreSpansGood(layout.PositiveSpans, -IndexMax, IndexMax) && AreSpansGood(layout.NegativeSpans, -IndexMax, IndexMax);
        return areSpansGood ? HistogramFault.None : HistogramFault.Spans;
    }

    /// <summary>A fault in words, for the sender of the histogram.</summary>
    /// <param name="fault">The fault.</param>
    public static string Sentence(HistogramFault fault) => fault switch
    {
        HistogramFault.None => "nothing is wrong",
        HistogramFault.Schema => $"the schema must be {HistogramLayout.SchemaMin} to {HistogramLayout.SchemaMax}, or {HistogramLayout.SchemaCustom} for custom bounds",
        HistogramFault.ZeroThreshold => "the zero threshold must be finite and not negative, and 0 beside custom bounds",
        HistogramFault.CustomValues => "custom bounds must be finite and rise, and are for schema -53 only",
        HistogramFault.Spans => "spans must follow each other within the range of indexes",
        HistogramFault.BucketCount => "there must be as many counts as the spans have buckets",
        HistogramFault.TooManyBuckets => $"a histogram may have {HistogramLayout.BucketsMax} buckets",
        HistogramFault.NegativeCount => "counts must be finite and not negative",
        HistogramFault.CountMismatch => "the buckets and the zero bucket must add up to the count",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };

    private static HistogramFault CheckCounts(in HistogramView histogram)
    {
        if (!IsCount(histogram.Count) || !IsCount(histogram.ZeroCount) || (histogram.Layout.IsCustom && histogram.ZeroCount != 0))
        {
            return HistogramFault.NegativeCount;
        }

        var added = histogram.ZeroCount;
        var areWhole = IsWhole(histogram.ZeroCount) && IsWhole(histogram.Count);
        foreach (var bucket in histogram.Buckets)
        {
            if (!IsCount(bucket))
            {
                return HistogramFault.NegativeCount;
            }

            areWhole &= IsWhole(bucket);
            added += bucket;
        }

        var tolerance = areWhole && added <= WholeMax ? 0 : CountTolerance * Math.Max(histogram.Count, added);
        var excess = added - histogram.Count;
        return excess > tolerance || (excess < -tolerance && !double.IsNaN(histogram.Sum)) ? HistogramFault.CountMismatch : HistogramFault.None;
    }

    private static bool AreCustomValuesGood(HistogramLayout layout)
    {
        var values = layout.CustomValues;
        if (!layout.IsCustom)
        {
            return values.IsEmpty;
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]) || (i > 0 && values[i] <= values[i - 1]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreSpansGood(ReadOnlySpan<HistogramSpan> spans, long min, long max)
    {
        // The number of spans is bounded too: empty ones would otherwise be free.
        if (spans.Length > HistogramLayout.BucketsMax)
        {
            return false;
        }

        var next = 0L;
        for (var i = 0; i < spans.Length; i++)
        {
            next += spans[i].Offset;
            if ((i > 0 && spans[i].Offset < 0) || spans[i].Length < 0 || next < min || next + Math.Max(0, spans[i].Length - 1L) > max)
            {
                return false;
            }

            next += spans[i].Length;
        }

        return true;
    }

    private static bool IsCount(double count) => count >= 0 && double.IsFinite(count);

    private static bool IsWhole(double count) => count <= WholeMax && count == Math.Floor(count);
}
