using System.Globalization;
using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Spans;

namespace Toka.Load.Runs;

/// <summary>
/// The spans of the bench: 12 services with eight operations each, traces of eight spans with random ids, eight attributes: a
/// method, a status, a route of 20, a host of 50, a truth, two of ten thousand values and one unique number. Not thread-safe.
/// </summary>
internal sealed class SpanSource
{
    public const int SpansPerTrace = 8;
    public const int Services = 12;

    private static readonly Origin[] Origins = [.. Enumerable.Range(0, Services).Select(static i => new Origin(Encoding.UTF8.GetBytes(
        $$"""{"service.name":"service-{{i}}","service.namespace":"bench","service.version":"1.{{i}}.0","service.instance.id":"627cc493-f310-47de-96bd-71410b7dec{{i:x2}}","host.name":"host-{{i}}","k8s.pod.name":"service-{{i}}-7d9c6b5f4-x2x{{i}}","telemetry.sdk.name":"opentelemetry","telemetry.sdk.language":"dotnet","telemetry.sdk.version":"1.20.1"}"""),
        "Bench.Http", "1.0.0", []))];

    private static readonly byte[][] Operations = [.. Enumerable.Range(0, Services * 8).Select(static i => Encoding.UTF8.GetBytes($"GET /api/v1/resource{i}"))];
    private readonly Random _random;
    private readonly byte[] _json = new byte[1024];
    private long _order;

    public SpanSource(int seed)
    {
        _random = new Random(seed);
        _order = (long)seed << 40;
    }

    /// <summary>Fills a batch with whole traces that begin about now.</summary>
    public void Fill(SpanBatch batch, int traces, long nowNs)
    {
        batch.Clear();
        var services = new int[Services];
        for (var i = 0; i < Services; i++)
        {
            services[i] = batch.AddOrigin(Origins[i]);
        }

        Span<byte> bytes = stackalloc byte[16];
        for (var trace = 0; trace < traces; trace++)
        {
            _random.NextBytes(bytes);
            var id = TraceId.Of(bytes);
            var (parent, start) = (default(SpanId), nowNs - _random.NextInt64(1_000_000_000));
            for (var i = 0; i < SpansPerTrace; i++)
            {
                var span = new SpanId((ulong)_random.NextInt64(1, long.MaxValue));
                Add(batch, id, span, parent, start, services);
                (parent, start) = (span, start + _random.NextInt64(1_000_000));
            }
        }
    }

    private void Add(SpanBatch batch, TraceId trace, SpanId span, SpanId parent, long start, int[] services)
    {
        var service = _random.Next(Services);
        batch.Add(new SpanRow
        {
            TraceId = trace,
            SpanId = span,
            ParentId = parent,
            StartNs = start,
            DurationNs = (long)Math.Exp((_random.NextDouble() * 12) + 8),
            Origin = services[service],
            Kind = (SpanKind)(1 + _random.Next(5)),
            Status = _random.Next(50) == 0 ? SpanStatus.Error : SpanStatus.Unset,
            Flags = 1,
            Name = batch.Bytes.Add(Operations[(service * 8) + _random.Next(8)]),
            Attributes = batch.Bytes.Add(Attributes()),
        });
    }

    private ReadOnlySpan<byte> Attributes()
    {
        System.Text.Unicode.Utf8.TryWrite(_json, CultureInfo.InvariantCulture,
            $$"""{"http.request.method":"{{(_random.Next(2) == 0 ? "GET" : "POST")}}","http.response.status_code":{{(_random.Next(20) == 0 ? 500 : 200)}},"http.route":"/api/v1/resource{{_random.Next(20)}}","server.address":"host-{{_random.Next(50)}}.example.com","user.id":"user-{{_random.Next(10_000)}}","session.id":"{{_random.Next(10_000):x8}}","order.id":{{++_order}},"cache.hit":{{(_random.Next(2) == 0 ? "true" : "false")}}}""",
            out var written);
        return _json.AsSpan(0, written);
    }

    /// <summary>A number that one span alone has.</summary>
    public AttributeValue SomeOrder() => AttributeValue.Of(_order - 1);
}
