using System.Buffers;
using System.Text.Json;
using Toka.Alerting.Notification;
using Toka.Core.Alerts;

namespace Toka.Alerting.Lifecycle;

/// <summary>
/// What is remembered of one rule and one set of labels: since when the condition holds, the alert that lives, the last one
/// that was resolved, and what each receiver was told. The durable document of the collection <c>alerts</c>.
/// </summary>
internal sealed class TrackedAlert(string id, string rule)
{
    private const int FormatVersion = 1;

    public string Id { get; } = id;

    public string Rule { get; } = rule;

    /// <summary>Since when the condition has held without a break; null while it does not. Kept while the rule yields, too.</summary>
    public long? HoldsSinceMs { get; set; }

    /// <summary>The alert while it is pending, active or acknowledged.</summary>
    public Alert? Live { get; set; }

    /// <summary>The alert as it was last resolved.</summary>
    public Alert? Resolved { get; set; }

    /// <summary>Until when nobody is notified of a return.</summary>
    public long CooldownUntilMs { get; set; }

    /// <summary>What each receiver was last told, by receiver.</summary>
    public Dictionary<string, NotificationMark> Marks { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it comes from an earlier run and its series has not been seen in this one.</summary>
    public bool IsRestored { get; set; }

    /// <summary>Whether the condition holds for somebody to act on.</summary>
    public bool IsFiring => Live is { State: AlertState.Active or AlertState.Acknowledged };

    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", FormatVersion);
            writer.WriteString("rule", Rule);
            AlertJson.WriteOptional(writer, "holdsSinceMs", HoldsSinceMs);
            writer.WriteNumber("cooldownUntilMs", CooldownUntilMs);
            WriteAlert(writer, "live", Live);
            WriteAlert(writer, "resolved", Resolved);
            writer.WriteStartObject("marks");
            foreach (var (receiver, mark) in Marks)
            {
                writer.WriteStartObject(receiver);
                writer.WriteNumber("status", (int)mark.Status);
                writer.WriteNumber("activeAtMs", mark.ActiveAtMs);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The document is of another version.</exception>
    public static TrackedAlert FromBytes(string id, byte[] utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var root = document.RootElement;
        var version = root.GetProperty("version").GetInt32();
        if (version != FormatVersion)
        {
            throw new InvalidDataException($"version {version} where {FormatVersion} is read");
        }

        var tracked = new TrackedAlert(id, root.GetProperty("rule").GetString()!)
        {
            HoldsSinceMs = AlertJson.ReadOptional(root, "holdsSinceMs"),
            CooldownUntilMs = root.GetProperty("cooldownUntilMs").GetInt64(),
            Live = root.TryGetProperty("live", out var live) ? AlertJson.Read(live) : null,
            Resolved = root.TryGetProperty("resolved", out var resolved) ? AlertJson.Read(resolved) : null,
            IsRestored = true,
        };
        foreach (var mark in root.GetProperty("marks").EnumerateObject())
        {
            tracked.Marks[mark.Name] = new NotificationMark(
                (NotificationStatus)mark.Value.GetProperty("status").GetInt32(), mark.Value.GetProperty("activeAtMs").GetInt64());
        }

        return tracked;
    }

    private static void WriteAlert(Utf8JsonWriter writer, string name, Alert? alert)
    {
        if (alert is not null)
        {
            writer.WritePropertyName(name);
            AlertJson.Write(writer, alert);
        }
    }
}
