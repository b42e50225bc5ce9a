using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Json;

namespace Toka.Protocols.Otlp.Traces;

/// <summary>
/// Decodes OTLP's ExportTraceServiceRequest straight into rows of a batch. Protobuf is walked in place: no object per message, and
/// no garbage per span once the buffers have grown. Reused from request to request; not thread-safe.
/// </summary>
/// <remarks>Source: opentelemetry-proto 1.x. What is kept and what is refused is written in docs/reference/otlp-traces-logs.md.</remarks>
public sealed class OtlpTracesDecoder : OtlpEventsDecoder
{
    private readonly SpanReader _spans;
    private SpanBatch _batch = null!;

    /// <summary>Makes a decoder.</summary>
    /// <param name="limits">The limits of a request.</param>
    public OtlpTracesDecoder(EventLimits limits)
        : base(limits, EventSignal.Spans, OtlpJsonSchema.Traces) => _spans = new SpanReader(limits, Attributes);

    private protected override EventBytes Bytes => _batch.Bytes;

    /// <summary>Decodes a protobuf request.</summary>
    /// <param name="body">The whole message.</param>
    /// <param name="batch">Gets the spans; what is in it already stays.</param>
    /// <returns>How many spans were taken, and why others were not.</returns>
    /// <exception cref="BadInputException">The message is malformed; clear the batch.</exception>
    public EventDecodeResult DecodeProtobuf(ReadOnlySpan<byte> body, SpanBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        return Decode(body);
    }

    /// <summary>Decodes a request in OTLP's JSON. A span with a field of another type than it must have is refused alone.</summary>
    /// <inheritdoc cref="DecodeProtobuf" path="/param|/returns|/exception"/>
    public EventDecodeResult DecodeJson(ReadOnlySpan<byte> body, SpanBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        return DecodeFromJson(body);
    }

    private protected override int AddOrigin(Origin origin) => _batch.AddOrigin(origin);

    private protected override EventFault Add(ReadOnlySpan<byte> message, int origin) => _spans.Read(message, origin, _batch);
}
