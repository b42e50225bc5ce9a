using System.Text.Json;
using Toka.Server.Configuration;

namespace Toka.Server.Hosting;

/// <summary>The section <c>events</c> in force, as JSON.</summary>
internal static class EventsJson
{
    public static void Write(Utf8JsonWriter json, EventSettings events)
    {
        json.WriteStartObject("events");
        json.WriteString("retention", EffectiveConfiguration.Seconds(events.Retention));
        json.WriteNumber("size", events.SizeBytes);
        json.WriteNumber("memory", events.MemoryBytes);
        json.WriteNumber("service_share", events.ServiceShare);
        json.WriteNumber("service_rate", events.ServiceRate);
        json.WriteEndObject();
    }
}
