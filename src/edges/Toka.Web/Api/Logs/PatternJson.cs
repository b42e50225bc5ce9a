using System.Text.Json;
using Toka.Tracing.LogPatterns;
using Toka.Web.Http;

namespace Toka.Web.Api.Logs;

/// <summary>What log records have in common, as JSON.</summary>
internal static class PatternJson
{
    /// <summary>The patterns.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<LogPattern> patterns)
    {
        json.WriteStartArray("patterns"u8);
        foreach (var pattern in patterns)
        {
            json.WriteStartObject();
            json.WriteString("pattern"u8, pattern.Pattern);
            json.WriteNumber("count"u8, pattern.Count);
            json.WriteFinite("share"u8, pattern.Share);
            json.WriteString("severity"u8, LogParameters.WordOf(pattern.Severity));
            json.WritePropertyName("services"u8);
            json.WriteStrings(pattern.Services);
            json.WritePropertyName("example"u8);
            json.WriteLog(pattern.Example);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
