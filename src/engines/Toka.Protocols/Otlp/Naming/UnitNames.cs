using System.Collections.Frozen;
using System.Text;

namespace Toka.Protocols.Otlp.Naming;

/// <summary>
/// UCUM units as the words that metric names end in. Annotations in braces are left out. Source: OpenTelemetry, Prometheus
/// and OpenMetrics compatibility; the table is that of Prometheus 3.
/// </summary>
internal static class UnitNames
{
    private static readonly FrozenDictionary<string, string> Words = new Dictionary<string, string>
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["TiBy"] = "tebibytes",
        ["kBy"] = "kilobytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["TBy"] = "terabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["1"] = "",
        ["%"] = "percent",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> PerWords = new Dictionary<string, string>
    {
        ["s"] = "second",
        ["m"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["w"] = "week",
        ["mo"] = "month",
        ["y"] = "year",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The words of a unit: <c>By/s</c> gives <c>bytes</c> and <c>per_second</c>. Either may be empty.</summary>
    /// <param name="unit">The unit (UCUM).</param>
    /// <param name="escapes">Whether characters that a name cannot have become underscores.</param>
    public static (string Main, string Per) Split(string unit, bool escapes)
    {
        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        var main = Word(slash < 0 ? unit : unit[..slash], Words, escapes);
        var per = slash < 0 ? "" : Word(unit[(slash + 1)..], PerWords, escapes);
        return (main, per.Length == 0 ? "" : "per_" + per);
    }

    /// <summary>A unit in one word, such as <c>bytes_per_second</c>; empty where there is none.</summary>
    /// <inheritdoc cref="Split" path="/param"/>
    public static string Whole(string unit, bool escapes)
    {
        var (main, per) = Split(unit, escapes);
        return main.Length > 0 && per.Length > 0 ? main + "_" + per : main + per;
    }

    private static string Word(string unit, FrozenDictionary<string, string> words, bool escapes)
    {
        var trimmed = unit.Trim();
        if (trimmed.AsSpan().ContainsAny('{', '}'))
        {
            return "";
        }

        return words.TryGetValue(trimmed, out var word) ? word : escapes ? Sanitise(trimmed) : trimmed;
    }

    private static string Sanitise(string unit)
    {
        var text = new StringBuilder(unit.Length);
        foreach (var c in unit)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == ':')
            {
                text.Append(c);
            }
            else if (text.Length > 0 && text[^1] != '_')
            {
                text.Append('_');
            }
        }

        return text.ToString().TrimEnd('_');
    }
}
