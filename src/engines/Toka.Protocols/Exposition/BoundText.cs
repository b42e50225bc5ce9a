using System.Globalization;
using Toka.Protocols.Otlp.Naming;

namespace Toka.Protocols.Exposition;

/// <summary>
/// The values of <c>le</c> and <c>quantile</c> as Prometheus 3 keeps them, whatever the format that they came in: 0.005, 1.0,
/// 1e+06, +Inf. A target that changes its format so keeps its series.
/// </summary>
internal static class BoundText
{
    /// <summary>The longest text, in bytes: a sign, 17 digits, a point and an exponent, rounded up.</summary>
    public const int BytesMax = 32;

    private const int PlainDigitsMax = 6;

    /// <summary>Writes a bound: the fewest digits that read back as it, always with a point or an exponent.</summary>
    /// <param name="value">The bound.</param>
    /// <param name="destination">At least <see cref="BytesMax"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(double value, Span<byte> destination)
    {
        if (!double.IsFinite(value))
        {
            var name = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
            name.CopyTo(destination);
            return name.Length;
        }

        Span<byte> text = stackalloc byte[BytesMax];
        Span<byte> digits = stackalloc byte[BytesMax];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        var (count, point) = FloatText.Split(text[..length], digits);
        var at = 0;
        if (text[0] == '-')
        {
            destination[at++] = (byte)'-';
        }

        digits = digits[..count];
        if (point is < -3 or > PlainDigitsMax)
        {
            return at + WriteExponent(digits, point - 1, destination[at..]);
        }

        if (point <= 0)
        {
            "0.000"u8[..(2 - point)].CopyTo(destination[at..]);
            at += 2 - point;
            digits.CopyTo(destination[at..]);
            return at + count;
        }

        for (var i = 0; i < Math.Max(point, count); i++)
        {
            if (i == point)
            {
                destination[at++] = (byte)'.';
            }

            destination[at++] = i < count ? digits[i] : (byte)'0';
        }

        if (count <= point)
        {
            ".0"u8.CopyTo(destination[at..]);
            at += 2;
        }

        return at;
    }

    private static int WriteExponent(ReadOnlySpan<byte> digits, int exponent, Span<byte> destination)
    {
        var at = 0;
        destination[at++] = digits[0];
        if (digits.Length > 1)
        {
            destination[at++] = (byte)'.';
            digits[1..].CopyTo(destination[at..]);
            at += digits.Length - 1;
        }

        destination[at++] = (byte)'e';
        destination[at++] = exponent < 0 ? (byte)'-' : (byte)'+';
        Math.Abs(exponent).TryFormat(destination[at..], out var written, "D2", CultureInfo.InvariantCulture);
        return at + written;
    }
}
