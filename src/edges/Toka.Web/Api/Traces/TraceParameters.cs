using Toka.Core.Errors;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL;
using Toka.Query.TraceQL.Lexing;
using Toka.Web.Api.Events;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Traces;

/// <summary>What spans a request asks for, by its fields or in TraceQL.</summary>
internal static class TraceParameters
{
    private static readonly string[] s_fields = ["service", "operation", "status", "kind", "minDuration", "maxDuration", "text", "attr"];

    /// <summary>The fields of a form: <c>service</c>, <c>operation</c>, <c>status</c>, <c>kind</c>, <c>minDuration</c>, <c>maxDuration</c>, <c>text</c> and <c>attr</c>.</summary>
    public static TraceSearch SearchOf(ApiParameters parameters) => new()
    {
        Service = parameters.First("service"),
        Operation = parameters.First("operation"),
        Status = StatusOf(parameters.First("status")),
        Kind = KindOf(parameters.First("kind")),
        MinDurationNs = DurationOf(parameters, "minDuration"),
        MaxDurationNs = DurationOf(parameters, "maxDuration"),
        Text = parameters.First("text"),
        Attributes = [.. parameters.AttributePairs()],
    };

    /// <summary>The query of <c>q</c>; null where fields filter instead.</summary>
    /// <exception cref="BadInputException">Both are given: what they say together is not known.</exception>
    public static string? QueryOf(ApiParameters parameters) => parameters.First("q") is not { } query
        ? null
        : s_fields.FirstOrDefault(field => parameters.First(field) is not null) is { } field
            ? throw ApiParameters.Invalid(field, "it stands beside q; write it into the query, or leave q out")
            : query;

    /// <summary>The condition on a span of a request that takes one span at a time: of <c>q</c>, or of the fields.</summary>
    public static Condition ConditionOf(ApiParameters parameters) =>
        QueryOf(parameters) is { } query ? TraceQlFilter.Parse(query) : SearchOf(parameters).ToCondition();

    /// <summary>The id of a trace.</summary>
    public static TraceId TraceOf(string name, string? text) => TraceId.TryParse(text, out var id)
        ? id
        : throw ApiParameters.Invalid(name, $"\"{text}\" is not the id of a trace: write up to 32 hexadecimal digits");

    /// <summary>The id of a span.</summary>
    public static SpanId SpanOf(string? text) => SpanId.TryParse(text, out var id)
        ? id
        : throw ApiParameters.Invalid("spanId", $"\"{text}\" is not the id of a span: write up to 16 hexadecimal digits");

    private static SpanStatus? StatusOf(string? word) => word switch
    {
        null => null,
        "error" => SpanStatus.Error,
        "ok" => SpanStatus.Ok,
        "unset" => SpanStatus.Unset,
        _ => throw ApiParameters.Invalid("status", $"\"{word}\" is none: write error, ok or unset"),
    };

    private static SpanKind? KindOf(string? word)
    {
        if (word is null)
        {
            return null;
        }

        foreach (var kind in Enum.GetValues<SpanKind>())
        {
            if (EventJson.NameOf(kind) == word)
            {
                return kind;
            }
        }

        throw ApiParameters.Invalid("kind", $"\"{word}\" is none: write internal, server, client, producer or consumer");
    }

    private static long? DurationOf(ApiParameters parameters, string name) =>
        parameters.First(name) is not { } text ? null
        : DurationText.TryParse(text, out var ns) ? ns
        : throw ApiParameters.Invalid(name, $"cannot read \"{text}\" as a duration: write a number and its unit, such as 500ms, 1.5s, 20us");
}
