using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary><c>api/v1/query_exemplars</c>: the exemplars of the series that an expression's selectors find.</summary>
internal sealed class ExemplarsApi(TokaWebServices services)
{
    private static readonly string[] s_getAndPost = ["GET", "POST"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/api/v1/query_exemplars", s_getAndPost, endpoint.Partial(ExemplarsAsync));

    private async Task ExemplarsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var root = PromQlParser.Parse(parameters.Required("query"), services.Language);
        var (fromMs, toMs) = (parameters.Time("start", TimeText.FirstMs), parameters.Time("end", TimeText.LastMs));
        if (toMs < fromMs)
        {
            throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        }

        await using var response = Envelope.Begin(context);
        response.Json.WriteStartArray();
        var seen = new HashSet<LabelSet>();
        var warnings = new SortedSet<string>(StringComparer.Ordinal);
        var left = services.Limits.MaxExemplars;
        foreach (var selector in ExprWalker.Selectors(root))
        {
            var request = new SelectRequest { Matchers = selector.Matchers, FromMs = fromMs, ToMs = toMs, PrefersRaw = true };
            using var set = await services.Series.SelectAsync(request, cancellationToken);
            left = await WriteAsync(response, set, seen, left, cancellationToken);
            warnings.UnionWith(set.Warnings);
        }

        response.Json.WriteEndArray();
        await Envelope.EndAsync(response, [.. warnings, .. ResultWriter.Truncation(left < 0)]);
    }

    /// <summary>Writes the exemplars of the series that were not written before.</summary>
    /// <returns>How many may still be written; −1 where there would have been more.</returns>
    private static async ValueTask<int> WriteAsync(JsonResponse response, SeriesSet set, HashSet<LabelSet> seen, int left, CancellationToken cancellationToken)
    {
        using var exemplars = new ExemplarColumn();
        for (var i = 0; i < set.Count && left >= 0; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            exemplars.Clear();
            set.ReadExemplars(i, exemplars);
            var labels = set.LabelsOf(i);
            if (exemplars.Count == 0 || !seen.Add(labels))
            {
                continue;
            }

            var count = Math.Min(exemplars.Count, left);
            if (count > 0)
            {
                WriteSeries(response.Json, labels, exemplars, count);
            }

            left = exemplars.Count > left ? -1 : left - count;
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        return left;
    }

    private static void WriteSeries(Utf8JsonWriter json, LabelSet labels, ExemplarColumn exemplars, int count)
    {
        json.WriteStartObject();
        json.WritePropertyName("seriesLabels"u8);
        json.WriteLabels(labels);
        json.WriteStartArray("exemplars"u8);
        for (var i = 0; i < count; i++)
        {
            var exemplar = exemplars[i];
            json.WriteStartObject();
            json.WritePropertyName("labels"u8);
            json.WriteLabels(exemplar.Labels);
            json.WritePropertyName("value"u8);
            ResultWriter.WriteNumber(json, exemplar.Value);
            json.WritePropertyName("timestamp"u8);
            ResultWriter.WriteTime(json, exemplar.TimestampMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
