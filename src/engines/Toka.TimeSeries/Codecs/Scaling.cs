using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// The way between floats and whole numbers: a float is n / 10^e, or n · 10^−e where a program multiplied by the rounded
/// 10^−e (as exporters do with ticks and milliseconds), which gives other last bits.
/// </summary>
/// <param name="Exponent">e: 0 to <see cref="ExponentMax"/>.</param>
/// <param name="IsProduct">Whether n is multiplied.</param>
internal readonly record struct Scaling(int Exponent, bool IsProduct)
{
    /// <summary>10^22 is the highest power of ten that a float64 holds exactly.</summary>
    public const int ExponentMax = 22;

    private const int ProductFlag = 32;

    /// <summary>Whole numbers below it are exact.</summary>
    private const double ExactMax = 9007199254740992.0;

    private static readonly double[] s_powers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    private static readonly double[] s_fractions =
    [
        1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11,
        1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21, 1e-22,
    ];

    /// <summary>Its byte.</summary>
    public byte Code => (byte)(Exponent | (IsProduct ? ProductFlag : 0));

    private double Power => s_powers[Exponent];

    private double Factor => IsProduct ? s_fractions[Exponent] : s_powers[Exponent];

    /// <summary>The scaling of a byte.</summary>
    public static Scaling Of(byte code) =>
        (code & ~ProductFlag) <= ExponentMax
            ? new Scaling(code & ~ProductFlag, (code & ProductFlag) != 0)
            : throw new CodecException($"A column has the scale {code}.");

    /// <summary>The least quotient, from an exponent on, that a value is to the last bit.</summary>
    /// <param name="value">The value.</param>
    /// <param name="from">The first exponent that is tried.</param>
    /// <param name="product">Whether products are asked for.</param>
    /// <returns>The exponent, or −1.</returns>
    public static int ExponentOf(double value, int from, bool product)
    {
        for (var exponent = from; exponent <= ExponentMax; exponent++)
        {
            if (new Scaling(exponent, product).TryNumber(value, out _))
            {
                return exponent;
            }

            if (!(Math.Abs(value) * s_powers[exponent] < ExactMax))
            {
                break;
            }
        }

        return -1;
    }

    /// <summary>Whether a whole number gives a value to the last bit.</summary>
    public bool TryNumber(double value, out long number)
    {
        var product = value * Power;
        if (!(Math.Abs(product) < ExactMax))
        {
            number = 0;
            return false;
        }

        number = (long)Math.Round(product);
        return BitsOf(number) == BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>The bits of the float that a number stands for.</summary>
    public long BitsOf(long number) => BitConverter.DoubleToInt64Bits(IsProduct ? number * Factor : number / Factor);

    /// <summary>Makes whole numbers of floats until so many are none.</summary>
    /// <param name="values">The floats.</param>
    /// <param name="missesMax">More misses end it.</param>
    /// <param name="numbers">Takes the numbers; for a miss, the number of the hit before it, or of the first hit.</param>
    /// <returns>The misses.</returns>
    public int ToNumbers(ReadOnlySpan<double> values, int missesMax, Span<long> numbers)
    {
        numbers = numbers[..values.Length];
        var misses = 0;
        var first = -1;
        for (var i = 0; i < values.Length;)
        {
            if (Vector256.IsHardwareAccelerated && i + Vector256<double>.Count <= values.Length && TryFour(values[i..], numbers[i..]))
            {
                if (first < 0)
                {
                    first = i;
                    numbers[..i].Fill(numbers[i]);
                }

                i += Vector256<double>.Count;
                continue;
            }

            if (TryNumber(values[i], out var number))
            {
                numbers[i] = number;
                if (first < 0)
                {
                    first = i;
                    numbers[..i].Fill(number);
                }
            }
            else
            {
                numbers[i] = i > 0 ? numbers[i - 1] : 0;
                if (++misses > missesMax)
                {
                    return misses;
                }
            }

            i++;
        }

        return misses;
    }

    /// <summary>Turns whole numbers into the bits of their floats in place.</summary>
    /// <param name="values">The numbers, of at most 2^53.</param>
    public void ToFloats(Span<long> values)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            ToFloatsVector(values);
        }
        else
        {
            ToFloatsScalar(values);
        }
    }

    /// <summary>The scalar twin of <see cref="ToFloatsVector"/>.</summary>
    internal void ToFloatsScalar(Span<long> values)
    {
        foreach (ref var value in values)
        {
            value = BitsOf(value);
        }
    }

    /// <summary>Four conversions at a time.</summary>
    internal void ToFloatsVector(Span<long> values)
    {
        var vectors = MemoryMarshal.Cast<long, Vector256<long>>(values);
        var factor = Vector256.Create(Factor);
        if (IsProduct || Exponent == 0)
        {
            foreach (ref var vector in vectors)
            {
                vector = (Vector256.ConvertToDouble(vector) * factor).AsInt64();
            }
        }
        else
        {
            foreach (ref var vector in vectors)
            {
                vector = (Vector256.ConvertToDouble(vector) / factor).AsInt64();
            }
        }

        ToFloatsScalar(values[(vectors.Length * Vector256<long>.Count)..]);
    }

    /// <summary>Four values at a time, if all of them are numbers.</summary>
    private bool TryFour(ReadOnlySpan<double> values, Span<long> numbers)
    {
        var value = Vector256.Create(values);
        var product = value * Vector256.Create(Power);
        if (!Vector256.LessThanAll(Vector256.Abs(product), Vector256.Create(ExactMax)))
        {
            return false;
        }

        var whole = Vector256.Round(product);
        var back = IsProduct ? whole * Vector256.Create(Factor) : whole / Vector256.Create(Factor);

        // −0 gives back itself here but is no number: adding 0 makes it +0, and so a miss.
        if (!Vector256.EqualsAll((back + Vector256<double>.Zero).AsInt64(), value.AsInt64()))
        {
            return false;
        }

        Vector256.ConvertToInt64Native(whole).CopyTo(numbers);
        return true;
    }
}
