namespace Toka.Protocols.Otlp.Json;

/// <summary>The messages of OTLP as far as Toka reads them. Source: opentelemetry-proto 1.x.</summary>
internal static class OtlpJsonSchema
{
    private static readonly JsonMessage s_keyValue = KeyValue();

    /// <summary>ExportMetricsServiceRequest.</summary>
    public static readonly JsonMessage Metrics = MakeMetrics();

    /// <summary>ExportTraceServiceRequest.</summary>
    public static readonly JsonMessage Traces = MakeTraces();

    /// <summary>ExportLogsServiceRequest.</summary>
    public static readonly JsonMessage Logs = MakeLogs();

    private static JsonMessage KeyValue()
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
        return keyValue;
    }

    private static JsonMessage MakeTraces()
    {
        var happened = new JsonMessage()
            .Scalar("timeUnixNano", 1, JsonFieldKind.Fixed64)
            .Scalar("name", 2, JsonFieldKind.Text)
            .Many("attributes", 3, s_keyValue)
            .Scalar("droppedAttributesCount", 4, JsonFieldKind.Unsigned);
        var link = new JsonMessage()
            .Scalar("traceId", 1, JsonFieldKind.Hex)
            .Scalar("spanId", 2, JsonFieldKind.Hex)
            .Scalar("traceState", 3, JsonFieldKind.Text)
            .Many("attributes", 4, s_keyValue)
            .Scalar("droppedAttributesCount", 5, JsonFieldKind.Unsigned)
            .Scalar("flags", 6, JsonFieldKind.Fixed32);
        var status = new JsonMessage()
            .Scalar("message", 2, JsonFieldKind.Text)
            .Enumeration("code", 3, "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR");
        var span = new JsonMessage()
            .Scalar("traceId", 1, JsonFieldKind.Hex)
            .Scalar("spanId", 2, JsonFieldKind.Hex)
            .Scalar("traceState", 3, JsonFieldKind.Text)
            .Scalar("parentSpanId", 4, JsonFieldKind.Hex)
            .Scalar("name", 5, JsonFieldKind.Text)
            .Enumeration("kind", 6, "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER")
            .Scalar("startTimeUnixNano", 7, JsonFieldKind.Fixed64)
            .Scalar("endTimeUnixNano", 8, JsonFieldKind.Fixed64)
            .Many("attributes", 9, s_keyValue)
            .Scalar("droppedAttributesCount", 10, JsonFieldKind.Unsigned)
            .Many("events", 11, happened)
            .Scalar("droppedEventsCount", 12, JsonFieldKind.Unsigned)
            .Many("links", 13, link)
            .Scalar("droppedLinksCount", 14, JsonFieldKind.Unsigned)
            .One("status", 15, status)
            .Scalar("flags", 16, JsonFieldKind.Fixed32);
        return new JsonMessage().Many("resourceSpans", 1, Resource("scopeSpans", Scoped().ManyAlone("spans", 2, span)));
    }

    private static JsonMessage MakeLogs()
    {
        string[] severities = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
        var record = new JsonMessage()
            .Scalar("timeUnixNano", 1, JsonFieldKind.Fixed64)
            .Enumeration("severityNumber", 2, ["SEVERITY_NUMBER_UNSPECIFIED", .. Enumerable.Range(0, 24).Select(i => $"SEVERITY_NUMBER_{severities[i / 4]}{(i % 4 == 0 ? "" : i % 4 + 1)}")])
            .Scalar("severityText", 3, JsonFieldKind.Text)
            .One("body", 5, s_keyValue.Find("value"u8)!.Message!)
            .Many("attributes", 6, s_keyValue)
            .Scalar("droppedAttributesCount", 7, JsonFieldKind.Unsigned)
            .Scalar("flags", 8, JsonFieldKind.Fixed32)
            .Scalar("traceId", 9, JsonFieldKind.Hex)
            .Scalar("spanId", 10, JsonFieldKind.Hex)
            .Scalar("observedTimeUnixNano", 11, JsonFieldKind.Fixed64)
            .Scalar("eventName", 12, JsonFieldKind.Text);
        return new JsonMessage().Many("resourceLogs", 1, Resource("scopeLogs", Scoped().ManyAlone("logRecords", 2, record)));
    }

    /// <summary>What a scope is within; its items are added.</summary>
    private static JsonMessage Scoped()
    {
        var scope = new JsonMessage()
            .Scalar("name", 1, JsonFieldKind.Text)
            .Scalar("version", 2, JsonFieldKind.Text)
            .Many("attributes", 3, s_keyValue);
        return new JsonMessage().One("scope", 1, scope).Scalar("schemaUrl", 3, JsonFieldKind.Text);
    }

    private static JsonMessage Resource(string scopes, JsonMessage scoped) =>
        new JsonMessage().One("resource", 1, new JsonMessage().Many("attributes", 1, s_keyValue)).Many(scopes, 2, scoped);

    private static JsonMessage MakeMetrics()
    {
        var keyValue = s_keyValue;
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
        return new JsonMessage().Many("resourceMetrics", 1, Resource("scopeMetrics", Scoped().Many("metrics", 2, metric)));
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
        new JsonMessage().Many("dataPoints", 1, point).Enumeration(
            "aggregationTemporality", 2, "AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE");
}
