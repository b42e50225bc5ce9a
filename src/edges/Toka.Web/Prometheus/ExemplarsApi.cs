using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary><c>api/v1/query_exemplars</c>: the exemplars of the series that an expression's selectors find, by labels.</summary>
/// <param name="services">What the endpoint stands on.</param>
/// <param name="places">The places of queries: looking through all series of an expression is as much work as one.</param>
internal sealed class ExemplarsApi(TokaWebServices services, QueryPlaces places)
{
    private static readonly string[] s_getAndPost = ["GET", "POST"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/api/v1/query_exemplars", s_getAndPost, endpoint.Evaluating(ExemplarsAsync));

    private async Task ExemplarsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var root = PromQlParser.Parse(parameters.Required("query"), services.Language);
        var (fromMs, toMs) = (parameters.Time("start", TimeText.FirstMs), parameters.Time("end", TimeText.LastMs));
        if (toMs < fromMs)
        {
            throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        }

        var requests = ExprWalker.Selectors(root).Select(selector => new SelectRequest { Matchers = selector.Matchers, FromMs = fromMs, ToMs = toMs, PrefersRaw = true }).ToList();
        var (found, _) = await places.RunAsync(services.Limits.QueryTimeout, until => FindAsync(requests, until), cancellationToken);

        await using var response = Envelope.Begin(context);
        response.Json.WriteStartArray();
        foreach (var (labels, exemplars) in found.Exemplars)
        {
            WriteSeries(response.Json, labels, exemplars);
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        response.Json.WriteEndArray();
        await Envelope.EndAsync(response, [.. found.Warnings, .. ResultWriter.Truncation(found.IsCut)]);
    }

    /// <summary>All are found before the first is sent, so that a selector which finds too much can still be refused.</summary>
    private async ValueTask<Found> FindAsync(List<SelectRequest> requests, CancellationToken cancellationToken)
    {
        var found = new Found(services.Limits.MaxExemplars);
        foreach (var request in requests)
        {
            using var set = await services.SelectAllAsync(request, cancellationToken);
            found.Take(set, cancellationToken);
        }

        return found;
    }

    private static void WriteSeries(Utf8JsonWriter json, LabelSet labels, Exemplar[] exemplars)
    {
        json.WriteStartObject();
        json.WritePropertyName("seriesLabels"u8);
        json.WriteLabels(labels);
        json.WriteStartArray("exemplars"u8);
        foreach (var exemplar in exemplars)
        {
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

    /// <summary>Exemplars by their series' labels; a series that several selectors find counts once.</summary>
    /// <param name="max">The most exemplars.</param>
    private sealed class Found(int max)
    {
        private int _left = max;

        public SortedDictionary<LabelSet, Exemplar[]> Exemplars { get; } = [];

        public SortedSet<string> Warnings { get; } = new(StringComparer.Ordinal);

        /// <summary>Whether there would have been more.</summary>
        public bool IsCut { get; private set; }

        public void Take(SeriesSet set, CancellationToken cancellationToken)
        {
            using var column = new ExemplarColumn();
            for (var i = 0; i < set.Count && !IsCut; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                column.Clear();
                set.ReadExemplars(i, column);
                var labels = set.LabelsOf(i);
                if (column.Count > 0 && !Exemplars.ContainsKey(labels))
                {
                    Add(labels, column);
                }
            }

            Warnings.UnionWith(set.Warnings);
        }

        private void Add(LabelSet labels, ExemplarColumn column)
        {
            IsCut = column.Count > _left;
            column.Truncate(Math.Min(column.Count, _left));
            if (column.Count > 0)
            {
                Exemplars.Add(labels, [.. Enumerable.Range(0, column.Count).Select(i => column[i])]);
            }

            _left -= column.Count;
        }
    }
}
