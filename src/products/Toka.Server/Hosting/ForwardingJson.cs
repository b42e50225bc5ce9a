using System.Globalization;
using System.Text.Json;
using Toka.Core.Labels.Relabelling;
using Toka.Forwarding.Options;

namespace Toka.Server.Hosting;

/// <summary>The remotes in force as JSON with the keys of <c>toka.yaml</c>; of what may be secret it says only that it is there.</summary>
internal static class ForwardingJson
{
    public static void WriteRemotes(Utf8JsonWriter json, IReadOnlyList<RemoteWriteOptions> remotes)
    {
        json.WriteStartArray("remote_write");
        foreach (var remote in remotes)
        {
            Write(json, remote);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, RemoteWriteOptions remote)
    {
        json.WriteStartObject();
        json.WriteString("url", remote.PublicUrl());
        json.WriteString("name", remote.Name);
        json.WriteString("remote_timeout", Seconds(remote.RemoteTimeout));
        json.WriteStartArray("headers");
        foreach (var (name, _) in remote.Headers)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteStartObject("external_labels");
        foreach (var (name, value) in remote.ExternalLabels)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartArray("write_relabel_configs");
        foreach (var rule in remote.WriteRelabelConfigs)
        {
            Write(json, rule);
        }

        json.WriteEndArray();
        json.WriteBoolean("send_exemplars", remote.SendExemplars);
        json.WriteBoolean("send_native_histograms", remote.SendNativeHistograms);
        json.WriteString("protobuf_message", remote.Protocol == RemoteWriteProtocol.V2 ? "io.prometheus.write.v2.Request" : "prometheus.WriteRequest");
        Write(json, remote.Queue);
        json.WriteStartObject("metadata_config");
        json.WriteBoolean("send", remote.Metadata.Send);
        json.WriteString("send_interval", Seconds(remote.Metadata.SendInterval));
        json.WriteNumber("max_samples_per_send", remote.Metadata.MaxSamplesPerSend);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RelabelConfig rule)
    {
        json.WriteStartObject();
        json.WriteStartArray("source_labels");
        foreach (var label in rule.SourceLabels)
        {
            json.WriteStringValue(label);
        }

        json.WriteEndArray();
        json.WriteString("separator", rule.Separator);
        json.WriteString("regex", rule.Regex);
        json.WriteNumber("modulus", rule.Modulus);
        json.WriteString("target_label", rule.TargetLabel);
        json.WriteString("replacement", rule.Replacement);
        json.WriteString("action", RelabelConfig.NameOf(rule.Action));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QueueOptions queue)
    {
        json.WriteStartObject("queue_config");
        json.WriteNumber("capacity", queue.Capacity);
        json.WriteNumber("max_shards", queue.MaxShards);
        json.WriteNumber("min_shards", queue.MinShards);
        json.WriteNumber("max_samples_per_send", queue.MaxSamplesPerSend);
        json.WriteString("batch_send_deadline", Seconds(queue.BatchSendDeadline));
        json.WriteString("min_backoff", Seconds(queue.MinBackoff));
        json.WriteString("max_backoff", Seconds(queue.MaxBackoff));
        json.WriteBoolean("retry_on_http_429", queue.RetryOnHttp429);
        json.WriteString("sample_age_limit", Seconds(queue.SampleAgeLimit));
        json.WriteEndObject();
    }

    private static string Seconds(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s");
}
