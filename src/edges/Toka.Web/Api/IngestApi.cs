using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Labels;
using Toka.Web.Http;

namespace Toka.Web.Api;

/// <summary>
/// <c>GET api/toka/v1/ingest</c>: what came by each protocol since the start, and what was refused of it and why; see
/// docs/reference/http-api.md. The figures are those of the metrics <c>toka_ingest_…</c>.
/// </summary>
internal sealed class IngestApi(TokaWebServices services)
{
    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/api/toka/v1/ingest", s_get, endpoint.Always(IngestAsync));

    private async Task IngestAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var protocols = Read();
        await using var response = new JsonResponse(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteStartArray("protocols"u8);
        foreach (var (name, counts) in protocols)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteNumber("samples"u8, counts.Samples);
            json.WriteNumber("spans"u8, counts.Spans);
            json.WriteNumber("logs"u8, counts.Logs);
            Write(json, "requests"u8, counts.Requests);
            Write(json, "refused"u8, counts.Refused);
            Write(json, "refusedSpans"u8, counts.RefusedSpans);
            Write(json, "refusedLogs"u8, counts.RefusedLogs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await response.CompleteAsync();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, SortedDictionary<string, double> counts)
    {
        json.WriteStartObject(name);
        foreach (var (key, count) in counts)
        {
            json.WriteNumber(key, count);
        }

        json.WriteEndObject();
    }

    private SortedDictionary<string, Counts> Read()
    {
        var protocols = new SortedDictionary<string, Counts>(StringComparer.Ordinal);
        foreach (var (labels, value) in services.Self.Read())
        {
            if (!labels.TryGet("__name__"u8, out var name) || !name.StartsWith("toka_ingest_"u8) || !labels.TryGet("protocol"u8, out var protocol))
            {
                continue;
            }

            var key = Encoding.UTF8.GetString(protocol);
            if (!protocols.TryGetValue(key, out var counts))
            {
                protocols.Add(key, counts = new Counts());
            }

            counts.Add(name["toka_ingest_"u8.Length..], labels, value);
        }

        return protocols;
    }

    private sealed class Counts
    {
        public double Samples { get; private set; }

        public double Spans { get; private set; }

        public double Logs { get; private set; }

        public SortedDictionary<string, double> Requests { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, double> Refused { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, double> RefusedSpans { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, double> RefusedLogs { get; } = new(StringComparer.Ordinal);

        public void Add(ReadOnlySpan<byte> name, LabelSet labels, double value)
        {
            if (name.SequenceEqual("samples_total"u8))
            {
                Samples = value;
            }
            else if (name.SequenceEqual("spans_total"u8))
            {
                Spans = value;
            }
            else if (name.SequenceEqual("logs_total"u8))
            {
                Logs = value;
            }
            else if (labels.TryGet("outcome"u8, out var outcome))
            {
                Requests[Encoding.UTF8.GetString(outcome)] = value;
            }
            else if (labels.TryGet("reason"u8, out var reason))
            {
                var refused = name.SequenceEqual("spans_refused_total"u8) ? RefusedSpans : name.SequenceEqual("logs_refused_total"u8) ? RefusedLogs : Refused;
                refused[Encoding.UTF8.GetString(reason)] = value;
            }
        }
    }
}
