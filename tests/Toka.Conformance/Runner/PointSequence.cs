using System.Globalization;
using System.Text.RegularExpressions;

namespace Toka.Conformance.Runner;

/// <summary>One point of a series line: a number, nothing, the stale marker, or a native histogram.</summary>
internal readonly record struct Point(PointKind Kind, double Value);

internal enum PointKind
{
    Gap,
    Float,
    Stale,
    Histogram,

    /// <summary>Start timestamps (<c>@st</c>); a query that meets them is unsupported.</summary>
    Unknown,
}

/// <summary>Reads the points of a series line: <c>1 _ stale 2+3x4 {{sum:1}}x2</c>.</summary>
internal static partial class PointSequence
{
    public static List<Point> Parse(string text)
    {
        if (text.StartsWith("@st", StringComparison.OrdinalIgnoreCase))
        {
            return [new Point(PointKind.Unknown, 0)];
        }

        var points = new List<Point>();
        foreach (Match match in PointPattern().Matches(text))
        {
            points.AddRange(ParseOne(match.Value));
        }

        return points;
    }

    private static IEnumerable<Point> ParseOne(string text)
    {
        if (text.StartsWith("{{", StringComparison.Ordinal))
        {
            return Enumerable.Repeat(new Point(PointKind.Histogram, 0), 1 + Times(text[text.LastIndexOf("}}", StringComparison.Ordinal)..]));
        }

        if (text.StartsWith('_'))
        {
            var times = Times(text);
            return Enumerable.Repeat(new Point(PointKind.Gap, 0), times == 0 ? 1 : times);
        }

        if (text.StartsWith("stale", StringComparison.Ordinal))
        {
            return [new Point(PointKind.Stale, 0)];
        }

        var series = SeriesPattern().Match(text);
        if (!series.Success)
        {
            return [new Point(PointKind.Float, Number(text))];
        }

        var start = Number(series.Groups["start"].Value);
        var delta = series.Groups["delta"].Success ? Number(series.Groups["delta"].Value) : 0;
        var count = int.Parse(series.Groups["times"].Value, CultureInfo.InvariantCulture);

        // Added up, not multiplied: expected values in scripts come from repeated addition.
        var points = new List<Point>();
        for (var i = 0; i <= count; i++, start += delta)
        {
            points.Add(new Point(PointKind.Float, start));
        }

        return points;
    }

    public static double Number(string text) => text.TrimStart('+').ToUpperInvariant() switch
    {
        "INF" => double.PositiveInfinity,
        "-INF" => double.NegativeInfinity,
        "NAN" or "-NAN" => double.NaN,
        var number when number.StartsWith("0X", StringComparison.Ordinal) => long.Parse(number.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static int Times(string text)
    {
        var at = text.LastIndexOf('x');
        return at < 0 ? 0 : int.Parse(text.AsSpan(at + 1), CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\{\{.*?\}\}([+-]\{\{.*?\}\})?(x\d+)?|\S+")]
    private static partial Regex PointPattern();

    [GeneratedRegex(@"^(?<start>[+-]?(\d[\d.]*(e[+-]?\d+)?|\.\d+|inf|nan))(?<delta>[+-](\d[\d.]*(e[+-]?\d+)?|\.\d+|inf|nan))?x(?<times>\d+)$", RegexOptions.IgnoreCase)]
    private static partial Regex SeriesPattern();
}
