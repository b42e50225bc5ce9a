using System.Globalization;
using System.Text;

namespace Toka.Query.PromQL.Ast;

/// <summary>Numbers and durations as PromQL reads and writes them.</summary>
/// <remarks>Source: Prometheus's lexer and <c>model.Duration</c>; numbers print as Go's <c>'f', -1</c> does.</remarks>
internal static class NumberFormat
{
    private static readonly (string Unit, long Ms)[] Units =
        [("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    /// <summary>The shortest decimal that reads back as the same number, without an exponent.</summary>
    public static string Print(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        if (exponentAt < 0)
        {
            return text;
        }

        var exponent = int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var sign = text[0] == '-' ? "-" : "";
        var mantissa = text.AsSpan(sign.Length, exponentAt - sign.Length).ToString();
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var pointAt = (point < 0 ? mantissa.Length : point) + exponent;
        return sign + (pointAt <= 0
            ? "0." + new string('0', -pointAt) + digits
            : pointAt >= digits.Length ? digits.PadRight(pointAt, '0') : digits.Insert(pointAt, "."));
    }

    /// <summary>
    /// The shortest decimal that reads back as the same number, with an exponent from a million and below a ten thousandth, as
    /// Go's <c>%g</c> does.
    /// </summary>
    public static string PrintShort(double value)
    {
        var magnitude = Math.Abs(value);
        if (!double.IsFinite(value) || value == 0 || magnitude is >= 1e-4 and < 1e6)
        {
            return Print(value);
        }

        var digits = 0;
        string text;
        do
        {
            text = value.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            digits++;
        }
        while (digits <= 16 && double.Parse(text, CultureInfo.InvariantCulture) != value);

        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, exponentAt)}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>A number with six digits behind the point, as Go's <c>%f</c> does.</summary>
    public static string PrintFixed(double value) => double.IsFinite(value) ? value.ToString("F6", CultureInfo.InvariantCulture) : Print(value);

    /// <summary>A duration as <c>1h30m</c>.</summary>
    public static string PrintDuration(long ms)
    {
        if (ms == 0)
        {
            return "0s";
        }

        var text = new StringBuilder(ms < 0 ? "-" : "");
        var rest = (ulong)Math.Abs((decimal)ms);
        foreach (var (unit, size) in Units)
        {
            // Years and weeks are written only when nothing is left over, as Prometheus does: 90d stays 90d.
            var isWhole = rest % (ulong)size == 0;
            if (rest < (ulong)size || (unit is "y" or "w" && !isWhole))
            {
                continue;
            }

            text.Append(rest / (ulong)size).Append(unit);
            rest %= (ulong)size;
        }

        return text.ToString();
    }

    /// <summary>Reads <c>1h30m</c>: units descend, each at most once.</summary>
    public static bool TryParseDuration(ReadOnlySpan<char> text, out long ms)
    {
        ms = 0;
        var next = 0;
        if (text.IsEmpty)
        {
            return false;
        }

        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? text : text[..letters];
            while (next < Units.Length && !unit.SequenceEqual(Units[next].Unit))
            {
                next++;
            }

            if (next == Units.Length || number > (long.MaxValue / 2 - ms) / Units[next].Ms)
            {
                return false;
            }

            ms += number * Units[next].Ms;
            next++;
            text = text[unit.Length..];
        }

        return true;
    }

    /// <summary>
    /// Reads a number: decimal, <c>0x…</c>, octal with a leading 0, <c>Inf</c>, <c>NaN</c>; underscores may stand between digits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        var rest = text;
        var negative = false;
        if (!rest.IsEmpty && rest[0] is '+' or '-')
        {
            negative = rest[0] == '-';
            rest = rest[1..];
        }

        value = 0;
        var ok = !rest.IsEmpty && rest[0] is not ('+' or '-') && TryParseUnsigned(rest, out value);
        value = negative ? -value : value;
        return ok;
    }

    private static bool TryParseUnsigned(ReadOnlySpan<char> text, out double value)
    {
        if (text.Contains('_'))
        {
            value = 0;
            return text[0] is '.' or (>= '0' and <= '9') && HasUnderscoresBetweenDigits(text)
                && TryParseUnsigned(text.ToString().Replace("_", "", StringComparison.Ordinal), out value);
        }

        if (text.Equals("inf", StringComparison.OrdinalIgnoreCase) || text.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            value = double.PositiveInfinity;
            return true;
        }

        if (text.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }

        if (text.Length > 2 && text[0] == '0' && text[1] is 'x' or 'X')
        {
            var ok = ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits);
            value = bits;
            return ok;
        }

        if (text.Length > 1 && text[0] == '0' && text.IndexOfAnyExceptInRange('0', '7') < 0)
        {
            value = 0;
            foreach (var digit in text)
            {
                value = (value * 8) + (digit - '0');
            }

            return true;
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether each underscore has a digit on both sides, or stands right behind <c>0x</c>.</summary>
    private static bool HasUnderscoresBetweenDigits(ReadOnlySpan<char> text)
    {
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '_' && !((IsDigit(text[i - 1], isHex) || (isHex && i == 2)) && i + 1 < text.Length && IsDigit(text[i + 1], isHex)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDigit(char c, bool isHex) => isHex ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c);
}
