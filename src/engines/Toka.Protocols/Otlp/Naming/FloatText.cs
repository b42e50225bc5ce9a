using System.Globalization;

namespace Toka.Protocols.Otlp.Naming;

/// <summary>Floats as text in label values: the fewest digits that give the same float again.</summary>
internal static class FloatText
{
    /// <summary>The longest text, in bytes: a sign, "0.", 323 zeros and 17 digits, rounded up.</summary>
    public const int BytesMax = 352;

    /// <summary>Without exponent, as the values of <c>le</c> and <c>quantile</c> are written: 0.005, 1, 10000000.</summary>
    public static int WritePlain(double value, Span<byte> destination) => Write(value, destination, plain: true);

    /// <summary>As JSON writers do: an exponent below 1e-6 and from 1e21 on.</summary>
    public static int WriteShort(double value, Span<byte> destination) => Write(value, destination, plain: false);

    private static int Write(double value, Span<byte> destination, bool plain)
    {
        if (!double.IsFinite(value))
        {
            var name = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
            name.CopyTo(destination);
            return name.Length;
        }

        Span<byte> text = stackalloc byte[32];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[32];
        var (count, point) = Split(text[..length], digits);
        var at = 0;
        if (text[0] == '-')
        {
            destination[at++] = (byte)'-';
        }

        var magnitude = Math.Abs(value);
        if (!plain && magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21))
        {
            return at + WriteExponent(digits[..count], point, destination[at..]);
        }

        if (point <= 0)
        {
            "0."u8.CopyTo(destination[at..]);
            destination.Slice(at + 2, -point).Fill((byte)'0');
            at += 2 - point;
            digits[..count].CopyTo(destination[at..]);
            return at + count;
        }

        var whole = Math.Min(point, count);
        digits[..whole].CopyTo(destination[at..]);
        at += whole;
        if (point >= count)
        {
            destination.Slice(at, point - count).Fill((byte)'0');
            return at + point - count;
        }

        destination[at++] = (byte)'.';
        digits[whole..count].CopyTo(destination[at..]);
        return at + count - whole;
    }

    private static int WriteExponent(ReadOnlySpan<byte> digits, int point, Span<byte> destination)
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
        destination[at++] = point > 0 ? (byte)'+' : (byte)'-';
        Math.Abs(point - 1).TryFormat(destination[at..], out var written, default, CultureInfo.InvariantCulture);
        return at + written;
    }

    /// <summary>The significant digits, and where the decimal point stands counted from the first of them.</summary>
    internal static (int Count, int Point) Split(ReadOnlySpan<byte> text, Span<byte> digits)
    {
        var count = 0;
        var point = -1;
        var exponent = 0;
        var leadingZeros = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '.')
            {
                point = count + leadingZeros;
            }
            else if (c == 'E')
            {
                exponent = int.Parse(text[(i + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                break;
            }
            else if (c != '-')
            {
                if (c == '0' && count == 0)
                {
                    leadingZeros++;
                }
                else
                {
                    digits[count++] = c;
                }
            }
        }

        point = (point < 0 ? count + leadingZeros : point) - leadingZeros + exponent;
        while (count > 0 && digits[count - 1] == '0')
        {
            count--;
        }

        if (count == 0)
        {
            digits[0] = (byte)'0';
            return (1, 1);
        }

        return (count, point);
    }
}
