using System.Buffers;
using System.Globalization;

namespace Toka.Query.TraceQL.Lexing;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>1.5s</c>, <c>100ms</c>, <c>20us</c>, <c>5ns</c>; and days, <c>2d</c>.</summary>
public static class DurationText
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration without a sign.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ns">The duration in ns.</param>
    /// <returns>Whether it is one, of less than 292 years.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out long ns)
    {
        ns = 0;
        var total = 0m;
        if (text.IsEmpty)
        {
            return false;
        }

        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(s_digits);
            if (digits is <= 0 or > 20 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            text = text[digits..];
            var letters = text.IndexOfAny(s_digits);
            letters = letters < 0 ? text.Length : letters;
            if (UnitOf(text[..letters]) is not { } unit)
            {
                return false;
            }

            text = text[letters..];
            total += number > long.MaxValue / unit ? long.MaxValue : number * unit;
            if (total >= long.MaxValue)
            {
                return false;
            }
        }

        ns = (long)total;
        return true;
    }

    /// <summary>Writes a duration in the largest unit that needs no fraction: <c>1500ms</c>, <c>2s</c>, <c>0s</c>.</summary>
    /// <param name="ns">The duration in ns, not negative.</param>
    public static string Format(long ns)
    {
        foreach (var (unit, length) in (ReadOnlySpan<(string, long)>)[("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)])
        {
            if (ns % length == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{ns / length}{unit}");
            }
        }

        return "0s";
    }

    private static long? UnitOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => null,
    };
}
