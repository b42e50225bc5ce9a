using System.Globalization;
using Toka.Core.Errors;

namespace Toka.Cli.Querying;

/// <summary>Reads the moments and durations that a person types.</summary>
internal static class Moments
{
    /// <summary>The last moment that RFC 3339 can write, in ms since the Unix epoch; the first is its mirror.</summary>
    private const double MomentMsMax = 253_402_300_799_999;

    /// <summary>Reads RFC 3339, Unix seconds, <c>now</c>, <c>now-5m</c> or <c>now+5m</c>.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="option">The option it was typed for, to be named in the error.</param>
    /// <param name="nowMs">The present, ms since the Unix epoch.</param>
    /// <returns>Ms since the Unix epoch.</returns>
    /// <exception cref="BadInputException">It is none of these.</exception>
    public static long Parse(string text, string option, long nowMs)
    {
        if (text == "now")
        {
            return nowMs;
        }

        if (text.StartsWith("now-", StringComparison.Ordinal) && TryParseDuration(text.AsSpan(4), out var before))
        {
            return nowMs - before;
        }

        if (text.StartsWith("now+", StringComparison.Ordinal) && TryParseDuration(text.AsSpan(4), out var after))
        {
            return nowMs + after;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds * 1000) <= MomentMsMax)
        {
            return (long)Math.Floor(seconds * 1000);
        }

        if (text.Contains('T', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return moment.ToUnixTimeMilliseconds();
        }

        throw new BadInputException($"{option}: '{text}' is not a moment; write RFC 3339 (2026-01-31T12:00:00Z), Unix seconds, now or now-5m");
    }

    /// <summary>Reads a duration above zero: seconds, or numbers with the units ms, s, m, h, d, w, y such as <c>1h30m</c>.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="option">The option it was typed for, to be named in the error.</param>
    /// <returns>Milliseconds.</returns>
    /// <exception cref="BadInputException">It is not.</exception>
    public static long ParseDuration(string text, string option)
    {
        if (TryParseDuration(text, out var ms) && ms > 0)
        {
            return ms;
        }

        throw new BadInputException($"{option}: '{text}' is not a duration above zero; write seconds, or numbers with ms, s, m, h, d, w or y such as 1h30m");
    }

    private static bool TryParseDuration(ReadOnlySpan<char> text, out long ms)
    {
        ms = 0;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            ms = (long)Math.Min(Math.Round(seconds * 1000), MomentMsMax);
            return true;
        }

        var total = 0.0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? text : text[..letters];
            var factor = unit switch
            {
                "ms" => 1.0,
                "s" => 1e3,
                "m" => 60e3,
                "h" => 3600e3,
                "d" => 86_400e3,
                "w" => 7 * 86_400e3,
                "y" => 365 * 86_400e3,
                _ => double.NaN,
            };
            total += number * factor;
            text = text[unit.Length..];
        }

        ms = double.IsNaN(total) ? 0 : (long)Math.Min(total, MomentMsMax);
        return !double.IsNaN(total) && total > 0;
    }
}
