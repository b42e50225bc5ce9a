using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Attributes;
using Toka.Protocols.Otlp.Json;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp;

/// <summary>
/// What the decoders of OTLP's traces and logs have in common: both are lists of resources, of scopes, and of spans or records.
/// Reused from request to request; not thread-safe.
/// </summary>
public abstract class OtlpEventsDecoder : IDisposable
{
    private readonly EventLimits _limits;
    private readonly EventTally _tally;
    private readonly OriginCache _origins;
    private readonly OtlpJsonTranscoder _json;
    private long _accepted;
    private long _seen;
    private long _scopes;
    private long _originBytes;

    private protected OtlpEventsDecoder(EventLimits limits, EventSignal signal, JsonMessage schema)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _tally = new EventTally(limits, signal);
        Attributes = new AttributesWriter(limits, _tally);
        _origins = new OriginCache(Attributes);
        _json = new OtlpJsonTranscoder(schema, limits.MalformedMax);
    }

    /// <summary>Writes attributes.</summary>
    private protected AttributesWriter Attributes { get; }

    /// <summary>
    /// Adds what the last request refused, and what it left out, to a protocol's tally. To be called once the request is answered,
    /// not when it will be sent again.
    /// </summary>
    /// <param name="tally">The protocol that the request came by.</param>
    public void CountRefusals(IngestTally tally)
    {
        ArgumentNullException.ThrowIfNull(tally);
        _tally.Publish(tally);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The bytes of the batch that is filled.</summary>
    private protected abstract EventBytes Bytes { get; }

    /// <summary>Adds an origin to the batch.</summary>
    private protected abstract int AddOrigin(Origin origin);

    /// <summary>Adds a span or a record to the batch, if it can be kept; nothing but bytes otherwise.</summary>
    private protected abstract EventFault Add(ReadOnlySpan<byte> message, int origin);

    private protected EventDecodeResult Decode(ReadOnlySpan<byte> body)
    {
        _tally.Clear();
        return Read(body);
    }

    private protected EventDecodeResult DecodeFromJson(ReadOnlySpan<byte> body)
    {
        _tally.Clear();
        var protobuf = _json.ToProtobuf(body);
        if (_json.Malformed > 0)
        {
            _tally.MalformedMessage = _json.MalformedMessage;
            _tally.Refuse(EventFault.Malformed, "", _json.Malformed);
        }

        var result = Read(protobuf);
        _json.Trim();
        return result;
    }

    private EventDecodeResult Read(ReadOnlySpan<byte> body)
    {
        _accepted = _seen = _scopes = _originBytes = 0;
        var reader = new ProtobufReader(body);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.RequestResources)
            {
                ReadResource(reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }

        return new EventDecodeResult(_accepted, _tally.Total, _tally.Reasons());
    }

    private void ReadResource(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> resource = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.ResourceItselfResource)
            {
                resource = reader.Bytes();
            }
            else
            {
                reader.Skip();
            }
        }

        reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.ResourceScopes)
            {
                ReadScope(reader.Bytes(), resource);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadScope(ReadOnlySpan<byte> message, ReadOnlySpan<byte> resource)
    {
        ReadOnlySpan<byte> scope = default;
        var count = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == OtlpTags.ScopeItselfScope)
            {
                scope = reader.Bytes();
            }
            else
            {
                count += reader.Tag == OtlpTags.ScopeItems ? 1 : 0;
                reader.Skip();
            }
        }

        if (count == 0)
        {
            return;
        }

        // A resource is kept with each of its scopes: a large one with many scopes would be many times the body.
        if (++_scopes > _limits.OriginsPerRequestMax || _originBytes + resource.Length + scope.Length > _limits.OriginBytesPerRequestMax)
        {
            _seen += count;
            _tally.Refuse(EventFault.OriginsLimit, "", count);
            return;
        }

        var origin = _origins.Find(resource, scope);
        _originBytes += origin.Resource.Length + origin.Scope.Length;
        ReadItems(message, origin);
    }

    private void ReadItems(ReadOnlySpan<byte> message, Origin origin)
    {
        var number = AddOrigin(origin);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag != OtlpTags.ScopeItems)
            {
                reader.Skip();
                continue;
            }

            var start = Bytes.Length;
            var fault = AddOne(reader.Bytes(), number, start);
            if (fault == EventFault.None)
            {
                _accepted++;
                continue;
            }

            Bytes.Truncate(start);
            _tally.Refuse(fault, origin.Service);
        }
    }

    private EventFault AddOne(ReadOnlySpan<byte> message, int origin, int start)
    {
        if (++_seen > _limits.PerRequestMax)
        {
            return EventFault.CountLimit;
        }

        if (start > _limits.TextBytesPerRequestMax)
        {
            return EventFault.TextBytesLimit;
        }

        try
        {
            return Add(message, origin);
        }
        catch (BadInputException e) when (_tally.RefusedFor(EventFault.Malformed) < _limits.MalformedMax)
        {
            _tally.MalformedMessage ??= e.Message;
            return EventFault.Malformed;
        }
    }
}
