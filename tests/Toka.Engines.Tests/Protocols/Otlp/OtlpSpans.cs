using System.Globalization;
using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Traces;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>Makes requests of spans, decodes them, and shows spans as text.</summary>
internal sealed class OtlpSpans(EventLimits? limits = null) : IDisposable
{
    public const ulong StartNs = 1_700_000_000_000_000_000;

    public static readonly byte[] TraceIdBytes = Convert.FromHexString("5b8efff798038103d269b633813fc60c");
    public static readonly byte[] SpanIdBytes = Convert.FromHexString("eee19b7ec3c1b174");
    public static readonly byte[] ParentIdBytes = Convert.FromHexString("eee19b7ec3c1b173");

    public SelfMetrics Metrics { get; } = new();

    public OtlpTracesDecoder Decoder { get; } = new(limits ?? new EventLimits());

    public SpanBatch Batch { get; } = new();

    /// <summary>A request of one resource and one scope; the scope behind its spans, which is allowed.</summary>
    public static byte[] Request(params Proto[] spans) => RequestOf(new Proto().Attribute(1, "service.name", "shop"), new Proto().Text(1, "lib").Text(2, "1.0"), spans);

    public static byte[] RequestOf(Proto resource, Proto scope, params Proto[] spans)
    {
        var scoped = new Proto();
        foreach (var span in spans)
        {
            scoped.Message(2, span);
        }

        return new Proto().Message(1, new Proto().Message(2, scoped.Message(1, scope)).Message(1, resource)).ToArray();
    }

    /// <summary>A span that is good.</summary>
    public static Proto Span(string name, ulong startNs = StartNs, ulong endNs = StartNs + 5) =>
        new Proto().Bytes(1, TraceIdBytes).Bytes(2, SpanIdBytes).Text(5, name).Fixed(7, startNs).Fixed(8, endNs);

    public static Proto Attribute(string key, Proto value) => new Proto().Text(1, key).Message(2, value);

    public EventDecodeResult Decode(byte[] request)
    {
        Batch.Clear();
        return Decoder.DecodeProtobuf(request, Batch);
    }

    public EventDecodeResult DecodeJson(string json)
    {
        Batch.Clear();
        return Decoder.DecodeJson(Encoding.UTF8.GetBytes(json), Batch);
    }

    public IReadOnlyList<SpanRecord> Spans() => SpansOf(Batch);

    public static IReadOnlyList<SpanRecord> SpansOf(SpanBatch batch)
    {
        var all = new List<SpanRecord>();
        foreach (ref readonly var row in batch.Rows)
        {
            all.Add(SpanRecord.Of(batch, row));
        }

        return all;
    }

    /// <summary>Everything that a span says, on one line.</summary>
    public static string TextOf(SpanRecord span) => string.Create(CultureInfo.InvariantCulture,
        $"{span.TraceId} {span.SpanId} {span.ParentId} {span.StartNs}+{span.DurationNs} {span.Kind} {span.Status} \"{span.Name}\" \"{span.StatusMessage}\" \"{span.TraceState}\" f{span.Flags} d{span.Dropped} {Text(span.Attributes)} {Text(span.Events)} {Text(span.Links)} of {span.Origin.Service} {Encoding.UTF8.GetString(span.Origin.Resource)} {span.Origin.ScopeName} {span.Origin.ScopeVersion} {Encoding.UTF8.GetString(span.Origin.Scope)}");

    public static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    public double Dropped(string signal, string reason)
    {
        Decoder.CountRefusals(new IngestTally(Metrics, "otlp_http"));
        return Metrics.Read()
            .Where(m => m.Labels["__name__"] == "toka_dropped_total" && m.Labels["signal"] == signal && m.Labels["reason"] == reason).Sum(m => m.Value);
    }

    public void Dispose() => Decoder.Dispose();

    /// <summary>Reads all of a span's JSON, as whoever shows it does.</summary>
    public static void AssertReadable(SpanRecord span)
    {
        AssertAttributes(span.Attributes.Span);
        AssertAttributes(span.Origin.Resource);
        AssertAttributes(span.Origin.Scope);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            AssertAttributes(one.Attributes.Span);
        }

        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            Assert.False(link.TraceId.IsEmpty || link.SpanId.IsEmpty);
            AssertAttributes(link.Attributes.Span);
        }
    }

    public static void AssertAttributes(ReadOnlySpan<byte> json)
    {
        foreach (var (key, value) in AttributeJson.Read(json))
        {
            Assert.NotEmpty(key);
            if (value.Kind == AttributeKind.Json)
            {
                System.Text.Json.JsonDocument.Parse(value.Text).Dispose();
            }
        }
    }
}
