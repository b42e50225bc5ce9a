using System.Text;
using Toka.Core.Spans;

namespace Toka.Features.Tests.Tracing;

/// <summary>Makes spans of a trace briefly. Times are ms from a fixed moment.</summary>
internal sealed class TestTrace(ulong id = 1)
{
    public const long BaseNs = 1_700_000_000_000_000_000;

    private readonly List<SpanRecord> _spans = [];

    public TraceId Id { get; } = new(id);

    public IReadOnlyList<SpanRecord> Spans => _spans;

    public static Origin OriginOf(string service, string instance = "") => new(
        Encoding.UTF8.GetBytes(instance.Length == 0 ? $$"""{"service.name":"{{service}}"}""" : $$"""{"service.name":"{{service}}","service.instance.id":"{{instance}}"}"""), "", "", []);

    public static SpanRecord Span(
        ulong trace, ulong id, ulong parent, double startMs, double durationMs, string service = "shop", string name = "op", SpanKind kind = SpanKind.Internal,
        SpanStatus status = SpanStatus.Unset, string attributes = "", string traceState = "", string links = "", string instance = "") => new()
        {
            TraceId = new TraceId(trace),
            SpanId = new SpanId(id),
            ParentId = new SpanId(parent),
            StartNs = BaseNs + (long)(startMs * 1e6),
            DurationNs = (long)(durationMs * 1e6),
            Origin = OriginOf(service, instance),
            Name = name,
            Kind = kind,
            Status = status,
            TraceState = traceState,
            Attributes = Encoding.UTF8.GetBytes(attributes),
            Links = Encoding.UTF8.GetBytes(links),
        };

    public TestTrace Add(
        ulong id, ulong parent, double startMs, double durationMs, string service = "shop", string name = "op", SpanKind kind = SpanKind.Internal,
        SpanStatus status = SpanStatus.Unset, string attributes = "", string traceState = "")
    {
        _spans.Add(Span((ulong)Id.Value, id, parent, startMs, durationMs, service, name, kind, status, attributes, traceState));
        return this;
    }

    public static SpanBatch BatchOf(IEnumerable<SpanRecord> spans)
    {
        var batch = new SpanBatch();
        foreach (var span in spans)
        {
            batch.Add(new SpanRow
            {
                TraceId = span.TraceId,
                SpanId = span.SpanId,
                ParentId = span.ParentId,
                StartNs = span.StartNs,
                DurationNs = span.DurationNs,
                Origin = batch.AddOrigin(span.Origin),
                Kind = span.Kind,
                Status = span.Status,
                Flags = span.Flags,
                Dropped = span.Dropped,
                Name = batch.Bytes.Add(Encoding.UTF8.GetBytes(span.Name)),
                StatusMessage = batch.Bytes.Add(Encoding.UTF8.GetBytes(span.StatusMessage)),
                TraceState = batch.Bytes.Add(Encoding.UTF8.GetBytes(span.TraceState)),
                Attributes = batch.Bytes.Add(span.Attributes.Span),
                Events = batch.Bytes.Add(span.Events.Span),
                Links = batch.Bytes.Add(span.Links.Span),
            });
        }

        return batch;
    }
}
