using System.Globalization;

namespace Toka.Web.Prometheus;

/// <summary>Times and durations as request parameters give them.</summary>
internal static class TimeText
{
    /// <summary>The bounds of "all time". Far enough from the type's ends that adding a range cannot overflow.</summary>
    public const long FirstMs = -LastMs;

    /// <inheritdoc cref="FirstMs"/>
    public const long LastMs = long.MaxValue / 4;

    // What Prometheus prints, and its clients send back, as the first and the last time there is.
    private const string PrometheusFirst = "-292273086-05-16T16:47:06Z";
    private const string PrometheusLast = "292277025-08-18T07:12:54.999999999Z";

    // As Go reads them: no blanks around, which a plus sign in a URL would become.
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly (string Unit, long Ms)[] Units =
    [
        ("y", 365 * 86_400_000L), ("w", 7 * 86_400_000L), ("d", 86_400_000L), ("h", 3_600_000L), ("m", 60_000L), ("s", 1000L), ("ms", 1L),
    ];

    /// <summary>Reads Unix seconds with decimals, or RFC 3339, as ms since the Unix epoch.</summary>
    public static bool TryTime(string text, out long timeMs)
    {
        timeMs = 0;
        if (double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var seconds))
        {
            return TryMilliseconds(seconds, out timeMs);
        }

        if (text is PrometheusFirst or PrometheusLast || text is ['+', .. var unsigned] && unsigned == PrometheusLast)
        {
            timeMs = text == PrometheusFirst ? FirstMs : LastMs;
            return true;
        }

        // RFC 3339 has an offset and a T (or t); .NET's parser alone would take much more.
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't') || text[13] != ':' || text[16] != ':'
            || !(text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return false;
        }

        timeMs = time.ToUnixTimeMilliseconds();
        return true;
    }

    /// <summary>Reads seconds with decimals, or a Prometheus duration such as <c>1h30m</c>, as ms.</summary>
    public static bool TryDuration(string text, out long durationMs)
    {
        durationMs = 0;
        if (double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var seconds))
        {
            return TryMilliseconds(seconds, out durationMs);
        }

        var rest = text.AsSpan();
        var nextUnit = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = rest[..(letters < 0 ? rest.Length : letters)];
            rest = rest[unit.Length..];
            var found = FindUnit(unit);
            if (found < nextUnit || count > (LastMs - durationMs) / Units[found].Ms)
            {
                return false;
            }

            durationMs += count * Units[found].Ms;
            nextUnit = found + 1;
        }

        return text.Length > 0;
    }

    /// <summary>Whole seconds and the rest apart, so that large times are not rounded.</summary>
    private static bool TryMilliseconds(double seconds, out long ms)
    {
        ms = 0;
        if (!(Math.Abs(seconds) <= LastMs / 1000))
        {
            return false;
        }

        var whole = Math.Truncate(seconds);
        ms = ((long)whole * 1000) + (long)Math.Round((seconds - whole) * 1000);
        return true;
    }

    private static int FindUnit(ReadOnlySpan<char> unit)
    {
        for (var i = 0; i < Units.Length; i++)
        {
            if (unit.SequenceEqual(Units[i].Unit))
            {
                return i;
            }
        }

        return -1;
    }
}
