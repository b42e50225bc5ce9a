using System.Text.Json;
using Toka.Tracing.TailSampling;
using Toka.Web.Http;

namespace Toka.Web.Api.Traces;

/// <summary>Tail sampling as JSON.</summary>
internal static class SamplingJson
{
    /// <summary>What is in force, and what it did since the start.</summary>
    public static void Write(Utf8JsonWriter json, TailSamplingOptions options, TailSamplerStatus status)
    {
        json.WriteBoolean("enabled"u8, true);
        json.WriteNumber("quietSeconds"u8, options.Quiet.TotalSeconds);
        json.WriteNumber("waitMaxSeconds"u8, options.WaitMax.TotalSeconds);
        json.WriteStartArray("policies"u8);
        foreach (var (policy, kept) in options.Policies.Zip(status.Kept))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, policy.Name);
            json.WriteString("type"u8, TypeOf(policy));
            json.WriteNumber("traces"u8, kept.Traces);
            json.WriteNumber("spans"u8, kept.Spans);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("droppedTraces"u8, status.DroppedTraces);
        json.WriteNumber("droppedSpans"u8, status.DroppedSpans);
        json.WriteNumber("earlyDecisions"u8, status.EarlyDecisions);
        json.WriteNumber("forcedDecisions"u8, status.ForcedDecisions);
        json.WriteNumber("lateSpans"u8, status.LateSpans);
        json.WriteNumber("heldTraces"u8, status.HeldTraces);
        json.WriteNumber("heldSpans"u8, status.HeldSpans);
        json.WriteNumber("heldBytes"u8, status.HeldBytes);
    }

    /// <summary>What policies would have kept.</summary>
    public static void Write(Utf8JsonWriter json, SamplingPreviewResult preview)
    {
        json.WriteNumber("traces"u8, preview.Traces);
        json.WriteNumber("spans"u8, preview.Spans);
        json.WriteNumber("bytes"u8, preview.Bytes);
        json.WriteNumber("errors"u8, preview.Errors);
        json.WriteNumber("tracesKept"u8, preview.TracesKept);
        json.WriteNumber("errorsKept"u8, preview.ErrorsKept);
        json.WriteFinite("spanShare"u8, preview.SpanShare);
        json.WriteStartArray("policies"u8);
        foreach (var policy in preview.Kept)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, policy.Policy);
            json.WriteNumber("traces"u8, policy.Traces);
            json.WriteNumber("spans"u8, policy.Spans);
            json.WriteNumber("bytes"u8, policy.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string TypeOf(SamplingPolicy policy) => policy switch
    {
        ErrorPolicy => "error",
        LatencyPolicy => "latency",
        RarePolicy => "rare",
        AttributePolicy => "attribute",
        RatePolicy => "rate",
        _ => "probabilistic",
    };
}
