using System.Globalization;
using System.Text.Json;
using Toka.Core.Searching;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Lexing;
using Toka.Web.Api.Events;
using Toka.Web.Prometheus;

namespace Toka.Web.Jaeger;

/// <summary>What requests of Jaeger's API ask for.</summary>
internal static class JaegerParameters
{
    /// <summary>How many traces a search returns that does not say: Jaeger's own number.</summary>
    private const int LimitStandard = 100;

    private const long NsPerUs = 1000;
    private const long HourNs = 3_600_000_000_000;

    /// <summary>How much ahead of the clock a span may be, and is then found without naming a time, ns.</summary>
    private const long AheadNs = 600_000_000_000;

    /// <summary>The fields of a search.</summary>
    public static TraceSearch SearchOf(ApiParameters parameters) => new()
    {
        Service = parameters.First("service") ?? throw ApiParameters.Invalid("service", "it is missing: name a service, or give traceID"),
        Operation = parameters.First("operation"),
        MinDurationNs = DurationOf(parameters, "minDuration"),
        MaxDurationNs = DurationOf(parameters, "maxDuration"),
        Attributes = [.. TagsOf(parameters)],
    };

    /// <summary>The most traces to return.</summary>
    public static int LimitOf(ApiParameters parameters) => Math.Min(parameters.Limit() is > 0 and var limit ? limit : LimitStandard, EventParameters.LimitMax);

    /// <summary>From <c>start</c> to <c>end</c>, µs since the Unix epoch; without a start as long as <c>lookback</c> says, or an hour.</summary>
    public static EventRange RangeOf(ApiParameters parameters, TimeProvider time)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        var end = MicrosecondsOf(parameters, "end");
        var start = MicrosecondsOf(parameters, "start");
        var to = end is { } last ? last + NsPerUs - 1 : now + AheadNs;
        var from = start ?? Math.Min(to, now) - LookbackOf(parameters);
        return to < from ? throw ApiParameters.Invalid("end", "it is before start") : new EventRange(from, to);
    }

    /// <summary>How far back; <c>custom</c> is the page's word for a start of its own.</summary>
    private static long LookbackOf(ApiParameters parameters) =>
        parameters.First("lookback") is not { } text || text == "custom" ? HourNs
        : DurationText.TryParse(text, out var lookback) ? lookback
        : TryDays(text, out lookback) ? lookback
        : throw ApiParameters.Invalid("lookback", $"cannot read \"{text}\" as a duration: write a number and its unit, such as 1h, 2d, 1w");

    /// <summary>Days and weeks, which the page's list has.</summary>
    private static bool TryDays(string text, out long ns)
    {
        ns = 0;
        if (text.Length < 2 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 10_000)
        {
            return false;
        }

        ns = number * 24 * HourNs * (text[^1] == 'w' ? 7 : 1);
        return text[^1] is 'd' or 'w';
    }

    /// <summary>The search of the third version, whose parameters are those of its message: <c>query.service_name</c> and so on.</summary>
    public static (TraceSearch Search, EventRange Range, int Limit) ThirdOf(ApiParameters parameters)
    {
        var search = new TraceSearch
        {
            Service = parameters.First("query.service_name"),
            Operation = parameters.First("query.operation_name"),
            MinDurationNs = DurationOf(parameters, "query.duration_min"),
            MaxDurationNs = DurationOf(parameters, "query.duration_max"),
            Attributes = [.. parameters.All("query.attributes").Where(static text => text.Length > 0).SelectMany(static text => ObjectOf("query.attributes", text))],
        };
        var (from, to) = (parameters.Time("query.start_time_min"), parameters.Time("query.start_time_max"));
        if (to < from || from < 0 || to > long.MaxValue / 2_000_000)
        {
            throw ApiParameters.Invalid("query.start_time_max", "it is before query.start_time_min, or outside of what spans have");
        }

        var depth = parameters.First("query.search_depth") is null ? parameters.Limit("query.num_traces") : parameters.Limit("query.search_depth");
        return (search, new EventRange(from * 1_000_000, (to * 1_000_000) + 999_999), Math.Min(depth > 0 ? depth : LimitStandard, EventParameters.LimitMax));
    }

    /// <summary>The time that lists and dependencies are of: <c>lookback</c> ms before <c>endTs</c>, ms since the Unix epoch.</summary>
    public static EventRange LookbackOf(ApiParameters parameters, TimeProvider time, TimeSpan standard)
    {
        var to = MillisecondsOf(parameters, "endTs") ?? (time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000) + AheadNs;
        var lookback = MillisecondsOf(parameters, "lookback") ?? (long)standard.TotalMilliseconds * 1_000_000;
        return new EventRange(to - lookback, to);
    }

    private static long? MicrosecondsOf(ApiParameters parameters, string name) => NumberOf(parameters, name, NsPerUs, "µs since the Unix epoch");

    private static long? MillisecondsOf(ApiParameters parameters, string name) => NumberOf(parameters, name, 1_000_000, "ms");

    private static long? NumberOf(ApiParameters parameters, string name, long unit, string what) =>
        parameters.First(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= long.MaxValue / unit / 2 ? number * unit
        : throw ApiParameters.Invalid(name, $"cannot read \"{text}\": give {what} as a whole number");

    private static long? DurationOf(ApiParameters parameters, string name) =>
        parameters.First(name) is not { } text ? null
        : DurationText.TryParse(text, out var ns) ? ns
        : throw ApiParameters.Invalid(name, $"cannot read \"{text}\" as a duration: write a number and its unit, such as 500ms, 1.5s, 20us");

    /// <summary>Tags of <c>tags</c>, a JSON object, and of <c>tag=KEY:VALUE</c>, which may be repeated.</summary>
    private static IEnumerable<KeyValuePair<string, string>> TagsOf(ApiParameters parameters)
    {
        foreach (var text in parameters.All("tags").Where(static text => text.Length > 0))
        {
            foreach (var tag in ObjectOf("tags", text))
            {
                yield return tag;
            }
        }

        foreach (var text in parameters.All("tag"))
        {
            var at = text.IndexOf(':', StringComparison.Ordinal);
            yield return at > 0
                ? new(text[..at], text[(at + 1)..])
                : throw ApiParameters.Invalid("tag", $"cannot read \"{text}\": write KEY:VALUE, such as tag=error:true");
        }
    }

    private static List<KeyValuePair<string, string>> ObjectOf(string name, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? [.. document.RootElement.EnumerateObject().Select(tag => KeyValuePair.Create(tag.Name, tag.Value.ValueKind == JsonValueKind.String ? tag.Value.GetString()! : tag.Value.GetRawText()))]
                : throw ApiParameters.Invalid(name, "it is expected to be a JSON object, such as {\"error\":\"true\"}");
        }
        catch (JsonException)
        {
            throw ApiParameters.Invalid(name, $"cannot read \"{text}\" as a JSON object, such as {{\"error\":\"true\"}}");
        }
    }
}
