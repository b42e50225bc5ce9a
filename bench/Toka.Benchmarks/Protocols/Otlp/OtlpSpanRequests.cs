using System.Globalization;
using Google.Protobuf;
using Toka.Benchmarks.Protocols.Otlp.Wire;

namespace Toka.Benchmarks.Protocols.Otlp;

/// <summary>
/// Requests of a thousand spans as twelve services' SDKs send them through a collector: random ids, eight attributes a span; and the same
/// with an exception in each.
/// </summary>
internal static class OtlpSpanRequests
{
    public const int Spans = Services * PerService;

    private const int Services = 12;
    private const int PerService = 84;
    private const ulong TimeNs = 1_760_000_000_000_000_000;

    public static readonly (string Kind, Func<byte[]> Make)[] All =
    [
        ("spans", static () => Make(static _ => { })),
        ("span-events", static () => Make(static span => span.Events.Add(new SpanEvent
        {
            TimeUnixNano = span.StartTimeUnixNano,
            Name = "exception",
            Attributes = { Text("exception.type", "System.InvalidOperationException"), Text("exception.stacktrace", string.Join('\n', Enumerable.Repeat("   at Shop.Carts.Get(Int64 id) in Carts.cs:line 42", 12))) },
        }))),
    ];

    private static byte[] Make(Action<Span> more)
    {
        var random = new Random(1);
        var request = new TraceRequest();
        for (var service = 0; service < Services; service++)
        {
            var scope = new ScopeSpans { Scope = new Scope { Name = "Microsoft.AspNetCore", Version = "10.0" } };
            for (var number = 0; number < PerService; number++)
            {
                var span = SpanOf(random, number);
                more(span);
                scope.Spans.Add(span);
            }

            var resource = new Resource();
            resource.Attributes.Add([
                Text("service.name", string.Create(CultureInfo.InvariantCulture, $"service-{service}")), Text("service.namespace", "shop"), Text("service.instance.id", "7c9f-2"),
                Text("host.name", "web-1"), Text("telemetry.sdk.language", "dotnet")]);
            request.ResourceSpans.Add(new ResourceSpans { Resource = resource, ScopeSpans = { scope } });
        }

        return request.ToByteArray();
    }

    private static Span SpanOf(Random random, int number)
    {
        var start = TimeNs + (ulong)random.Next(1_000_000_000);
        var span = new Span
        {
            TraceId = Id(random, 16), SpanId = Id(random, 8), ParentSpanId = Id(random, 8), Name = "GET /api/orders/{id}", Kind = 2, StartTimeUnixNano = start,
            EndTimeUnixNano = start + (ulong)random.Next(500_000_000), Flags = 0x101,
        };
        span.Attributes.Add([
            Text("http.request.method", number % 2 == 0 ? "GET" : "POST"),
            new KeyValue { Key = "http.response.status_code", Value = new AnyValue { IntValue = 200 + (number % 5) } },
            Text("http.route", "/api/orders/{id}/items"), Text("url.scheme", "https"), Text("url.path", string.Create(CultureInfo.InvariantCulture, $"/api/orders/{random.Next()}/items")),
            Text("server.address", "shop.example.com"), Text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"), Text("network.protocol.version", "1.1")]);
        return span;
    }

    private static ByteString Id(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };
}
