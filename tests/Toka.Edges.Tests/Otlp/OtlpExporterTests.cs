using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Toka.Edges.Tests.Otlp;

/// <summary>The real OpenTelemetry SDK and its exporter against the endpoints.</summary>
public sealed class OtlpExporterTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.Grpc, "otlp_grpc", MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, "otlp_http", MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, "otlp_http", MetricReaderTemporalityPreference.Delta)]
    public async Task What_the_OpenTelemetry_SDK_exports_arrives(OtlpExportProtocol protocol, string name, MetricReaderTemporalityPreference temporality)
    {
        await using var host = await OtlpHost.StartAsync();
        using var meter = new Meter($"Toka.Tests.{protocol}.{temporality}", "2.0");
        var requests = meter.CreateCounter<long>("shop.requests", "{request}", "Requests.");
        var duration = meter.CreateHistogram<double>("shop.duration", "s", "Duration.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 1] });
        meter.CreateObservableGauge("shop.room", () => 21.5, "Cel");
        using (var provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("shop", "eu", "1.0", serviceInstanceId: "i-1"))
            .AddMeter(meter.Name)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = protocol;
                exporter.Endpoint = protocol == OtlpExportProtocol.Grpc ? host.Grpc : new Uri(host.Http, "/v1/metrics");
                reader.TemporalityPreference = temporality;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue;
            })
            .Build())
        {
            requests.Add(2, new KeyValuePair<string, object?>("http.method", "GET"));
            duration.Record(0.5);
            Assert.True(provider.ForceFlush(10_000));
            requests.Add(3, new KeyValuePair<string, object?>("http.method", "GET"));
            Assert.True(provider.ForceFlush(10_000));
        }

        var scope = $"otel_scope_name=\"{meter.Name}\",otel_scope_version=\"2.0\"}}";
        var labels = $$"""{instance="i-1",job="eu/shop",{{scope}}""";
        var values = host.Writer.Samples.GroupBy(s => s.Labels.ToString()).ToDictionary(g => g.Key, g => g.Max(s => s.Value));
        Assert.Equal(5, values["shop_requests_total{http_method=\"GET\",instance=\"i-1\",job=\"eu/shop\"," + scope]);
        Assert.Equal(21.5, values["shop_room_celsius" + labels]);
        Assert.Equal(1, values["shop_duration_seconds_count" + labels]);
        Assert.Equal(0.5, values["shop_duration_seconds_sum" + labels]);
        Assert.Equal(0, values["shop_duration_seconds_bucket{instance=\"i-1\",job=\"eu/shop\",le=\"0.005\"," + scope]);
        Assert.Equal(1, values["shop_duration_seconds_bucket{instance=\"i-1\",job=\"eu/shop\",le=\"1\"," + scope]);
        Assert.Equal(1, values["shop_duration_seconds_bucket{instance=\"i-1\",job=\"eu/shop\",le=\"+Inf\"," + scope]);
        Assert.Equal(1, values["target_info{instance=\"i-1\",job=\"eu/shop\",service_version=\"1.0\"}"]);

        Assert.True(host.Metric("toka_ingest_requests_total", ("protocol", name), ("outcome", "ok")) >= 2);
        Assert.True(host.Metric("toka_otlp_points_total", ("protocol", name)) >= 5);
        Assert.Equal(0, host.Metric("toka_dropped_total", ("signal", "metrics")));
    }
}
