using System.Text.Json;

namespace Toka.Query.Tracking;

/// <summary>A tracked query as JSON: a line of the query log, an entry of the API's lists.</summary>
public static class TrackedQueryJson
{
    /// <summary>The most characters of an expression that is written.</summary>
    private const int ExpressionMax = 16_384;

    /// <summary>Writes one object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="query">The query.</param>
    public static void Write(Utf8JsonWriter json, TrackedQuery query)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(query);
        var (request, origin) = (query.Request, query.Request.Origin);
        json.WriteStartObject();
        json.WriteString("time"u8, DateTimeOffset.FromUnixTimeMilliseconds(query.StartedAtMs));
        json.WriteNumber("id"u8, query.Id);
        json.WriteString("expression"u8, Cut(query).Request.Expression);
        json.WriteNumber("startMs"u8, request.StartMs);
        if (request.IsRange)
        {
            json.WriteNumber("endMs"u8, request.EndMs);
            json.WriteNumber("stepMs"u8, request.StepMs);
        }

        json.WriteNumber("durationSeconds"u8, query.Elapsed.TotalSeconds);
        json.WriteNumber("series"u8, query.Series);
        json.WriteNumber("samples"u8, query.Samples);
        json.WriteNumber("peakPoints"u8, query.PeakPoints);
        json.WriteNumber("bytes"u8, query.Bytes);
        json.WriteString("status"u8, query.Status);
        WriteUnlessEmpty(json, "error"u8, query.Error);
        WriteUnlessEmpty(json, "limit"u8, query.Limit ?? "");
        json.WriteString("from"u8, origin.Kind);
        WriteUnlessEmpty(json, "client"u8, origin.Client);
        WriteUnlessEmpty(json, "userAgent"u8, origin.UserAgent);
        WriteUnlessEmpty(json, "path"u8, origin.Path);
        WriteUnlessEmpty(json, "rule"u8, origin.Rule);
        json.WriteEndObject();
    }

    /// <summary>A query with no more of its expression than is written.</summary>
    internal static TrackedQuery Cut(TrackedQuery query) => query.Request.Expression.Length <= ExpressionMax + 1
        ? query
        : query with { Request = query.Request with { Expression = string.Concat(query.Request.Expression.AsSpan(0, ExpressionMax), "…") } };

    private static void WriteUnlessEmpty(Utf8JsonWriter json, ReadOnlySpan<byte> name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }
}
