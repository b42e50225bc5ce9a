using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using Toka.Core.Samples;

namespace Toka.Edges.Tests.Otlp;

/// <summary>What the real OpenTelemetry SDK says that it sent is in the store, or counted as refused.</summary>
public sealed class OtlpConservationTests
{
    private const int Rounds = 4;

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Delta)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Delta)]
    public async Task Every_point_and_exemplar_of_the_SDK_arrives(OtlpExportProtocol protocol, MetricReaderTemporalityPreference temporality)
    {
        await using var host = await OtlpHost.StartAsync();
        using var meter = new Meter($"Toka.Conservation.{protocol}.{temporality}");
        using var counting = Counting.To(host, protocol);
        using var source = new ActivitySource(meter.Name);
        using var listener = new ActivityListener { ShouldListenTo = s => s == source, Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        var trace = "";
        using (var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(meter.Name)
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddView("duration", new Base2ExponentialBucketHistogramConfiguration())
            .AddView("requests", new MetricStreamConfiguration { TagKeys = ["method"] })
            .AddReader(new PeriodicExportingMetricReader(counting, int.MaxValue) { TemporalityPreference = temporality })
            .Build())
        {
            var requests = meter.CreateCounter<long>("requests", "{request}");
            var queue = meter.CreateUpDownCounter<long>("queue");
            var duration = meter.CreateHistogram<double>("duration", "s");
            var size = meter.CreateHistogram<long>("size", "By", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [10, 100] });
            meter.CreateObservableGauge("room", static () => 21.5, "Cel");
            for (var round = 1; round <= Rounds; round++)
            {
                using (var activity = source.StartActivity("work"))
                {
                    trace = activity!.TraceId.ToHexString();
                    requests.Add(round, new("method", "GET"), new("user", "anna"));
                    duration.Record(round * 0.001);
                }

                queue.Add(1);
                duration.Record(0);
                size.Record(round * 30);
                Assert.True(provider.ForceFlush(30_000));
            }
        }

        Assert.Equal(counting.Points, host.Metric("toka_otlp_points_total") + host.Metric("toka_dropped_total", ("signal", "metrics")));
        Assert.Equal(0, host.Metric("toka_dropped_total"));
        Assert.Equal(counting.Exemplars, host.Writer.Exemplars.Count);
        Assert.True(counting.Exemplars >= 2);
        AssertTotals(host.Writer);
        var exemplar = host.Writer.Exemplars.Last(e => e.Series["__name__"] == "requests_total");
        Assert.Equal(("anna", trace), (exemplar.Labels["user"], exemplar.Labels["trace_id"]));
        Assert.Equal(16, exemplar.Labels["span_id"].Length);
    }

    /// <summary>Delta or cumulative, the last value is the same: all that was ever recorded.</summary>
    private static void AssertTotals(MemoryWriter writer)
    {
        var last = writer.Samples.GroupBy(s => (Name: s.Labels["__name__"], Le: s.Labels["le"])).ToDictionary(g => g.Key, g => g.Last().Value);
        Assert.Equal(1 + 2 + 3 + 4, last[("requests_total", "")]);
        Assert.Equal(Rounds, last[("queue", "")]);
        Assert.Equal(21.5, last[("room_celsius", "")]);
        Assert.Equal((Rounds, 300, 0, 3, Rounds), (last[("size_bytes_count", "")], last[("size_bytes_sum", "")], last[("size_bytes_bucket", "10")], last[("size_bytes_bucket", "100")], last[("size_bytes_bucket", "+Inf")]));
        var native = writer.Histograms.Where(h => h.Labels["__name__"] == "duration_seconds").ToArray();
        Assert.InRange(native.Length, Rounds, Rounds + 1); // The end of the provider may send once more.
        var duration = native[^1].Histogram;
        Assert.Equal((2 * Rounds, Rounds), (duration.Count, duration.ZeroCount));
        Assert.Equal(0.01, duration.Sum, 1e-9);
        Assert.Equal(Rounds, duration.Buckets.ToArray().Sum());
        Assert.Equal(HistogramFault.None, HistogramRule.Check(duration.View));
    }

    [Fact]
    public async Task A_summary_arrives_as_its_quantiles_sum_and_count()
    {
        await using var host = await OtlpHost.StartAsync();
        const string json = """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"wait","unit":"ms","summary":{"dataPoints":[{"timeUnixNano":"1700000000123000000","startTimeUnixNano":"1700000000000000000",
            "count":"9","sum":4.5,"quantileValues":[{"quantile":0.5,"value":7},{"quantile":0.99,"value":8.25}]},{"timeUnixNano":"1700000000124000000","flags":1}]}}]}]}]}
            """;
        using var client = new HttpClient();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await client.PostAsync(new Uri(host.Http, "/v1/metrics"), content);
        Assert.Equal("{}", await response.Content.ReadAsStringAsync());
        Assert.Equal(
            [
                "wait_milliseconds_count 9", "wait_milliseconds_sum 4.5", """wait_milliseconds{quantile="0.5"} 7""", """wait_milliseconds{quantile="0.99"} 8.25""",
                "wait_milliseconds_count stale", "wait_milliseconds_sum stale",
            ],
            host.Writer.Samples.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Labels} {(StaleMarker.Is(s.Value) ? "stale" : s.Value)}")));
    }

    /// <summary>Counts what the SDK hands over to its own exporter.</summary>
    private sealed class Counting(OtlpMetricExporter inner) : BaseExporter<Metric>
    {
        public int Points { get; private set; }

        public int Exemplars { get; private set; }

        public static Counting To(OtlpHost host, OtlpExportProtocol protocol) => new(new OtlpMetricExporter(new OtlpExporterOptions
        {
            Protocol = protocol,
            Endpoint = protocol == OtlpExportProtocol.Grpc ? host.Grpc : new Uri(host.Http, "/v1/metrics"),
            TimeoutMilliseconds = 30_000,
        }));

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    Points++;
                    if (point.TryGetExemplars(out var exemplars))
                    {
                        foreach (ref readonly var _ in exemplars)
                        {
                            Exemplars++;
                        }
                    }
                }
            }

            return inner.Export(batch);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
