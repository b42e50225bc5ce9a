using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Toka.TimeSeries.Codecs;

/// <summary>Running sums and the way from whole numbers to floats, by vectors and by their scalar twins. No state.</summary>
internal static class Sums
{
    /// <summary>10^0 to 10^22: the powers of ten that a float64 holds exactly.</summary>
    private static readonly double[] s_powers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>The highest scale.</summary>
    public const int ScaleMax = 22;

    /// <summary>10^scale.</summary>
    public static double Power(int scale) => s_powers[scale];

    /// <summary>Replaces each number by the sum up to and with it; sums wrap around.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="start">The sum before the first.</param>
    public static void Accumulate(Span<long> values, long start)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            AccumulateVector(values, start);
        }
        else
        {
            AccumulateScalar(values, start);
        }
    }

    /// <summary>The scalar twin of <see cref="AccumulateVector"/>.</summary>
    internal static void AccumulateScalar(Span<long> values, long start)
    {
        foreach (ref var value in values)
        {
            start += value;
            value = start;
        }
    }

    /// <summary>Four sums at a time: two shifted additions, then the carry of the four before.</summary>
    internal static void AccumulateVector(Span<long> values, long start)
    {
        var vectors = MemoryMarshal.Cast<long, Vector256<long>>(values);
        var carry = Vector256.Create(start);
        var not0 = Vector256.Create(0L, -1, -1, -1);
        var not01 = Vector256.Create(0L, 0, -1, -1);
        foreach (ref var vector in vectors)
        {
            var sum = vector;
            sum += Vector256.Shuffle(sum, Vector256.Create(0L, 0, 1, 2)) & not0;
            sum += Vector256.Shuffle(sum, Vector256.Create(0L, 0, 0, 1)) & not01;
            sum += carry;
            vector = sum;
            carry = Vector256.Shuffle(sum, Vector256.Create(3L, 3, 3, 3));
        }

        AccumulateScalar(values[(vectors.Length * Vector256<long>.Count)..], carry.ToScalar());
    }

    /// <summary>Turns whole numbers into floats in place: n / 10^scale, correctly rounded.</summary>
    /// <param name="values">The numbers, of at most 2^53; then the bits of the floats.</param>
    /// <param name="scale">0 to <see cref="ScaleMax"/>.</param>
    public static void ToFloats(Span<long> values, int scale)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            ToFloatsVector(values, scale);
        }
        else
        {
            ToFloatsScalar(values, scale);
        }
    }

    /// <summary>The scalar twin of <see cref="ToFloatsVector"/>.</summary>
    internal static void ToFloatsScalar(Span<long> values, int scale)
    {
        var divisor = s_powers[scale];
        foreach (ref var value in values)
        {
            value = BitConverter.DoubleToInt64Bits(value / divisor);
        }
    }

    /// <summary>Four conversions and divisions at a time.</summary>
    internal static void ToFloatsVector(Span<long> values, int scale)
    {
        var vectors = MemoryMarshal.Cast<long, Vector256<long>>(values);
        if (scale == 0)
        {
            foreach (ref var vector in vectors)
            {
                vector = Vector256.ConvertToDouble(vector).AsInt64();
            }
        }
        else
        {
            var divisor = Vector256.Create(s_powers[scale]);
            foreach (ref var vector in vectors)
            {
                vector = (Vector256.ConvertToDouble(vector) / divisor).AsInt64();
            }
        }

        ToFloatsScalar(values[(vectors.Length * Vector256<long>.Count)..], scale);
    }

    /// <summary>Turns multiples into numbers in place: origin + n · step; wraps around.</summary>
    public static void Stretch(Span<long> values, long origin, long step)
    {
        foreach (ref var value in values)
        {
            value = origin + (value * step);
        }
    }
}
