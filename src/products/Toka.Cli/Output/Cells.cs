using System.Globalization;

namespace Toka.Cli.Output;

/// <summary>Numbers and times as the command prints them.</summary>
internal static class Cells
{
    /// <summary>The shortest text that reads back as the same number; NaN, +Inf and -Inf as PromQL writes them.</summary>
    public static string Number(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A count and what is counted: "1 block", "2 blocks".</summary>
    /// <param name="count">The count.</param>
    /// <param name="what">One of it.</param>
    public static string Count(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>RFC 3339 in UTC, with milliseconds where they are not zero.</summary>
    /// <param name="ms">Ms since the Unix epoch.</param>
    public static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms)
        .ToString(ms % 1000 == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A text without control characters, which would move the cursor or break the line: label values come from anywhere.</summary>
    /// <param name="text">The text.</param>
    public static string Shown(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(static c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString())) : text;
}
