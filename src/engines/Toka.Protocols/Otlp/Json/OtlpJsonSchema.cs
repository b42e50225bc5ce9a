using System.Text;

namespace Toka.Protocols.Otlp.Json;

/// <summary>How a field is written in JSON and in protobuf.</summary>
internal enum JsonFieldKind
{
    Text,
    Base64,

    /// <summary>Bytes in hexadecimal: OTLP's own way with the ids of traces and spans.</summary>
    Hex,
    Boolean,

    /// <summary>An unsigned number, as a varint.</summary>
    Unsigned,

    /// <summary>AggregationTemporality as a varint: a number in OTLP's JSON, a name in that of other writers.</summary>
    Temporality,

    /// <summary>int64 as a varint; a string or a number in JSON.</summary>
    Signed,

    /// <summary>sint32 as a zigzag varint.</summary>
    ZigZag,
    Fixed64,
    SignedFixed64,
    Double,
    Message,
}

/// <summary>A field of a message.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Number">Its number in protobuf.</param>
/// <param name="Kind">How its values are written.</param>
/// <param name="IsRepeated">Whether it is a list.</param>
/// <param name="Message">The message that it holds; null for scalars.</param>
internal sealed record JsonField(string Name, int Number, JsonFieldKind Kind, bool IsRepeated, JsonMessage? Message)
{
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>The name as the protobuf schema has it, with underscores, which protobuf's own readers of JSON take too.</summary>
    public byte[] Utf8SchemaName { get; } = Encoding.UTF8.GetBytes(string.Concat(Name.Select(static c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}")));
}

/// <summary>A message: its fields, found by their names.</summary>
internal sealed class JsonMessage
{
    private readonly List<JsonField> _fields = [];

    public JsonMessage Scalar(string name, int number, JsonFieldKind kind, bool isRepeated = false)
    {
        _fields.Add(new JsonField(name, number, kind, isRepeated, null));
        return this;
    }

    public JsonMessage One(string name, int number, JsonMessage message)
    {
        _fields.Add(new JsonField(name, number, JsonFieldKind.Message, false, message));
        return this;
    }

    public JsonMessage Many(string name, int number, JsonMessage message)
    {
        _fields.Add(new JsonField(name, number, JsonFieldKind.Message, true, message));
        return this;
    }

    /// <summary>The field of a name, or null for an unknown one, which OTLP asks receivers to ignore.</summary>
    public JsonField? Find(ReadOnlySpan<byte> name)
    {
        foreach (var field in _fields)
        {
            if (name.SequenceEqual(field.Utf8Name) || name.SequenceEqual(field.Utf8SchemaName))
            {
                return field;
            }
        }

        return null;
    }
}

/// <summary>The messages of OTLP metrics as far as Toka reads them. Source: opentelemetry-proto 1.x.</summary>
internal static class OtlpJsonSchema
{
    /// <summary>ExportMetricsServiceRequest.</summary>
    public static readonly JsonMessage Request = Make();

    private static JsonMessage Make()
    {
        var any = new JsonMessage();
        var keyValue = new JsonMessage().Scalar("key", 1, JsonFieldKind.Text).One("value", 2, any);
        any.Scalar("stringValue", 1, JsonFieldKind.Text)
            .Scalar("boolValue", 2, JsonFieldKind.Boolean)
            .Scalar("intValue", 3, JsonFieldKind.Signed)
            .Scalar("doubleValue", 4, JsonFieldKind.Double)
            .One("arrayValue", 5, new JsonMessage().Many("values", 1, any))
            .One("kvlistValue", 6, new JsonMessage().Many("values", 1, keyValue))
            .Scalar("bytesValue", 7, JsonFieldKind.Base64);

        var exemplar = new JsonMessage()
            .Many("filteredAttributes", 7, keyValue)
            .Scalar("timeUnixNano", 2, JsonFieldKind.Fixed64)
            .Scalar("asDouble", 3, JsonFieldKind.Double)
            .Scalar("asInt", 6, JsonFieldKind.SignedFixed64)
            .Scalar("spanId", 4, JsonFieldKind.Hex)
            .Scalar("traceId", 5, JsonFieldKind.Hex);
        var number = new JsonMessage()
            .Many("attributes", 7, keyValue)
            .Scalar("startTimeUnixNano", 2, JsonFieldKind.Fixed64)
            .Scalar("timeUnixNano", 3, JsonFieldKind.Fixed64)
            .Scalar("asDouble", 4, JsonFieldKind.Double)
            .Scalar("asInt", 6, JsonFieldKind.SignedFixed64)
            .Scalar("flags", 8, JsonFieldKind.Unsigned)
            .Many("exemplars", 5, exemplar);
        var histogram = new JsonMessage()
            .Many("attributes", 9, keyValue)
            .Scalar("startTimeUnixNano", 2, JsonFieldKind.Fixed64)
            .Scalar("timeUnixNano", 3, JsonFieldKind.Fixed64)
            .Scalar("count", 4, JsonFieldKind.Fixed64)
            .Scalar("sum", 5, JsonFieldKind.Double)
            .Scalar("bucketCounts", 6, JsonFieldKind.Fixed64, isRepeated: true)
            .Scalar("explicitBounds", 7, JsonFieldKind.Double, isRepeated: true)
            .Scalar("flags", 10, JsonFieldKind.Unsigned)
            .Many("exemplars", 8, exemplar);
        var quantile = new JsonMessage().Scalar("quantile", 1, JsonFieldKind.Double).Scalar("value", 2, JsonFieldKind.Double);
        var summary = new JsonMessage()
            .Many("attributes", 7, keyValue)
            .Scalar("startTimeUnixNano", 2, JsonFieldKind.Fixed64)
            .Scalar("timeUnixNano", 3, JsonFieldKind.Fixed64)
            .Scalar("count", 4, JsonFieldKind.Fixed64)
            .Scalar("sum", 5, JsonFieldKind.Double)
            .Many("quantileValues", 6, quantile)
            .Scalar("flags", 8, JsonFieldKind.Unsigned);

        var metric = new JsonMessage()
            .Scalar("name", 1, JsonFieldKind.Text)
            .Scalar("description", 2, JsonFieldKind.Text)
            .Scalar("unit", 3, JsonFieldKind.Text)
            .One("gauge", 5, new JsonMessage().Many("dataPoints", 1, number))
            .One("sum", 7, Data(number).Scalar("isMonotonic", 3, JsonFieldKind.Boolean))
            .One("histogram", 9, Data(histogram))
            .One("exponentialHistogram", 10, Data(Exponential(keyValue, exemplar)))
            .One("summary", 11, new JsonMessage().Many("dataPoints", 1, summary))
            .Many("metadata", 12, keyValue);
        var scope = new JsonMessage()
            .Scalar("name", 1, JsonFieldKind.Text)
            .Scalar("version", 2, JsonFieldKind.Text)
            .Many("attributes", 3, keyValue);
        var scopeMetrics = new JsonMessage().One("scope", 1, scope).Many("metrics", 2, metric).Scalar("schemaUrl", 3, JsonFieldKind.Text);
        var resource = new JsonMessage().Many("attributes", 1, keyValue);
        var resourceMetrics = new JsonMessage().One("resource", 1, resource).Many("scopeMetrics", 2, scopeMetrics);
        return new JsonMessage().Many("resourceMetrics", 1, resourceMetrics);
    }

    private static JsonMessage Exponential(JsonMessage keyValue, JsonMessage exemplar)
    {
        var buckets = new JsonMessage().Scalar("offset", 1, JsonFieldKind.ZigZag).Scalar("bucketCounts", 2, JsonFieldKind.Unsigned, isRepeated: true);
        return new JsonMessage()
            .Many("attributes", 1, keyValue)
            .Scalar("startTimeUnixNano", 2, JsonFieldKind.Fixed64)
            .Scalar("timeUnixNano", 3, JsonFieldKind.Fixed64)
            .Scalar("count", 4, JsonFieldKind.Fixed64)
            .Scalar("sum", 5, JsonFieldKind.Double)
            .Scalar("scale", 6, JsonFieldKind.ZigZag)
            .Scalar("zeroCount", 7, JsonFieldKind.Fixed64)
            .One("positive", 8, buckets)
            .One("negative", 9, buckets)
            .Scalar("flags", 10, JsonFieldKind.Unsigned)
            .Many("exemplars", 11, exemplar)
            .Scalar("zeroThreshold", 14, JsonFieldKind.Double);
    }

    private static JsonMessage Data(JsonMessage point) =>
        new JsonMessage().Many("dataPoints", 1, point).Scalar("aggregationTemporality", 2, JsonFieldKind.Temporality);
}
