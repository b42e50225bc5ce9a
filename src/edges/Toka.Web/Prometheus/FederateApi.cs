using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Web.Http;
using static Toka.Web.Ops.ExpositionText;

namespace Toka.Web.Prometheus;

/// <summary>
/// <c>GET /federate</c>: the newest sample of each selected series that is not older than the look-back, with its time, in
/// Prometheus's text format. What the format cannot say is counted in comments at the end. Source: Prometheus, "Federation".
/// </summary>
/// <param name="services">What the endpoint stands on.</param>
/// <param name="places">The places of queries: reading the newest sample of everything is as much work as one.</param>
internal sealed class FederateApi(TokaWebServices services, QueryPlaces places)
{
    private static readonly string[] s_get = ["GET"];

    private readonly SelfCounter _leftOut = services.Self.Counter("toka_federation_left_out_total", "Series with a newest sample that /federate left out: native histograms, which its text format has no form for, and series without a name.");

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint) =>
        endpoints.MapMethods("/federate", s_get, endpoint.Evaluating(FederateAsync));

    private async Task FederateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var selectors = parameters.RequiredSelectors(services.Selectors);
        var (found, _) = await places.RunAsync(services.Limits.QueryTimeout, until => FindAsync(selectors, until), cancellationToken);
        await SendAsync(context, found, cancellationToken);
    }

    private async ValueTask<Found> FindAsync(List<IReadOnlyList<LabelMatcher>> selectors, CancellationToken cancellationToken)
    {
        var nowMs = services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var fromMs = nowMs - (long)services.Language.LookbackDelta.TotalMilliseconds;
        var found = new Found(services.Language.SeriesMax);
        foreach (var matchers in selectors)
        {
            var request = new SelectRequest { Matchers = matchers, FromMs = fromMs, ToMs = nowMs, PrefersRaw = true };
            using var set = await services.SelectAllAsync(request, cancellationToken);
            found.Take(set, cancellationToken);
        }

        return found;
    }

    private async Task SendAsync(HttpContext context, Found found, CancellationToken cancellationToken)
    {
        _leftOut.Add(found.Histograms + found.Nameless);
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        using var buffer = new PooledBuffer(JsonResponse.PieceBytes);
        Stream? body = null;
        var family = "";
        foreach (var (key, sample) in found.Samples)
        {
            if (key.Name != family)
            {
                family = key.Name;
                Put(buffer, "# TYPE "u8);
                PutName(buffer, System.Text.Encoding.UTF8.GetBytes(family), isMetric: true);
                Put(buffer, " untyped\n"u8);
            }

            WriteSample(buffer, key.Labels, sample);
            if (buffer.Length >= JsonResponse.PieceBytes)
            {
                body ??= Compression.Begin(context, length: null);
                await body.WriteAsync(buffer.WrittenMemory, cancellationToken);
                buffer.Clear();
            }
        }

        WriteNotes(buffer, found);
        body ??= Compression.Begin(context, buffer.Length);
        await body.WriteAsync(buffer.WrittenMemory, cancellationToken);
        await Compression.EndAsync(body);
    }

    private static void WriteSample(PooledBuffer buffer, LabelSet labels, (long TimestampMs, double Value) sample)
    {
        labels.TryGet("__name__"u8, out var name);
        PutName(buffer, name, isMetric: true);
        var hasInstance = false;
        var separator = "{"u8;
        foreach (var label in labels)
        {
            if (!label.Name.SequenceEqual("__name__"u8))
            {
                hasInstance |= label.Name.SequenceEqual("instance"u8);
                Put(buffer, separator);
                PutName(buffer, label.Name, isMetric: false);
                Put(buffer, "="u8);
                PutQuoted(buffer, label.Value);
                separator = ","u8;
            }
        }

        if (!hasInstance)
        {
            // An empty instance keeps who reads this from putting its own in.
            Put(buffer, separator);
            Put(buffer, "instance=\"\""u8);
        }

        Put(buffer, "} "u8);
        PutNumber(buffer, sample.Value);
        Put(buffer, " "u8);
        Put(buffer, sample.TimestampMs.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Put(buffer, "\n"u8);
    }

    private static void WriteNotes(PooledBuffer buffer, Found found)
    {
        if (found.Histograms > 0)
        {
            Put(buffer, $"# {found.Histograms} native histograms are left out: this format has no form for them\n");
        }

        if (found.Nameless > 0)
        {
            Put(buffer, $"# {found.Nameless} series without a metric name are left out\n");
        }

        foreach (var warning in found.Warnings)
        {
            Put(buffer, $"# warning: {warning.ReplaceLineEndings(" ")}\n");
        }
    }

    /// <summary>The newest samples, by name and then by labels; a series that several selectors find counts once.</summary>
    /// <param name="seriesMax">The most series of all selectors together: all of them are held until they are sorted.</param>
    private sealed class Found(int seriesMax)
    {
        private readonly HashSet<LabelSet> _seen = [];

        public SortedDictionary<(string Name, LabelSet Labels), (long TimestampMs, double Value)> Samples { get; } = new(Comparer<(string Name, LabelSet Labels)>.Create(
            static (left, right) => string.CompareOrdinal(left.Name, right.Name) is var order and not 0 ? order : left.Labels.CompareTo(right.Labels)));

        public long Histograms { get; private set; }

        public long Nameless { get; private set; }

        public SortedSet<string> Warnings { get; } = new(StringComparer.Ordinal);

        public void Take(SeriesSet set, CancellationToken cancellationToken)
        {
            using var floats = new FloatColumn();
            using var histograms = new HistogramColumn();
            for (var i = 0; i < set.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                floats.Clear();
                histograms.Clear();
                set.ReadFloats(i, floats);
                if (set.MayHaveHistograms)
                {
                    set.ReadHistograms(i, histograms);
                }

                var labels = set.LabelsOf(i);
                if ((floats.Count > 0 || histograms.Count > 0) && _seen.Add(labels))
                {
                    if (_seen.Count > seriesMax)
                    {
                        throw SelectorLimit.Refusal("the selectors of match[] together find more series", seriesMax);
                    }

                    TakeNewest(labels, floats, histograms);
                }
            }

            Warnings.UnionWith(set.Warnings);
        }

        private void TakeNewest(LabelSet labels, FloatColumn floats, HistogramColumn histograms)
        {
            if (histograms.Count > 0 && (floats.Count == 0 || histograms.Timestamps[^1] > floats.Timestamps[^1]))
            {
                Histograms += StaleMarker.Is(histograms[histograms.Count - 1].Sum) ? 0 : 1;
                return;
            }

            // The format knows no stale markers: a series that ended is not there.
            if (StaleMarker.Is(floats.Values[^1]))
            {
                return;
            }

            var name = labels[LabelSet.MetricName];
            if (name.Length == 0)
            {
                Nameless++;
                return;
            }

            Samples[(name, labels)] = (floats.Timestamps[^1], floats.Values[^1]);
        }
    }
}
