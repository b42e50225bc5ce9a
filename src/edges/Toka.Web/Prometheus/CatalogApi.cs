using System.Text;
using Microsoft.AspNetCore.Http;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>What series, label names, values and metadata there are.</summary>
internal sealed class CatalogApi(TokaWebServices services)
{
    public async Task SeriesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var requests = Requests(parameters, parameters.RequiredSelectors(services.Selectors));
        var limit = LimitOf(parameters);
        var (found, warnings) = await SelectAsync(requests, limit, cancellationToken);
        await using var response = Envelope.Begin(context);
        var json = response.Json;
        json.WriteStartArray();
        var written = 0;
        foreach (var labels in found)
        {
            if (written == limit)
            {
                break;
            }

            written++;
            json.WriteLabels(labels);
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        json.WriteEndArray();
        await Envelope.EndAsync(response, [.. warnings, .. ResultWriter.Truncation(written < found.Count)]);
    }

    public async Task LabelsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var requests = Requests(parameters, parameters.Selectors(services.Selectors));
        var limit = LimitOf(parameters);
        await SendNamesAsync(context, requests, limit, request => services.Series.LabelNamesAsync(request, cancellationToken));
    }

    public async Task LabelValuesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var name = EscapedName.Unescape((string)context.Request.RouteValues["name"]!);
        var requests = Requests(parameters, parameters.Selectors(services.Selectors));
        var limit = LimitOf(parameters);
        await SendNamesAsync(context, requests, limit, request => services.Series.LabelValuesAsync(name, request, cancellationToken));
    }

    public async Task MetadataAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);

        // Toka keeps one entry a family, so any limit of those a metric keeps all.
        parameters.Limit("limit_per_metric");
        var limit = LimitOf(parameters);
        var families = services.Series.Metadata(parameters.First("metric"), limit + 1);
        await using var response = Envelope.Begin(context);
        var json = response.Json;
        json.WriteStartObject();
        foreach (var family in families.Take(limit))
        {
            // An array, because Prometheus may know one family from several targets. Toka keeps the last word on each.
            json.WriteStartArray(family.Family);
            json.WriteStartObject();
            json.WriteString("type"u8, TypeName(family.Type));
            json.WriteString("help"u8, family.Help);
            json.WriteString("unit"u8, family.Unit);
            json.WriteEndObject();
            json.WriteEndArray();
            if (response.IsPieceReady)
            {
                await response.SendPieceAsync();
            }
        }

        json.WriteEndObject();
        await Envelope.EndAsync(response, ResultWriter.Truncation(families.Count > limit));
    }

    /// <summary>The word for a metric's type in exposition and API.</summary>
    internal static ReadOnlySpan<byte> TypeName(MetricType type) => type switch
    {
        MetricType.Counter => "counter"u8,
        MetricType.Gauge => "gauge"u8,
        MetricType.Histogram => "histogram"u8,
        MetricType.Summary => "summary"u8,
        MetricType.Info => "info"u8,
        MetricType.StateSet => "stateset"u8,
        _ => "unknown"u8,
    };

    /// <summary>The most items to list: the request's own limit, or the server's.</summary>
    private int LimitOf(ApiParameters parameters) =>
        parameters.Limit() is var limit and > 0 ? Math.Min(limit, services.Limits.MaxListed) : services.Limits.MaxListed;

    /// <summary>One request for each selector; one for everything where there is none.</summary>
    private static List<SelectRequest> Requests(ApiParameters parameters, List<IReadOnlyList<LabelMatcher>> selectors)
    {
        var all = new SelectRequest { FromMs = parameters.Time("start", TimeText.FirstMs), ToMs = parameters.Time("end", TimeText.LastMs) };
        if (all.ToMs < all.FromMs)
        {
            throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        }

        return selectors.Count == 0 ? [all] : [.. selectors.Select(matchers => all with { Matchers = matchers })];
    }

    private async ValueTask<(IReadOnlyCollection<LabelSet> Found, List<string> Warnings)> SelectAsync(
        List<SelectRequest> requests, int limit, CancellationToken cancellationToken)
    {
        // Each selection is ordered by labels; only several have to be merged. One more than is wanted tells that there are more,
        // and of many selections together no more is held either.
        ICollection<LabelSet> found = requests.Count == 1 ? new List<LabelSet>() : new SortedSet<LabelSet>();
        var warnings = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var set = await services.Series.SelectAsync(request with { Limit = limit + 1, IsCutAtLimit = true }, cancellationToken);
            for (var i = 0; i < set.Count; i++)
            {
                found.Add(set.LabelsOf(i));
                if (found.Count > limit + 1 && found is SortedSet<LabelSet> sorted)
                {
                    sorted.Remove(sorted.Max!);
                }
            }

            warnings.UnionWith(set.Warnings);
        }

        return ((IReadOnlyCollection<LabelSet>)found, [.. warnings]);
    }

    private static async Task SendNamesAsync(
        HttpContext context, List<SelectRequest> requests, int limit, Func<SelectRequest, ValueTask<IReadOnlyList<string>>> read)
    {
        IReadOnlyCollection<string> names;
        if (requests.Count == 1)
        {
            names = await read(requests[0] with { Limit = limit + 1 });
        }
        else
        {
            var merged = new SortedSet<string>(Utf8Order);
            foreach (var request in requests)
            {
                merged.UnionWith(await read(request with { Limit = limit + 1 }));
                while (merged.Count > limit + 1)
                {
                    merged.Remove(merged.Max!);
                }
            }

            names = merged;
        }

        var truncated = names.Count > limit;
        await using var response = Envelope.Begin(context);
        response.Json.WriteStrings(truncated ? names.Take(limit) : names);
        await Envelope.EndAsync(response, ResultWriter.Truncation(truncated));
    }

    /// <summary>The order of the index, which is that of UTF-8 bytes; UTF-16 order differs beyond the basic plane.</summary>
    private static readonly Comparer<string> Utf8Order = Comparer<string>.Create(
        static (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));
}
