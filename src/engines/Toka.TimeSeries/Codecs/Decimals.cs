namespace Toka.TimeSeries.Codecs;

/// <summary>Finds the scaling that makes whole numbers of nearly all values of a column.</summary>
internal static class Decimals
{
    /// <summary>Values looked at before all of them are.</summary>
    private const int Samples = 32;

    /// <summary>More of them without any exponent: the column is none of decimals.</summary>
    private const int SampleMissesMax = Samples / 4;

    /// <summary>A column is decimal if at most one value in so many is not.</summary>
    private const int MissesShare = 16;

    /// <summary>More digits behind the point are rare in what is measured: products are looked at before them.</summary>
    private const int UsualExponentMax = 6;

    /// <summary>Finds the least scaling.</summary>
    /// <param name="values">The column.</param>
    /// <param name="numbers">Takes the whole numbers; for a value that is none, the number beside it.</param>
    /// <param name="scaling">The scaling.</param>
    /// <param name="misses">How many values are none.</param>
    public static bool TryScale(ReadOnlySpan<double> values, Span<long> numbers, out Scaling scaling, out int misses)
    {
        var found = TryScale(values, numbers, false, out scaling, out misses);
        if (found && scaling.Exponent <= UsualExponentMax && misses == 0)
        {
            return true;
        }

        using var others = new Rented<long>(values.Length);
        if (TryScale(values, others.Span, true, out var product, out var otherMisses)
            && (!found || otherMisses < misses || (otherMisses == misses && product.Exponent < scaling.Exponent)))
        {
            others.Span.CopyTo(numbers);
            (scaling, misses) = (product, otherMisses);
            return true;
        }

        return found;
    }

    private static bool TryScale(ReadOnlySpan<double> values, Span<long> numbers, bool product, out Scaling scaling, out int misses)
    {
        var missesMax = values.Length / MissesShare;
        var exponent = Guess(values, product);
        while (exponent >= 0)
        {
            scaling = new Scaling(exponent, product);
            misses = scaling.ToNumbers(values, missesMax, numbers);
            if (misses <= missesMax)
            {
                return true;
            }

            exponent = Next(values, scaling);
        }

        (scaling, misses) = (default, 0);
        return false;
    }

    /// <summary>The exponent that some of the values need, or −1.</summary>
    private static int Guess(ReadOnlySpan<double> values, bool product)
    {
        var exponent = -1;
        var misses = 0;
        var count = Math.Min(Samples, values.Length);
        for (var i = 0; i < count; i++)
        {
            var own = Scaling.ExponentOf(values[(int)((long)i * values.Length / count)], Math.Max(exponent, 0), product);
            exponent = Math.Max(exponent, own);
            misses += own < 0 ? 1 : 0;
        }

        return misses > SampleMissesMax ? -1 : exponent;
    }

    /// <summary>A greater exponent that a value asks for which misses this one, or −1.</summary>
    private static int Next(ReadOnlySpan<double> values, Scaling scaling)
    {
        foreach (var value in values)
        {
            if (!scaling.TryNumber(value, out _))
            {
                var own = Scaling.ExponentOf(value, scaling.Exponent + 1, scaling.IsProduct);
                if (own >= 0)
                {
                    return own;
                }
            }
        }

        return -1;
    }
}
