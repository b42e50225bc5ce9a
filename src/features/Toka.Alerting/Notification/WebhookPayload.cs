using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Toka.Alerting.Lifecycle;
using Toka.Core.Alerts;
using Toka.Core.Labels;

namespace Toka.Alerting.Notification;

/// <summary>
/// The body of a webhook: the fields of Alertmanager's webhook, version 4, so that its receivers understand it, and under
/// <c>toka</c> what Toka knows beyond them. One body holds alerts of one rule. Described in docs/guides/alerts.md.
/// </summary>
internal static class WebhookPayload
{
    private const string NoEnd = "0001-01-01T00:00:00Z";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(IReadOnlyList<DueNotification> messages, string externalUrl)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            var rule = messages[0].Alert.Rule;
            writer.WriteStartObject();
            writer.WriteString("version", "4");
            writer.WriteString("groupKey", "{}:" + LabelSet.Of(("alertname", rule)));
            writer.WriteNumber("truncatedAlerts", 0);
            writer.WriteString("status", messages.Any(m => m.IsFiring) ? "firing" : "resolved");
            writer.WriteString("receiver", "webhook");
            writer.WriteStartObject("groupLabels");
            writer.WriteString("alertname", rule);
            writer.WriteEndObject();
            WriteCommonLabels(writer, messages);
            writer.WriteStartObject("commonAnnotations");
            writer.WriteEndObject();
            writer.WriteString("externalURL", externalUrl);
            writer.WriteStartArray("alerts");
            foreach (var message in messages)
            {
                WriteAlert(writer, message, externalUrl);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteCommonLabels(Utf8JsonWriter writer, IReadOnlyList<DueNotification> messages)
    {
        writer.WriteStartObject("commonLabels");
        foreach (var (name, value) in messages[0].Alert.Labels.ToPairs())
        {
            if (messages.All(m => m.Alert.Labels[name] == value))
            {
                writer.WriteString(name, value);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteAlert(Utf8JsonWriter writer, DueNotification message, string externalUrl)
    {
        var alert = message.Alert;
        writer.WriteStartObject();
        writer.WriteString("status", message.IsFiring ? "firing" : "resolved");
        writer.WriteStartObject("labels");
        foreach (var label in alert.Labels)
        {
            writer.WriteString(label.Name, label.Value);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("annotations");
        writer.WriteString("summary", alert.Summary);
        writer.WriteEndObject();
        writer.WriteString("startsAt", Time(alert.ActiveAtMs ?? alert.SinceMs));
        writer.WriteString("endsAt", alert.ResolvedAtMs is { } end ? Time(end) : NoEnd);
        writer.WriteString("generatorURL", $"{externalUrl}/#/explore?expr={Uri.EscapeDataString(alert.Expression)}");
        writer.WriteString("fingerprint", alert.Id);
        writer.WriteStartObject("toka");
        writer.WriteString("id", alert.Id);
        writer.WriteString("rule", alert.Rule);
        writer.WriteString("severity", SeverityWord(alert.Severity));
        writer.WriteString("state", alert.State.ToString().ToLowerInvariant());
        AlertJson.WriteDouble(writer, "value", alert.Value);
        AlertJson.WriteDouble(writer, "threshold", alert.Threshold);
        writer.WriteString("expression", alert.Expression);
        writer.WriteString("since", Time(alert.SinceMs));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string SeverityWord(Severity severity) => severity.ToString().ToLowerInvariant();

    private static string Time(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
