using System.Globalization;
using System.Text;
using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Lexing;
using Toka.Query.TraceQL.Planning;
using Toka.Web.Prometheus;

namespace Toka.Web.Tempo;

/// <summary>What requests of Tempo's API ask for.</summary>
internal static class TempoParameters
{
    private const long NsPerSecond = 1_000_000_000;

    private const long HourNs = 3600 * NsPerSecond;

    /// <summary>How much ahead of the clock a span may be, and is then found without naming a time, ns.</summary>
    private const long AheadNs = 600 * NsPerSecond;

    /// <summary>A number above this is ns since the Unix epoch and not seconds: in seconds it would be the year 5138.</summary>
    private const double SecondsMax = 1e11;

    private const int PointsWanted = 120;

    private static readonly long[] s_steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400];

    /// <summary>From <c>start</c> to <c>end</c>; else as long as <c>since</c> says; else the last hour.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isSeries">Whether series are made: they end at the present, what comes after it would only make rates smaller.</param>
    public static EventRange RangeOf(ApiParameters parameters, TimeProvider time, bool isSeries = false)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        var end = TimeOf(parameters, "end");
        var to = end ?? (isSeries ? now : now + AheadNs);
        var from = TimeOf(parameters, "start") ?? Math.Min(to, now) - (DurationOf(parameters, "since") ?? HourNs);
        return to < from ? throw ApiParameters.Invalid("end", "it is before start") : new EventRange(from, to);
    }

    /// <summary>The step: <c>15s</c> or seconds; else one that gives about a hundred points.</summary>
    public static long StepOf(ApiParameters parameters, EventRange range)
    {
        var text = parameters.First("step");
        if (text is null)
        {
            var seconds = (range.ToNs - range.FromNs) / NsPerSecond / PointsWanted;
            return NsPerSecond * (Array.Find(s_steps, step => step >= seconds) is > 0 and var step ? step : s_steps[^1]);
        }

        return double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1e9 ? (long)(number * NsPerSecond)
            : DurationText.TryParse(text, out var ns) && ns > 0 ? ns
            : throw ApiParameters.Invalid("step", $"cannot read \"{text}\": write a duration such as 15s, or seconds");
    }

    /// <summary>A count from 1 to a largest one.</summary>
    public static int CountOf(ApiParameters parameters, string name, int standard, int max) => Math.Min(parameters.Limit(name) is > 0 and var count ? count : standard, max);

    /// <summary>A duration in ns; null where it is not given.</summary>
    public static long? DurationOf(ApiParameters parameters, string name) =>
        parameters.First(name) is not { } text ? null
        : DurationText.TryParse(text, out var ns) ? ns
        : throw ApiParameters.Invalid(name, $"cannot read \"{text}\" as a duration: write a number and its unit, such as 500ms, 1.5s, 1h");

    /// <summary>The query of a search: <c>q</c>, or what <c>tags</c>, <c>minDuration</c> and <c>maxDuration</c> make.</summary>
    public static string QueryOf(ApiParameters parameters)
    {
        if (parameters.First("q") is { } query)
        {
            return query;
        }

        var parts = new List<string>();
        foreach (var (key, value) in PairsOf(parameters.First("tags") ?? ""))
        {
            // Such tags have no types and no scopes, and a value is a part of what is looked for.
            var field = FieldNames.Find(key)?.Name ?? $".{FieldNames.QuoteKey(key)}";
            parts.Add(key is "status" or "kind" ? $"{key} = {value}"
                : double.TryParse(value, CultureInfo.InvariantCulture, out _) || value is "true" or "false" ? $"({field} = {value} || {field} =~ {Pattern(value)})"
                : $"{field} =~ {Pattern(value)}");
        }

        if (DurationOf(parameters, "minDuration") is { } min)
        {
            parts.Add($"traceDuration >= {DurationText.Format(min)}");
        }

        if (DurationOf(parameters, "maxDuration") is { } max)
        {
            parts.Add($"traceDuration <= {DurationText.Format(max)}");
        }

        return $"{{ {string.Join(" && ", parts)} }}";
    }

    private static string Pattern(string value) => $"\"{ContainsPattern.Of(value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static long? TimeOf(ApiParameters parameters, string name)
    {
        if (parameters.First(name) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole > SecondsMax)
        {
            return whole;
        }

        var ms = parameters.Time(name);
        return ms is >= 0 and < long.MaxValue / 2_000_000 ? ms * 1_000_000 : throw ApiParameters.Invalid(name, $"\"{text}\" is outside of what spans have");
    }

    /// <summary>Pairs as logfmt writes them: <c>key=value key="value with blanks"</c>.</summary>
    private static IEnumerable<KeyValuePair<string, string>> PairsOf(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            var equals = text.IndexOf('=', at);
            if (equals <= at)
            {
                throw ApiParameters.Invalid("tags", $"cannot read \"{text[at..]}\": write key=value, with the value in quotes where it has blanks");
            }

            var key = text[at..equals];
            var value = new StringBuilder();
            at = equals + 1;
            var isQuoted = at < text.Length && text[at] == '"';
            at += isQuoted ? 1 : 0;
            while (at < text.Length && text[at] != (isQuoted ? '"' : ' '))
            {
                at += isQuoted && text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
                value.Append(text[at++]);
            }

            at += isQuoted ? 1 : 0;
            yield return new(key, value.ToString());
        }
    }
}
