namespace Toka.Core.Samples;

/// <summary>One bucket of a native histogram with its bounds.</summary>
/// <param name="Lower">The lower bound; −∞ for the first one of custom bounds.</param>
/// <param name="Upper">The upper bound; +∞ for the last one of custom bounds and past the largest float64.</param>
/// <param name="IsLowerInclusive">Whether the lower bound itself belongs to it.</param>
/// <param name="IsUpperInclusive">Whether the upper bound itself belongs to it.</param>
/// <param name="Count">Its observations.</param>
public readonly record struct HistogramBucket(double Lower, double Upper, bool IsLowerInclusive, bool IsUpperInclusive, double Count)
{
    /// <summary>
    /// The rule of its bounds as Prometheus' query API numbers them: 0 the upper one is inclusive, 1 the lower one is, 2
    /// neither, 3 both.
    /// </summary>
    public int Boundaries => (IsLowerInclusive, IsUpperInclusive) switch
    {
        (false, true) => 0,
        (true, false) => 1,
        (false, false) => 2,
        (true, true) => 3,
    };
}

/// <summary>The bounds of the buckets of native histograms, and the buckets in ascending order of value.</summary>
/// <remarks>Source: Prometheus, "Native histograms".</remarks>
public static class HistogramBuckets
{
    private const int FractionsLog2 = HistogramLayout.SchemaMax;

    /// <summary>2^(i / 256): every bound is one of these times a power of two.</summary>
    private static readonly double[] Fractions = MakeFractions();

    /// <summary>The buckets with observations, from the lowest to the highest.</summary>
    /// <param name="histogram">Any histogram.</param>
    public static BucketEnumerator Enumerate(NativeHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        return new BucketEnumerator(histogram.View, isDescending: false, withEmpty: false);
    }

    /// <summary>The upper bound of a positive bucket, which is the lower one of the bucket after it.</summary>
    /// <param name="layout">The histogram's layout.</param>
    /// <param name="index">The bucket.</param>
    /// <returns>With custom bounds −∞ before the first and +∞ past the last.</returns>
    public static double UpperBound(HistogramLayout layout, int index)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (!layout.IsCustom)
        {
            return UpperBound(layout.Schema, index);
        }

        var values = layout.CustomValues;
        return index < 0 ? double.NegativeInfinity : index < values.Length ? values[index] : double.PositiveInfinity;
    }

    /// <summary>The upper bound of a bucket of an exponential schema.</summary>
    /// <param name="schema">−4 to 8.</param>
    /// <param name="index">The bucket.</param>
    /// <returns>The largest float64 where the bound is 2^1024, as the largest values lie in that bucket; +∞ above.</returns>
    public static double UpperBound(int schema, int index)
    {
        long exponent;
        var fraction = 0;
        if (schema < 0)
        {
            exponent = (long)index << Math.Min(31, -schema);
        }
        else
        {
            var levels = Math.Min(schema, FractionsLog2);
            exponent = index >> levels;
            fraction = (index & ((1 << levels) - 1)) << (FractionsLog2 - levels);
        }

        if (fraction == 0 && exponent == 1024)
        {
            return double.MaxValue;
        }

        return Math.ScaleB(Fractions[fraction], (int)Math.Clamp(exponent, -1200, 1200));
    }

    private static double[] MakeFractions()
    {
        var fractions = new double[1 << FractionsLog2];
        for (var i = 0; i < fractions.Length; i++)
        {
            fractions[i] = Math.Pow(2, (double)i / fractions.Length);
        }

        return fractions;
    }
}
