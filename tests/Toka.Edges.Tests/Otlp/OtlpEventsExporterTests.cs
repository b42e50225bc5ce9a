using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Toka.Core.Attributes;
using Toka.Core.Spans;
using SpanKind = Toka.Core.Spans.SpanKind;

namespace Toka.Edges.Tests.Otlp;

/// <summary>The real OpenTelemetry SDK and its exporters of traces and logs against the endpoints.</summary>
public sealed class OtlpEventsExporterTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.Grpc, "otlp_grpc")]
    [InlineData(OtlpExportProtocol.HttpProtobuf, "otlp_http")]
    public async Task Spans_and_log_records_of_the_OpenTelemetry_SDK_arrive(OtlpExportProtocol protocol, string name)
    {
        await using var host = await OtlpHost.StartAsync();
        using var source = new ActivitySource($"Toka.Tests.Traces.{protocol}", "2.0");
        var resource = ResourceBuilder.CreateEmpty().AddService("shop", "eu", "1.0", serviceInstanceId: "i-1");
        Activity root, child;
        using (var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(source.Name)
            .AddOtlpExporter(exporter => Export(exporter, protocol, host, "/v1/traces"))
            .Build())
        using (var logs = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(resource);
            options.IncludeFormattedMessage = true;
            options.AddOtlpExporter(exporter => Export(exporter, protocol, host, "/v1/logs"));
        })))
        {
            using (root = source.StartActivity("GET /cart", ActivityKind.Server)!)
            {
                root.SetTag("http.response.status_code", 500).SetTag("slow", true).SetTag("ratio", 0.5).SetTag("ids", new[] { 1L, 2L });
                root.SetStatus(ActivityStatusCode.Error, "it broke");
                root.AddException(new InvalidOperationException("no cart"));
                using (child = source.StartActivity("SELECT", ActivityKind.Client, default(ActivityContext), links: [new ActivityLink(root.Context)])!)
                {
                    Log.Broke(logs.CreateLogger("Shop"), 7);
                }
            }

            Assert.True(traces.ForceFlush(10_000));
        }

        var spans = host.Events.Spans.ToDictionary(s => s.Name);
        var (served, asked) = (spans["GET /cart"], spans["SELECT"]);
        Assert.Equal((root.TraceId.ToHexString(), root.SpanId.ToHexString(), true), (served.TraceId.ToString(), served.SpanId.ToString(), served.ParentId.IsEmpty));
        Assert.Equal((served.TraceId, served.SpanId, child.SpanId.ToHexString()), (asked.TraceId, asked.ParentId, asked.SpanId.ToString()));
        Assert.Equal((SpanKind.Server, SpanStatus.Error, "it broke", SpanKind.Client), (served.Kind, served.Status, served.StatusMessage, asked.Kind));
        Assert.Equal((root.StartTimeUtc - DateTime.UnixEpoch).Ticks * 100, served.StartNs);
        Assert.Equal(root.Duration.Ticks * 100, served.DurationNs);
        Assert.Equal(("shop", "eu", "1.0", "i-1", source.Name, "2.0"),
            (served.Origin.Service, served.Origin.ServiceNamespace, served.Origin.ServiceVersion, served.Origin.ServiceInstance, served.Origin.ScopeName, served.Origin.ScopeVersion));
        Assert.Equal(
            """{"http.response.status_code":500,"slow":true,"ratio":0.5,"ids":[1,2]}""", System.Text.Encoding.UTF8.GetString(served.Attributes.Span));
        var thrown = Assert.Single(SpanEvent.Read(served.Events.Span));
        Assert.Equal("exception", thrown.Name);
        Assert.True(AttributeJson.TryFind(thrown.Attributes.Span, "exception.message"u8, out var message));
        Assert.Equal("no cart", message.Text);
        Assert.Equal(served.SpanId, Assert.Single(SpanLink.Read(asked.Links.Span)).SpanId);

        var record = Assert.Single(host.Events.Logs);
        Assert.Equal((asked.TraceId, asked.SpanId, 17, "cart 7 broke", "Shop", "shop"), (record.TraceId, record.SpanId, record.Severity, record.Body, record.Origin.ScopeName, record.Origin.Service));
        Assert.True(AttributeJson.TryFind(record.Attributes.Span, "Cart"u8, out var cart));
        Assert.Equal(7, cart.Int);

        Assert.Equal(2, host.Metric("toka_ingest_spans_total", ("protocol", name)));
        Assert.Equal(1, host.Metric("toka_ingest_logs_total", ("protocol", name)));
        Assert.Equal(0, host.Metric("toka_dropped_total"));
    }

    private static void Export(OtlpExporterOptions exporter, OtlpExportProtocol protocol, OtlpHost host, string path)
    {
        exporter.Protocol = protocol;
        exporter.Endpoint = protocol == OtlpExportProtocol.Grpc ? host.Grpc : new Uri(host.Http, path);
    }
}

/// <summary>What the test's app logs.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "cart {Cart} broke")]
    public static partial void Broke(ILogger logger, int cart);
}
