using System.Text.Json;
using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;

namespace Toka.Protocols.Zipkin;

/// <summary>
/// Decodes Zipkin's JSON of version 2, a list of spans, into rows of a batch. A span that cannot be kept is refused alone. Reused
/// from request to request; not thread-safe.
/// </summary>
/// <remarks>
/// Source: Zipkin API v2; the mapping of OpenTelemetry's specification, "SDK exporters, Zipkin", read backwards. What becomes of
/// each field is written in docs/reference/zipkin.md.
/// </remarks>
public sealed class ZipkinDecoder
{
    /// <summary>How deep JSON may nest. An endpoint stands at 3; the rest is for fields that are not known.</summary>
    private const int DepthMax = 32;

    private readonly EventLimits _limits;
    private readonly EventTally _tally;
    private readonly ZipkinSpanReader _spans;
    private readonly List<SpanRow> _rows = [];

    /// <summary>Makes a decoder.</summary>
    /// <param name="limits">The limits of a request.</param>
    public ZipkinDecoder(EventLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _tally = new EventTally(limits, EventSignal.Spans);
        _spans = new ZipkinSpanReader(limits, _tally);
    }

    /// <summary>Decodes a request.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="batch">Gets the spans; what is in it already stays.</param>
    /// <returns>How many spans were taken, and why others were not.</returns>
    /// <exception cref="BadInputException">It is no JSON list, or too many of its spans are malformed; clear the batch.</exception>
    public EventDecodeResult Decode(ReadOnlySpan<byte> body, SpanBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _tally.Clear();
        _rows.Clear();
        _rows.Capacity = Math.Min(_rows.Capacity, 16_384);
        _spans.Begin(batch);
        try
        {
            ReadList(body, batch);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"the Zipkin request is not valid JSON: {e.Message}");
        }

        foreach (var row in _rows)
        {
            batch.Add(_spans.Joined(row));
        }

        return new EventDecodeResult(_rows.Count, _tally.Total, _tally.Reasons());
    }

    /// <summary>Adds what the last request refused, and what it left out, to a tally; once the request is answered.</summary>
    /// <param name="tally">Where to.</param>
    public void CountRefusals(IngestTally tally)
    {
        ArgumentNullException.ThrowIfNull(tally);
        _tally.Publish(tally);
    }

    private void ReadList(ReadOnlySpan<byte> body, SpanBatch batch)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DepthMax });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new BadInputException("a Zipkin request must be a JSON list of spans of version 2");
        }

        for (var seen = 1; reader.Read() && reader.TokenType != JsonTokenType.EndArray; seen++)
        {
            var from = (int)reader.TokenStartIndex;
            reader.Skip();
            var start = batch.Bytes.Length;
            var row = default(SpanRow);
            var fault = seen > _limits.PerRequestMax ? EventFault.CountLimit
                : start > _limits.TextBytesPerRequestMax ? EventFault.TextBytesLimit
                : ReadOne(body[from..(int)reader.BytesConsumed], from, ref row);
            if (fault == EventFault.None)
            {
                _rows.Add(row);
            }
            else
            {
                batch.Bytes.Truncate(start);
                _tally.Refuse(fault, _spans.Service);
            }
        }

        reader.Read(); // Throws where something follows.
    }

    private EventFault ReadOne(ReadOnlySpan<byte> json, int at, ref SpanRow row)
    {
        var isTolerated = _tally.RefusedFor(EventFault.Malformed) < _limits.MalformedMax;
        try
        {
            return _spans.Read(json, ref row);
        }
        catch (BadInputException e) when (isTolerated)
        {
            _tally.MalformedMessage ??= $"{e.Message}, in the span at byte {at}";
            return EventFault.Malformed;
        }
        catch (InvalidOperationException)
        {
            const string Message = "a Zipkin span has a string that is not valid Unicode";
            _tally.MalformedMessage ??= $"{Message}, in the span at byte {at}";
            return isTolerated ? EventFault.Malformed : throw new BadInputException(Message);
        }
    }
}
