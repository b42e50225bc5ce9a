namespace Toka.TimeSeries.Codecs;

/// <summary>Floats that are whole numbers of 10^−e, and the way there and back to the last bit.</summary>
internal static class Decimals
{
    /// <summary>Whole numbers up to here are exact.</summary>
    private const double ExactMax = 9007199254740992.0;

    /// <summary>Values looked at to find a scale.</summary>
    private const int Samples = 32;

    /// <summary>A column is decimal if at most one value in so many is not.</summary>
    private const int MissesShare = 16;

    /// <summary>Finds the least scale at which nearly all values of a column are whole numbers.</summary>
    /// <param name="values">The column.</param>
    /// <param name="numbers">Takes the whole numbers; for a value that is none, the number before.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="misses">How many values are none.</param>
    public static bool TryScale(ReadOnlySpan<double> values, Span<long> numbers, out int scale, out int misses)
    {
        scale = Guess(values);
        misses = 0;
        while (scale >= 0)
        {
            misses = Fill(values, scale, numbers);
            if (misses <= values.Length / MissesShare)
            {
                return true;
            }

            scale = Next(values, scale);
        }

        return false;
    }

    /// <summary>Whether a value is a whole number of 10^−scale to the last bit.</summary>
    public static bool TryScale(double value, int scale, out long number)
    {
        var product = value * Sums.Power(scale);
        if (!(Math.Abs(product) < ExactMax))
        {
            number = 0;
            return false;
        }

        number = (long)Math.Round(product);
        return BitConverter.DoubleToInt64Bits(number / Sums.Power(scale)) == BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>The scale that some of the values need, or −1.</summary>
    private static int Guess(ReadOnlySpan<double> values)
    {
        var scale = -1;
        var misses = 0;
        var count = Math.Min(Samples, values.Length);
        for (var i = 0; i < count; i++)
        {
            var own = ScaleOf(values[(int)((long)i * values.Length / count)], Math.Max(scale, 0));
            scale = Math.Max(scale, own);
            misses += own < 0 ? 1 : 0;
        }

        return misses > Samples / 4 ? -1 : scale;
    }

    /// <summary>A greater scale that a value asks for which misses this one, or −1.</summary>
    private static int Next(ReadOnlySpan<double> values, int scale)
    {
        foreach (var value in values)
        {
            if (!TryScale(value, scale, out _))
            {
                var own = ScaleOf(value, scale + 1);
                if (own >= 0)
                {
                    return own;
                }
            }
        }

        return -1;
    }

    private static int ScaleOf(double value, int from)
    {
        for (var scale = from; scale <= Sums.ScaleMax; scale++)
        {
            if (TryScale(value, scale, out _))
            {
                return scale;
            }

            if (!(Math.Abs(value) * Sums.Power(scale) < ExactMax))
            {
                break;
            }
        }

        return -1;
    }

    private static int Fill(ReadOnlySpan<double> values, int scale, Span<long> numbers)
    {
        var misses = 0;
        var last = 0L;
        var first = -1;
        var missesMax = values.Length / MissesShare;
        for (var i = 0; i < values.Length; i++)
        {
            if (TryScale(values[i], scale, out var number))
            {
                last = number;
                if (first < 0)
                {
                    first = i;
                    numbers[..i].Fill(number);
                }
            }
            else if (++misses > missesMax)
            {
                return misses;
            }

            numbers[i] = last;
        }

        return misses;
    }
}
