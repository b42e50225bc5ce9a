using System.Globalization;
using Toka.Core.Searching;
using Toka.Query.TraceQL;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Events;

/// <summary>Parameters that all endpoints of traces and logs have.</summary>
internal static class EventParameters
{
    /// <summary>The most spans, traces or records that one answer has.</summary>
    public const int LimitMax = 1000;

    /// <summary>The most conditions on attributes.</summary>
    private const int AttributesMax = 32;

    private const long NsPerMs = 1_000_000;

    /// <summary>How much ahead of the clock an event may be, and is then found without naming a time: ten minutes, as far as stores take it.</summary>
    private const long AheadMs = 600_000;

    private const long HourMs = 3_600_000;

    /// <summary>The time between <c>from</c> and <c>to</c>. Default: the last hour.</summary>
    public static EventRange Range(this ApiParameters parameters, TimeProvider time)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var to = parameters.Time("to", now + AheadMs);
        var from = parameters.Time("from", Math.Min(to, now) - HourMs);
        return to < from
            ? throw ApiParameters.Invalid("to", "it is before from")
            : new EventRange(Ns(from), Ns(to) + NsPerMs - 1);
    }

    /// <summary>The same for what is counted by time: it ends at the present, what comes after it would only make rates smaller.</summary>
    public static EventRange SeriesRange(this ApiParameters parameters, TimeProvider time)
    {
        var range = parameters.Range(time);
        var now = Ns(time.GetUtcNow().ToUnixTimeMilliseconds());
        return parameters.First("to") is null ? new EventRange(range.FromNs, Math.Max(range.FromNs, now)) : range;
    }

    /// <summary>A step in ns.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="range">When.</param>
    /// <param name="standard">How many steps there are where none is named.</param>
    /// <param name="max">How many there may be.</param>
    public static long Step(this ApiParameters parameters, EventRange range, int standard, int max)
    {
        var length = (double)range.ToNs - range.FromNs + 1;
        if (parameters.First("step") is null)
        {
            return Math.Max(NsPerMs, (long)(length / standard));
        }

        var ms = parameters.PositiveDuration("step");
        return ms > long.MaxValue / NsPerMs ? throw ApiParameters.Invalid("step", "it is longer than all time; take a shorter one")
            : length / (ms * NsPerMs) > max ? throw ApiParameters.Invalid("step", string.Create(CultureInfo.InvariantCulture, $"it makes more than {max} steps; take a longer one"))
            : ms * NsPerMs;
    }

    /// <summary>How many to return: 1 to <see cref="LimitMax"/>.</summary>
    public static int Limit(this ApiParameters parameters, int standard, int max = LimitMax)
    {
        var limit = parameters.Limit("limit");
        return limit > max
            ? throw ApiParameters.Invalid("limit", string.Create(CultureInfo.InvariantCulture, $"{limit} is more than {max}; ask for a shorter time"))
            : limit == 0 ? standard : limit;
    }

    /// <summary>The condition of all <c>attr=KEY=VALUE</c>, each on the value's text, whatever its type and wherever it stands.</summary>
    public static Condition Attributes(this ApiParameters parameters) => new TraceSearch { Attributes = [.. parameters.AttributePairs()] }.ToCondition();

    /// <summary>The keys and values of <c>attr=KEY=VALUE</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string>> AttributePairs(this ApiParameters parameters)
    {
        var count = 0;
        foreach (var text in parameters.All("attr"))
        {
            if (++count > AttributesMax)
            {
                throw ApiParameters.Invalid("attr", string.Create(CultureInfo.InvariantCulture, $"it stands more than {AttributesMax} times; ask for fewer"));
            }

            var at = text.IndexOf('=', StringComparison.Ordinal);
            yield return at > 0
                ? new(text[..at], text[(at + 1)..])
                : throw ApiParameters.Invalid("attr", $"cannot read \"{text}\": write KEY=VALUE, such as attr=http.request.method=GET");
        }
    }

    /// <summary>A field by its name: <c>service</c>, <c>name</c>, <c>status</c> …, <c>attr:KEY</c>, <c>span:KEY</c>, <c>resource:KEY</c>, <c>event:KEY</c>, <c>link:KEY</c>, <c>scope:KEY</c>.</summary>
    public static Field FieldOf(string text)
    {
        var at = text.IndexOf(':', StringComparison.Ordinal);
        if (at > 0 && at + 1 < text.Length && ScopeOf(text[..at]) is { } scope)
        {
            return new Field(scope, text[(at + 1)..]);
        }

        return text switch
        {
            "service" => new Field(FieldKind.Service),
            "name" or "operation" => new Field(FieldKind.Name),
            "status" => new Field(FieldKind.Status),
            "kind" => new Field(FieldKind.Kind),
            "severity" => new Field(FieldKind.Severity),
            "scope" => new Field(FieldKind.ScopeName),
            "event" => new Field(FieldKind.EventName),
            _ => throw ApiParameters.Invalid("field", $"\"{text}\" is none: write service, name, status, kind, severity, scope, event, or attr:KEY, span:KEY, resource:KEY, scope:KEY, event:KEY, link:KEY"),
        };
    }

    private static FieldKind? ScopeOf(string name) => name switch
    {
        "attr" => FieldKind.Attribute,
        "span" or "log" => FieldKind.OwnAttribute,
        "resource" => FieldKind.ResourceAttribute,
        "scope" => FieldKind.ScopeAttribute,
        "event" => FieldKind.EventAttribute,
        "link" => FieldKind.LinkAttribute,
        _ => null,
    };

    private static long Ns(long ms) => ms > long.MaxValue / NsPerMs / 2 ? long.MaxValue / 2 : ms < long.MinValue / NsPerMs / 2 ? long.MinValue / 2 : ms * NsPerMs;
}
