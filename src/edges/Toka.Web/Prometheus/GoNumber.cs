using System.Buffers.Text;
using System.Globalization;

namespace Toka.Web.Prometheus;

/// <summary>
/// Numbers as Prometheus writes them in JSON: the shortest digits that read back to the same bits, plain from 1e-6 up to
/// 1e21 and with an exponent of at least two digits outside. Source: Go's strconv.FormatFloat with precision −1, and
/// Prometheus's util/jsonutil.
/// </summary>
internal static class GoNumber
{
    /// <summary>Enough for every value: sign, 21 digits before the point, or "0.", five zeros and 17 digits.</summary>
    public const int MaxBytes = 40;

    private const double PlainFrom = 1e-6;
    private const double PlainBelow = 1e21;

    /// <summary>Writes a value.</summary>
    /// <param name="value">Any value.</param>
    /// <param name="destination">At least <see cref="MaxBytes"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Format(double value, Span<byte> destination)
    {
        if (!double.IsFinite(value))
        {
            return Put(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8, destination);
        }

        Span<byte> shortest = stackalloc byte[MaxBytes];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        shortest = shortest[..length];
        var exponentAt = shortest.IndexOf((byte)'E');
        if (exponentAt < 0)
        {
            return Put(shortest, destination);
        }

        var exponent = int.Parse(shortest[(exponentAt + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = shortest[..exponentAt];
        var magnitude = Math.Abs(value);
        return magnitude is >= PlainFrom and < PlainBelow
            ? Plain(mantissa, exponent, destination)
            : Scientific(mantissa, exponent, destination);
    }

    /// <summary>Writes ms since the Unix epoch as seconds, with three decimals where there are any.</summary>
    /// <param name="timestampMs">The time.</param>
    /// <param name="destination">At least <see cref="MaxBytes"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int FormatSeconds(long timestampMs, Span<byte> destination)
    {
        var at = 0;
        var magnitude = (ulong)timestampMs;
        if (timestampMs < 0)
        {
            destination[at++] = (byte)'-';
            magnitude = 0 - magnitude;
        }

        Utf8Formatter.TryFormat(magnitude / 1000, destination[at..], out var written);
        at += written;
        var fraction = (int)(magnitude % 1000);
        if (fraction != 0)
        {
            destination[at++] = (byte)'.';
            Utf8Formatter.TryFormat(fraction, destination[at..], out written, new System.Buffers.StandardFormat('D', 3));
            at += written;
        }

        return at;
    }

    /// <summary>A value as <c>1.5e+00</c>, with the shortest digits that read back to the same bits: Go's format 'e'.</summary>
    /// <param name="value">Any value.</param>
    public static string Exponential(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        // "E16" has 17 digits, which are more than are needed; the fewest that read back are looked for.
        for (var digits = 0; digits < 17; digits++)
        {
            var text = value.ToString(string.Create(CultureInfo.InvariantCulture, $"e{digits}"), CultureInfo.InvariantCulture);
            if (digits == 16 || double.Parse(text, CultureInfo.InvariantCulture) == value)
            {
                // .NET writes three digits of exponent, Go at least two.
                return text[^3] == '0' ? text.Remove(text.Length - 3, 1) : text;
            }
        }

        throw new InvalidOperationException("BUG: 17 digits are enough for every value.");
    }

    private static int Plain(ReadOnlySpan<byte> mantissa, int exponent, Span<byte> destination)
    {
        var at = Sign(ref mantissa, destination);
        Span<byte> digits = stackalloc byte[MaxBytes];
        var count = 0;
        foreach (var digit in mantissa)
        {
            if (digit != (byte)'.')
            {
                digits[count++] = digit;
            }
        }

        // The point stands behind digit number `exponent` + 1.
        if (exponent < 0)
        {
            at += Put("0."u8, destination[at..]);
            destination.Slice(at, -exponent - 1).Fill((byte)'0');
            at += -exponent - 1;
            return at + Put(digits[..count], destination[at..]);
        }

        for (var i = 0; i < Math.Max(count, exponent + 1); i++)
        {
            if (i == exponent + 1)
            {
                destination[at++] = (byte)'.';
            }

            destination[at++] = i < count ? digits[i] : (byte)'0';
        }

        return at;
    }

    private static int Scientific(ReadOnlySpan<byte> mantissa, int exponent, Span<byte> destination)
    {
        var at = Put(mantissa, destination);
        destination[at++] = (byte)'e';
        destination[at++] = exponent < 0 ? (byte)'-' : (byte)'+';
        Utf8Formatter.TryFormat(Math.Abs(exponent), destination[at..], out var written, new System.Buffers.StandardFormat('D', 2));
        return at + written;
    }

    private static int Sign(ref ReadOnlySpan<byte> mantissa, Span<byte> destination)
    {
        if (mantissa[0] != (byte)'-')
        {
            return 0;
        }

        mantissa = mantissa[1..];
        destination[0] = (byte)'-';
        return 1;
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        text.CopyTo(destination);
        return text.Length;
    }
}
