using System.Text.Json;
using Toka.Core.Alerts;
using Toka.Core.Hosts;
using Toka.Web.Http;

namespace Toka.Web.Api;

/// <summary>The bodies of Toka's own API. Times are ms since the Unix epoch; a number that is not finite is null.</summary>
internal static class ApiJson
{
    public static void WriteOverview(Utf8JsonWriter json, Overview overview, TokaWebServices services)
    {
        json.WriteStartObject();
        json.WriteNumber("nowMs"u8, overview.NowMs);
        json.WriteNumber("startedAtMs"u8, services.StartedAtMs);
        json.WriteString("version"u8, services.Version);
        json.WriteString("environment"u8, services.Environment);
        WriteHealth(json, overview);
        WriteHost(json, overview.Host, services.CollectionInterval());
        json.WritePropertyName("alerts"u8);
        WriteAlerts(json, overview.Alerts);
        WriteSelf(json, overview.Self);
        json.WriteEndObject();
    }

    public static void WriteAlerts(Utf8JsonWriter json, IReadOnlyList<Alert> alerts)
    {
        json.WriteStartArray();
        foreach (var alert in alerts)
        {
            WriteAlert(json, alert);
        }

        json.WriteEndArray();
    }

    public static void WriteAlert(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, alert.Id);
        json.WriteString("rule"u8, alert.Rule);
        json.WriteString("severity"u8, alert.Severity.ToString());
        json.WriteString("state"u8, alert.State.ToString());
        json.WritePropertyName("labels"u8);
        json.WriteLabels(alert.Labels);
        json.WriteString("summary"u8, alert.Summary);
        json.WriteString("expression"u8, alert.Expression);
        json.WriteFinite("value"u8, alert.Value);
        json.WriteFinite("threshold"u8, alert.Threshold);
        json.WriteNumber("sinceMs"u8, alert.SinceMs);
        json.WriteOptional("activeAtMs"u8, alert.ActiveAtMs);
        json.WriteOptional("resolvedAtMs"u8, alert.ResolvedAtMs);
        json.WriteString("acknowledgedBy"u8, alert.AcknowledgedBy);
        json.WriteOptional("acknowledgedAtMs"u8, alert.AcknowledgedAtMs);
        json.WriteEndObject();
    }

    public static void WriteRules(Utf8JsonWriter json, IReadOnlyList<AlertRuleStatus> rules)
    {
        json.WriteStartArray();
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, rule.Name);
            json.WriteString("severity"u8, rule.Severity.ToString());
            json.WriteString("expression"u8, rule.Expression);
            json.WriteNumber("forMs"u8, rule.ForMs);
            json.WriteNumber("matched"u8, rule.Matched);
            json.WriteNumber("lastEvaluationMs"u8, rule.LastEvaluationMs);
            json.WriteString("lastError"u8, rule.LastError);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteProcesses(Utf8JsonWriter json, ProcessSnapshot snapshot)
    {
        json.WriteStartObject();
        json.WriteNumber("atMs"u8, snapshot.AtMs);
        json.WriteNumber("total"u8, snapshot.Total);
        json.WriteStartArray("groups"u8);
        foreach (var group in snapshot.Groups)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, group.Name);
            json.WriteStartArray("pids"u8);
            foreach (var pid in group.Pids)
            {
                json.WriteNumberValue(pid);
            }

            json.WriteEndArray();
            json.WriteFinite("cpuRatio"u8, group.CpuRatio);
            json.WriteNumber("residentBytes"u8, group.ResidentBytes);
            json.WriteNumber("threads"u8, group.Threads);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteHealth(Utf8JsonWriter json, Overview overview)
    {
        json.WriteStartObject("health"u8);
        json.WriteString("state"u8, overview.State.ToString());
        json.WriteString("sentence"u8, overview.Sentence);
        json.WriteStartArray("parts"u8);
        foreach (var part in overview.Parts)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, part.Name);
            json.WriteString("state"u8, part.State.ToString());
            json.WriteString("reason"u8, part.Reason);
            json.WriteNumber("sinceMs"u8, part.SinceMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteHost(Utf8JsonWriter json, HostFacts host, TimeSpan collectionInterval)
    {
        json.WriteStartObject("host"u8);
        json.WriteString("name"u8, host.Name);
        json.WriteString("kernel"u8, host.Kernel);
        json.WriteString("os"u8, host.System);
        json.WriteNumber("cores"u8, host.Cores);
        json.WriteNumber("memoryBytes"u8, host.MemoryBytes);
        json.WriteNumber("bootTimeMs"u8, host.BootTimeMs);
        json.WriteNumber("collectionIntervalMs"u8, (long)collectionInterval.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteSelf(Utf8JsonWriter json, SelfFacts self)
    {
        json.WriteStartObject("self"u8);
        json.WriteFinite("cpuRatio"u8, self.CpuRatio);
        json.WriteNumber("memoryBytes"u8, self.MemoryBytes);
        json.WriteFinite("series"u8, self.Series);
        json.WriteFinite("samplesPerSecond"u8, self.SamplesPerSecond);
        json.WriteFinite("droppedTotal"u8, self.DroppedTotal);
        json.WriteFinite("walBytes"u8, self.WalBytes);
        json.WriteEndObject();
    }
}
