using System.Buffers;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Web.Api.Events;
using Toka.Web.Prometheus;

namespace Toka.Web.Api.Traces;

/// <summary>What spans a request asks for by its fields.</summary>
internal static class TraceParameters
{
    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");

    /// <summary>The condition of the parameters <c>service</c>, <c>operation</c>, <c>status</c>, <c>kind</c>, <c>minDuration</c>, <c>maxDuration</c>, <c>text</c> and <c>attr</c>.</summary>
    public static Condition ConditionOf(ApiParameters parameters)
    {
        var parts = new List<Condition>();
        AddText(parts, FieldKind.Service, Comparison.Equal, parameters.First("service"));
        AddText(parts, FieldKind.Name, Comparison.Equal, parameters.First("operation"));
        AddNumber(parts, FieldKind.Status, Comparison.Equal, StatusOf(parameters.First("status")));
        AddNumber(parts, FieldKind.Kind, Comparison.Equal, KindOf(parameters.First("kind")));
        AddNumber(parts, FieldKind.Duration, Comparison.GreaterOrEqual, DurationOf(parameters, "minDuration"));
        AddNumber(parts, FieldKind.Duration, Comparison.LessOrEqual, DurationOf(parameters, "maxDuration"));
        AddText(parts, FieldKind.AnyText, Comparison.Contains, parameters.First("text"));
        parts.AddRange(parameters.Attributes());
        return parts.Count == 1 ? parts[0] : new Condition.All(parts);
    }

    /// <summary>The id of a trace.</summary>
    public static TraceId TraceOf(string name, string? text) => TraceId.TryParse(text, out var id)
        ? id
        : throw ApiParameters.Invalid(name, $"\"{text}\" is not the id of a trace: write up to 32 hexadecimal digits");

    /// <summary>The id of a span.</summary>
    public static SpanId SpanOf(string? text) => SpanId.TryParse(text, out var id)
        ? id
        : throw ApiParameters.Invalid("spanId", $"\"{text}\" is not the id of a span: write up to 16 hexadecimal digits");

    private static void AddText(List<Condition> parts, FieldKind field, Comparison comparison, string? text)
    {
        if (text is not null)
        {
            parts.Add(new Condition.Compare(new Field(field), comparison, AttributeValue.Of(text)));
        }
    }

    private static void AddNumber(List<Condition> parts, FieldKind field, Comparison comparison, long? number)
    {
        if (number is { } value)
        {
            parts.Add(new Condition.Compare(new Field(field), comparison, AttributeValue.Of(value)));
        }
    }

    private static long? StatusOf(string? word) => word switch
    {
        null => null,
        "error" => (long)SpanStatus.Error,
        "ok" => (long)SpanStatus.Ok,
        "unset" => (long)SpanStatus.Unset,
        _ => throw ApiParameters.Invalid("status", $"\"{word}\" is none: write error, ok or unset"),
    };

    private static long? KindOf(string? word)
    {
        if (word is null)
        {
            return null;
        }

        foreach (var kind in Enum.GetValues<SpanKind>())
        {
            if (EventJson.NameOf(kind) == word)
            {
                return (long)kind;
            }
        }

        throw ApiParameters.Invalid("kind", $"\"{word}\" is none: write internal, server, client, producer or consumer");
    }

    private static long? DurationOf(ApiParameters parameters, string name) =>
        parameters.First(name) is not { } text ? null
        : TryNanoseconds(text, out var ns) ? ns
        : throw ApiParameters.Invalid(name, $"cannot read \"{text}\" as a duration: write a number and its unit, such as 500ms, 1.5s, 20us");

    /// <summary>Reads numbers with units as Go writes durations: <c>1.5s</c>, <c>1m30s</c>, <c>20us</c>.</summary>
    private static bool TryNanoseconds(ReadOnlySpan<char> text, out long ns)
    {
        ns = 0;
        var isRead = false;
        while (!text.IsEmpty)
        {
            var length = text.IndexOfAnyExcept(s_number);
            if (length <= 0 || !decimal.TryParse(text[..length], System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            text = text[length..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? text : text[..letters];
            decimal size = unit switch { "ns" => 1, "us" or "µs" => 1_000, "ms" => 1_000_000, "s" => 1_000_000_000, "m" => 60_000_000_000, "h" => 3_600_000_000_000, _ => 0 };
            if (size == 0 || number > (long.MaxValue - ns) / size)
            {
                return false;
            }

            ns += (long)(number * size);
            text = text[unit.Length..];
            isRead = true;
        }

        return isRead;
    }
}
