using System.Globalization;

namespace Toka.Protocols.Exposition;

/// <summary>How a number was read.</summary>
internal enum NumberOutcome
{
    Good,

    /// <summary>It is no number of these formats.</summary>
    Bad,

    /// <summary>It is a number that no float64 is near to.</summary>
    TooLarge,
}

/// <summary>
/// Numbers of expositions: decimal ones with or without an exponent, NaN, Inf and Infinity in any letter case, the last two
/// with a sign or without. Neither hexadecimal ones nor underscores. Every one becomes the nearest float64.
/// </summary>
/// <remarks>
/// Source of the short way: W. D. Clinger, "How to read floating point numbers accurately", 1990. A whole number up to 2^53
/// and a power of ten up to 10^22 are floats themselves, so their product or quotient is rounded once. Other numbers are left
/// to .NET, which rounds correctly at any length.
/// </remarks>
internal static class ExpositionNumber
{
    private const ulong WholeMax = 1UL << 53;

    /// <summary>Any number of as many digits fits 64 bits.</summary>
    private const int DigitsMax = 19;

    /// <summary>Exponents are added up to this; beyond it, every float is zero or infinite unless its digits are as many.</summary>
    private const int ExponentMax = 9999;

    private static ReadOnlySpan<double> Powers =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>Reads the number at the beginning of a text, up to a blank or the end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The number.</param>
    /// <param name="length">How many bytes it has; those up to the blank also where it is none.</param>
    public static NumberOutcome Read(ReadOnlySpan<byte> text, out double value, out int length)
    {
        var at = 0;
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (isNegative || (!text.IsEmpty && text[0] == '+'))
        {
            at = 1;
        }

        ulong digits = 0;
        var digitsStart = at;
        at = Digits(text, at, ref digits);
        var count = at - digitsStart;
        var exponent = 0;
        if (at < text.Length && text[at] == '.')
        {
            var fraction = ++at;
            at = Digits(text, at, ref digits);
            exponent = fraction - at;
            count -= exponent;
        }

        if (count == 0)
        {
            return ReadWord(text, out value, out length);
        }

        if (at < text.Length && (text[at] | 0x20) == 'e' && !TryReadExponent(text, ref at, ref exponent))
        {
            return Bad(text, out value, out length);
        }

        if (at < text.Length && text[at] is not ((byte)' ' or (byte)'\t'))
        {
            return Bad(text, out value, out length);
        }

        length = at;
        if (count <= DigitsMax && (exponent == 0 || (digits <= WholeMax && exponent is >= -22 and <= 22)))
        {
            value = exponent < 0 ? digits / Powers[-exponent] : digits * Powers[exponent];
            value = isNegative ? -value : value;
            return NumberOutcome.Good;
        }

        return double.TryParse(text[..at], NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            ? double.IsFinite(value) ? NumberOutcome.Good : NumberOutcome.TooLarge
            : NumberOutcome.Bad;
    }

    /// <summary>Reads a whole text as a number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The number.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value) =>
        Read(text, out value, out var length) == NumberOutcome.Good && length == text.Length;

    /// <summary>Reads a whole number at the beginning of a text, up to a blank or the end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The number.</param>
    /// <param name="length">How many bytes there are up to the blank.</param>
    public static bool TryReadWhole(ReadOnlySpan<byte> text, out long value, out int length)
    {
        length = WordLength(text);
        var word = text[..length];
        if (!word.IsEmpty && word[0] == '+')
        {
            word = word[1..];
            if (!word.IsEmpty && word[0] == '-')
            {
                value = 0;
                return false;
            }
        }

        return System.Buffers.Text.Utf8Parser.TryParse(word, out value, out var read) && read == word.Length;
    }

    private static int Digits(ReadOnlySpan<byte> text, int at, ref ulong digits)
    {
        // It may wrap around: then there are more digits than the short way takes.
        var value = digits;
        while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') <= 9)
        {
            value = (value * 10) + (uint)(text[at++] - '0');
        }

        digits = value;
        return at;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, ref int at, ref int exponent)
    {
        at++;
        var isNegative = at < text.Length && text[at] == '-';
        if (isNegative || (at < text.Length && text[at] == '+'))
        {
            at++;
        }

        var start = at;
        var value = 0;
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
        {
            value = Math.Min(ExponentMax, (value * 10) + text[at++] - '0');
        }

        exponent += isNegative ? -value : value;
        return at > start;
    }

    private static NumberOutcome ReadWord(ReadOnlySpan<byte> text, out double value, out int length)
    {
        length = WordLength(text);
        var word = text[..length];
        var sign = 1;
        if (!word.IsEmpty && word[0] is (byte)'+' or (byte)'-')
        {
            sign = word[0] == '-' ? -1 : 1;
            word = word[1..];
        }

        if (System.Text.Ascii.EqualsIgnoreCase(word, "inf"u8) || System.Text.Ascii.EqualsIgnoreCase(word, "infinity"u8))
        {
            value = sign * double.PositiveInfinity;
            return NumberOutcome.Good;
        }

        // One bit pattern for all, so that a NaN is not taken for the marker of a series' end.
        value = double.NaN;
        return word.Length == length && System.Text.Ascii.EqualsIgnoreCase(word, "nan"u8) ? NumberOutcome.Good : NumberOutcome.Bad;
    }

    private static NumberOutcome Bad(ReadOnlySpan<byte> text, out double value, out int length)
    {
        value = double.NaN;
        length = WordLength(text);
        return NumberOutcome.Bad;
    }

    private static int WordLength(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)' ', (byte)'\t');
        return end < 0 ? text.Length : end;
    }
}
