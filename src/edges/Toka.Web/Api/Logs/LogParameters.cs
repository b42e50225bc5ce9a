using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Web.Api.Events;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Logs;

/// <summary>What log records a request asks for.</summary>
internal static class LogParameters
{
    /// <summary>Words for severities, and the least number of each as OTLP has them.</summary>
    private static readonly (string Word, int Least)[] s_severities =
        [("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21)];

    /// <summary>The words, from the least severe to the most.</summary>
    public static IEnumerable<string> Severities => s_severities.Select(static severity => severity.Word);

    /// <summary>The word for a severity; empty for none.</summary>
    public static string WordOf(long severity) => severity is < 1 or > 24 ? "" : s_severities[(severity - 1) / 4].Word;

    /// <summary>The condition of the parameters <c>service</c>, <c>severity</c>, <c>text</c>, <c>traceId</c>, <c>spanId</c> and <c>attr</c>.</summary>
    public static Condition ConditionOf(ApiParameters parameters)
    {
        var parts = new List<Condition>();
        if (parameters.First("service") is { } service)
        {
            parts.Add(new Condition.Compare(new Field(FieldKind.Service), Comparison.Equal, AttributeValue.Of(service)));
        }

        if (parameters.First("severity") is { } word)
        {
            parts.Add(new Condition.Compare(new Field(FieldKind.Severity), Comparison.GreaterOrEqual, AttributeValue.Of((long)LeastOf(word))));
        }

        if (parameters.First("text") is { } text)
        {
            parts.Add(new Condition.Compare(new Field(FieldKind.AnyText), Comparison.Contains, AttributeValue.Of(text)));
        }

        if (parameters.First("traceId") is { } trace)
        {
            parts.Add(new Condition.Compare(new Field(FieldKind.TraceId), Comparison.Equal, AttributeValue.Of(TraceOf(trace).ToString())));
        }

        if (parameters.First("spanId") is { } span)
        {
            parts.Add(SpanId.TryParse(span, out var id)
                ? new Condition.Compare(new Field(FieldKind.SpanId), Comparison.Equal, AttributeValue.Of(id.ToString()))
                : throw ApiParameters.Invalid("spanId", $"\"{span}\" is not an id: write 16 hexadecimal digits"));
        }

        parts.Add(parameters.Attributes());
        return parts.Count == 1 ? parts[0] : new Condition.All(parts);
    }

    /// <summary>The id of a trace.</summary>
    public static TraceId TraceOf(string text) => TraceId.TryParse(text, out var id)
        ? id
        : throw ApiParameters.Invalid("traceId", $"\"{text}\" is not an id: write 32 hexadecimal digits");

    private static int LeastOf(string word)
    {
        foreach (var (name, least) in s_severities)
        {
            if (name.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return least;
            }
        }

        throw ApiParameters.Invalid("severity", $"\"{word}\" is none: write one of {string.Join(", ", Severities)}");
    }
}
