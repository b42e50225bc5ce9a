using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Json;

namespace Toka.Protocols.Otlp.Logs;

/// <summary>
/// Decodes OTLP's ExportLogsServiceRequest straight into rows of a batch. Protobuf is walked in place: no object per message, and
/// no garbage per record once the buffers have grown. Reused from request to request; not thread-safe.
/// </summary>
/// <remarks>Source: opentelemetry-proto 1.x. What is kept and what is refused is written in docs/reference/otlp-traces-logs.md.</remarks>
public sealed class OtlpLogsDecoder : OtlpEventsDecoder
{
    private readonly TimeProvider _time;
    private readonly LogReader _records;
    private LogBatch _batch = null!;

    /// <summary>Makes a decoder.</summary>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="time">The clock: a record without any time was observed now.</param>
    public OtlpLogsDecoder(EventLimits limits, TimeProvider time)
        : base(limits, EventSignal.Logs, OtlpJsonSchema.Logs)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _records = new LogReader(limits, Attributes);
    }

    private protected override EventBytes Bytes => _batch.Bytes;

    /// <summary>Decodes a protobuf request.</summary>
    /// <param name="body">The whole message.</param>
    /// <param name="batch">Gets the records; what is in it already stays.</param>
    /// <returns>How many records were taken, and why others were not.</returns>
    /// <exception cref="BadInputException">The message is malformed; clear the batch.</exception>
    public EventDecodeResult DecodeProtobuf(ReadOnlySpan<byte> body, LogBatch batch)
    {
        Begin(batch);
        return Decode(body);
    }

    /// <summary>Decodes a request in OTLP's JSON. A record with a field of another type than it must have is refused alone.</summary>
    /// <inheritdoc cref="DecodeProtobuf" path="/param|/returns|/exception"/>
    public EventDecodeResult DecodeJson(ReadOnlySpan<byte> body, LogBatch batch)
    {
        Begin(batch);
        return DecodeFromJson(body);
    }

    private protected override int AddOrigin(Origin origin) => _batch.AddOrigin(origin);

    private protected override EventFault Add(ReadOnlySpan<byte> message, int origin) => _records.Read(message, origin, _batch);

    private void Begin(LogBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _batch = batch;
        _records.NowNs = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
    }
}
