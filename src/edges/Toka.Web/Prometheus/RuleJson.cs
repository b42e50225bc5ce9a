using System.Globalization;
using System.Text.Json;
using Toka.Core.Alerts;
using Toka.Core.Labels;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>Writes rules and alerts in the shape of Prometheus's API.</summary>
internal static class RuleJson
{
    /// <summary>The labels that a rule gives its alerts.</summary>
    public static LabelSet LabelsOf(AlertRuleStatus rule) => LabelSet.Of(("severity", rule.Severity.ToString().ToLowerInvariant()));

    /// <summary>A time as RFC 3339; the year 1 for never, as Go writes it.</summary>
    public static string Time(long timeMs) => timeMs == 0
        ? "0001-01-01T00:00:00Z"
        : DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Writes a rule.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="alerts">Its alerts that are pending or firing.</param>
    /// <param name="withAlerts">Whether they are written too.</param>
    public static void WriteRule(Utf8JsonWriter json, AlertRuleStatus rule, IReadOnlyList<Alert> alerts, bool withAlerts)
    {
        json.WriteStartObject();
        json.WriteString("state"u8, alerts.Any(static a => a.State != AlertState.Pending) ? "firing"u8 : alerts.Count > 0 ? "pending"u8 : "inactive"u8);
        json.WriteString("name"u8, rule.Name);
        json.WriteString("query"u8, rule.Expression);
        json.WriteNumber("duration"u8, rule.ForMs / 1000.0);
        json.WriteNumber("keepFiringFor"u8, 0);
        json.WritePropertyName("labels"u8);
        json.WriteLabels(LabelsOf(rule));
        json.WriteStartObject("annotations"u8);
        json.WriteEndObject();
        json.WriteStartArray("alerts"u8);
        foreach (var alert in withAlerts ? alerts : [])
        {
            WriteAlert(json, alert);
        }

        json.WriteEndArray();
        json.WriteString("health"u8, rule.LastEvaluationMs == 0 ? "unknown"u8 : rule.LastError is null ? "ok"u8 : "err"u8);
        if (rule.LastError is { } error)
        {
            json.WriteString("lastError"u8, error);
        }

        json.WriteNumber("evaluationTime"u8, rule.LastElapsed.TotalSeconds);
        json.WriteString("lastEvaluation"u8, Time(rule.LastEvaluationMs));
        json.WriteString("type"u8, "alerting"u8);
        json.WriteEndObject();
    }

    /// <summary>Writes an alert that is pending or firing.</summary>
    public static void WriteAlert(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject();
        json.WritePropertyName("labels"u8);
        json.WriteLabels(alert.Labels);
        json.WriteStartObject("annotations"u8);
        json.WriteString("summary"u8, alert.Summary);
        json.WriteEndObject();
        json.WriteString("state"u8, alert.State == AlertState.Pending ? "pending"u8 : "firing"u8);
        json.WriteString("activeAt"u8, Time(alert.SinceMs));
        json.WriteString("value"u8, GoNumber.Exponential(alert.Value));
        json.WriteEndObject();
    }
}
