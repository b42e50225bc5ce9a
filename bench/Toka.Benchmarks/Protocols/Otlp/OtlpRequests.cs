using System.Globalization;
using Google.Protobuf;
using Toka.Benchmarks.Protocols.Otlp.Wire;

namespace Toka.Benchmarks.Protocols.Otlp;

/// <summary>Requests as a web service's SDK sends them, one kind of point each: ten metrics of a hundred series, four attributes a series.</summary>
internal static class OtlpRequests
{
    public const int Points = Metrics * Series;

    private const int Metrics = 10;
    private const int Series = 100;
    private const ulong TimeNs = 1_760_000_000_000_000_000;
    private const ulong StartNs = TimeNs - 3_600_000_000_000;

    // The bounds that the semantic conventions recommend for the durations of HTTP requests.
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    public static readonly (string Kind, Func<byte[]> Make)[] All =
    [
        ("gauge", static () => Make(static (metric, number) => (metric.Gauge ??= new Gauge()).DataPoints.Add(Number(number)))),
        ("sum", static () => Make(static (metric, number) =>
        {
            metric.Sum ??= new Sum { AggregationTemporality = 2, IsMonotonic = true };
            metric.Sum.DataPoints.Add(Number(number));
        })),
        ("histogram", static () => Make(static (metric, number) =>
        {
            metric.Histogram ??= new Histogram { AggregationTemporality = 2 };
            metric.Histogram.DataPoints.Add(HistogramOf(number));
        })),
        ("exponential", static () => Make(static (metric, number) =>
        {
            metric.ExponentialHistogram ??= new ExponentialHistogram { AggregationTemporality = 2 };
            metric.ExponentialHistogram.DataPoints.Add(Exponential(number));
        })),
        ("summary", static () => Make(static (metric, number) => (metric.Summary ??= new Summary()).DataPoints.Add(SummaryOf(number)))),
    ];

    private static byte[] Make(Action<Metric, int> add)
    {
        var scope = new ScopeMetrics { Scope = new Scope { Name = "Microsoft.AspNetCore.Hosting", Version = "10.0" } };
        for (var at = 0; at < Metrics; at++)
        {
            var metric = new Metric { Name = string.Create(CultureInfo.InvariantCulture, $"http.server.request.part{at}"), Unit = "s", Description = "How long a part of the requests took." };
            for (var series = 0; series < Series; series++)
            {
                add(metric, (at * Series) + series);
            }

            scope.Metrics.Add(metric);
        }

        var resource = new Resource();
        resource.Attributes.Add([Text("service.name", "shop"), Text("service.namespace", "eu"), Text("service.instance.id", "shop-7c9f-2"), Text("host.name", "web-1"), Text("telemetry.sdk.language", "dotnet")]);
        return new ExportRequest { ResourceMetrics = { new ResourceMetrics { Resource = resource, ScopeMetrics = { scope } } } }.ToByteArray();
    }

    private static NumberPoint Number(int number)
    {
        var point = new NumberPoint { StartTimeUnixNano = StartNs, TimeUnixNano = TimeNs, AsDouble = number * 1.25 };
        point.Attributes.Add(Attributes(number));
        return point;
    }

    private static HistogramPoint HistogramOf(int number)
    {
        var counts = Enumerable.Range(0, Bounds.Length + 1).Select(i => (ulong)(number + i)).ToArray();
        var point = new HistogramPoint { StartTimeUnixNano = StartNs, TimeUnixNano = TimeNs, Count = counts.Aggregate((a, b) => a + b), Sum = number * 3.5, Min = 0.001, Max = 12 };
        point.BucketCounts.Add(counts);
        point.ExplicitBounds.Add(Bounds);
        point.Attributes.Add(Attributes(number));
        return point;
    }

    private static ExponentialPoint Exponential(int number)
    {
        var counts = Enumerable.Range(0, 60).Select(i => (ulong)(number + i)).ToArray();
        var point = new ExponentialPoint
        {
            StartTimeUnixNano = StartNs,
            TimeUnixNano = TimeNs,
            Count = counts.Aggregate((a, b) => a + b) + 2,
            Sum = number * 3.5,
            Scale = 3,
            ZeroCount = 2,
            Positive = new Buckets { Offset = -30 },
            Min = 0.001,
            Max = 12,
        };
        point.Positive.BucketCounts.Add(counts);
        point.Attributes.Add(Attributes(number));
        return point;
    }

    private static SummaryPoint SummaryOf(int number)
    {
        var point = new SummaryPoint { StartTimeUnixNano = StartNs, TimeUnixNano = TimeNs, Count = (ulong)number, Sum = number * 3.5 };
        foreach (var quantile in (ReadOnlySpan<double>)[0, 0.5, 0.9, 0.99, 1])
        {
            point.QuantileValues.Add(new Quantile { Quantile_ = quantile, Value = number * quantile });
        }

        point.Attributes.Add(Attributes(number));
        return point;
    }

    private static KeyValue[] Attributes(int number) =>
    [
        Text("http.request.method", number % 2 == 0 ? "GET" : "POST"),
        new KeyValue { Key = "http.response.status_code", Value = new AnyValue { IntValue = 200 + (number % 5) } },
        Text("http.route", string.Create(CultureInfo.InvariantCulture, $"/api/orders/{{id}}/items/{number % Series}")),
        Text("url.scheme", "https"),
    ];

    private static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };
}
