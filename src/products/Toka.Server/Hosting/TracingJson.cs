using System.Text;
using System.Text.Json;
using Toka.Server.Configuration;
using Toka.Tracing.SpanMetrics;
using Toka.Tracing.TailSampling;

namespace Toka.Server.Hosting;

/// <summary>The section <c>tracing</c> in force, as JSON.</summary>
internal static class TracingJson
{
    /// <summary>The section as text: two that say the same are the same text.</summary>
    public static string TextOf(TracingSettings tracing)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            Write(json, tracing);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static void Write(Utf8JsonWriter json, TracingSettings tracing)
    {
        json.WriteStartObject("tracing");
        Write(json, tracing.SpanMetrics);
        Write(json, tracing.TailSampling);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SpanMetricsOptions metrics)
    {
        json.WriteStartObject("span_metrics");
        json.WriteBoolean("enabled", metrics.IsEnabled);
        json.WriteString("interval", EffectiveConfiguration.Seconds(metrics.Interval));
        json.WriteString("idle", EffectiveConfiguration.Seconds(metrics.Idle));
        json.WriteString("histograms", metrics.Histograms.ToString().ToLowerInvariant());
        json.WriteNumber("operations_per_service_max", metrics.OperationsPerServiceMax);
        json.WriteNumber("operations_max", metrics.OperationsMax);
        json.WriteNumber("edges_max", metrics.EdgesMax);
        json.WriteString("pair_wait", EffectiveConfiguration.Seconds(metrics.PairWait));
        json.WriteNumber("pairs_max", metrics.PairsMax);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TailSamplingOptions sampling)
    {
        json.WriteStartObject("tail_sampling");
        json.WriteBoolean("enabled", sampling.IsEnabled);
        json.WriteString("quiet", EffectiveConfiguration.Seconds(sampling.Quiet));
        json.WriteString("wait_max", EffectiveConfiguration.Seconds(sampling.WaitMax));
        json.WriteNumber("bytes_max", sampling.BytesMax);
        json.WriteNumber("traces_max", sampling.TracesMax);
        json.WriteNumber("decisions_max", sampling.DecisionsMax);
        json.WriteStartArray("policies");
        foreach (var policy in sampling.Policies)
        {
            Write(json, policy);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SamplingPolicy policy)
    {
        json.WriteStartObject();
        json.WriteString("name", policy.Name);
        switch (policy)
        {
            case ErrorPolicy error:
                json.WriteString("type", "error");
                json.WriteBoolean("root_only", error.RootOnly);
                break;
            case LatencyPolicy latency:
                json.WriteString("type", "latency");
                json.WriteString("least", EffectiveConfiguration.Seconds(latency.Least));
                break;
            case RarePolicy rare:
                json.WriteString("type", "rare");
                json.WriteNumber("traces_min", rare.TracesMin);
                json.WriteString("window", EffectiveConfiguration.Seconds(rare.Window));
                break;
            case AttributePolicy attribute:
                json.WriteString("type", "attribute");
                WriteAttribute(json, attribute);
                break;
            case RatePolicy rate:
                json.WriteString("type", "rate");
                json.WriteNumber("traces_per_second", rate.TracesPerSecond);
                break;
            case ProbabilisticPolicy rest:
                json.WriteString("type", "probabilistic");
                json.WriteNumber("ratio", rest.Ratio);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteAttribute(Utf8JsonWriter json, AttributePolicy policy)
    {
        var compared = policy.Condition is Core.Searching.Condition.Any any ? any.Parts : [policy.Condition];
        var values = compared.OfType<Core.Searching.Condition.Compare>().ToArray();
        json.WriteString("key", values.FirstOrDefault()?.Field.Key);
        json.WriteStartArray("values");
        foreach (var value in values.Where(static value => value.Comparison != Core.Searching.Comparison.Exists))
        {
            json.WriteStringValue(value.Value.Text);
        }

        json.WriteEndArray();
    }
}
