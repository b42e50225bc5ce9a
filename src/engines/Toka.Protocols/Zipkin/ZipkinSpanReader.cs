using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json;
using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Protocols.Events;

namespace Toka.Protocols.Zipkin;

/// <summary>Reads single spans. Not thread-safe.</summary>
internal sealed class ZipkinSpanReader(EventLimits limits, EventTally tally)
{
    private const ulong NsPerMicrosecond = 1000;

    private readonly ZipkinText _text = new();
    private readonly ZipkinTagWriter _tags = new(limits, tally);
    private readonly ZipkinOrigins _origins = new(limits);
    private readonly Dictionary<Origin, int> _numbers = [];
    private readonly Dictionary<(TraceId Trace, SpanId Span, int Origin), SpanId> _shared = [];
    private SpanBatch _batch = null!;

    /// <summary>The service of the last span, as far as it was read.</summary>
    public string Service { get; private set; } = "";

    /// <summary>Begins a request.</summary>
    public void Begin(SpanBatch batch)
    {
        _batch = batch;
        _numbers.Clear();
        _shared.Clear();
    }

    /// <summary>Reads a span, if it can be kept.</summary>
    /// <exception cref="BadInputException">A field is of a wrong type.</exception>
    public EventFault Read(ReadOnlySpan<byte> json, ref SpanRow row)
    {
        Service = "";
        var fields = default(Fields);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw ZipkinText.Wrong("a span", "an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadField(ref reader, json, ref fields, ref row);
        }

        Span<byte> room = stackalloc byte[ZipkinOrigins.NameBytesMax];
        var local = ZipkinEndpoint.Read(fields.Local, _text, room);
        var origin = _origins.Find(local.Service);
        Service = origin.Service;
        var fault = Judge(ref fields, ref row);
        if (fault != EventFault.None)
        {
            return fault;
        }

        if (!_numbers.TryGetValue(origin, out var number))
        {
            if (_numbers.Count >= limits.OriginsPerRequestMax)
            {
                return EventFault.OriginsLimit;
            }

            number = _batch.AddOrigin(origin);
            _numbers.Add(origin, number);
        }

        row.Origin = number;
        Share(fields, ref row);
        _tags.Write(fields.Tags, fields.Remote, local, _batch.Bytes, ref row);
        _tags.WriteEvents(fields.Annotations, _batch.Bytes, ref row);
        return EventFault.None;
    }

    /// <summary>A span whose parent is the half of a shared span that its own service reported.</summary>
    public SpanRow Joined(SpanRow row)
    {
        if (_shared.Count > 0 && _shared.TryGetValue((row.TraceId, row.ParentId, row.Origin), out var half) && half != row.SpanId)
        {
            row.ParentId = half;
        }

        return row;
    }

    private void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref Fields fields, ref SpanRow row)
    {
        if (reader.ValueTextEquals("traceId"u8))
        {
            reader.Read();
            fields.TraceFault = !_text.TryHex(ref reader, out var id, "traceId");
            row.TraceId = new TraceId(id);
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            row.SpanId = SpanIdOf(ref reader, "id", ref fields.SpanFault);
        }
        else if (reader.ValueTextEquals("parentId"u8))
        {
            reader.Read();
            row.ParentId = reader.TokenType == JsonTokenType.Null ? default : SpanIdOf(ref reader, "parentId", ref fields.ParentFault);
        }
        else if (reader.ValueTextEquals("name"u8))
        {
            reader.Read();
            row.Name = tally.Name(_text.Optional(reader, "name"), _batch.Bytes);
        }
        else if (reader.ValueTextEquals("kind"u8))
        {
            reader.Read();
            fields.Kind = KindOf(_text.Optional(reader, "kind"));
        }
        else if (reader.ValueTextEquals("timestamp"u8))
        {
            reader.Read();
            fields.Timestamp = ZipkinText.Microseconds(reader, "timestamp");
        }
        else if (reader.ValueTextEquals("duration"u8))
        {
            reader.Read();
            fields.Duration = ZipkinText.Microseconds(reader, "duration");
        }
        else if (reader.ValueTextEquals("shared"u8))
        {
            reader.Read();
            fields.IsShared = reader.TokenType == JsonTokenType.True;
        }
        else
        {
            ReadPart(ref reader, json, ref fields);
        }
    }

    private static void ReadPart(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref Fields fields)
    {
        if (reader.ValueTextEquals("tags"u8))
        {
            fields.Tags = Part(ref reader, json, JsonTokenType.StartObject, "tags");
        }
        else if (reader.ValueTextEquals("annotations"u8))
        {
            fields.Annotations = Part(ref reader, json, JsonTokenType.StartArray, "annotations");
        }
        else if (reader.ValueTextEquals("localEndpoint"u8))
        {
            fields.Local = Part(ref reader, json, JsonTokenType.StartObject, "localEndpoint");
        }
        else if (reader.ValueTextEquals("remoteEndpoint"u8))
        {
            fields.Remote = Part(ref reader, json, JsonTokenType.StartObject, "remoteEndpoint");
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private static ReadOnlySpan<byte> Part(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, JsonTokenType expected, string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return default;
        }

        if (reader.TokenType != expected)
        {
            throw ZipkinText.Wrong(name, expected == JsonTokenType.StartArray ? "a list" : "an object");
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    private SpanId SpanIdOf(ref Utf8JsonReader reader, string field, ref bool fault)
    {
        fault = !_text.TryHex(ref reader, out var id, field) || id > ulong.MaxValue;
        return new SpanId(fault ? 0 : (ulong)id);
    }

    private static SpanKind KindOf(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("CLIENT"u8) ? SpanKind.Client
        : kind.SequenceEqual("SERVER"u8) ? SpanKind.Server
        : kind.SequenceEqual("PRODUCER"u8) ? SpanKind.Producer
        : kind.SequenceEqual("CONSUMER"u8) ? SpanKind.Consumer
        : SpanKind.Internal; // Zipkin has no word for it: OpenTelemetry's exporters leave the kind out.

    /// <summary>Whether the span can be kept, and its times.</summary>
    private static EventFault Judge(ref Fields fields, ref SpanRow row)
    {
        row.Kind = fields.Kind == SpanKind.Unspecified ? SpanKind.Internal : fields.Kind;
        if (fields.TraceFault || row.TraceId.IsEmpty)
        {
            return EventFault.BadTraceId;
        }

        if (fields.SpanFault || row.SpanId.IsEmpty)
        {
            return EventFault.BadSpanId;
        }

        if (fields.ParentFault)
        {
            return EventFault.BadParentId;
        }

        var start = fields.Timestamp != 0 ? fields.Timestamp : ZipkinTagWriter.FirstTime(fields.Annotations);
        if (start == 0)
        {
            return EventFault.NoTime;
        }

        if (start > long.MaxValue / NsPerMicrosecond || fields.Duration > (long.MaxValue / NsPerMicrosecond) - start)
        {
            return EventFault.TimeRange;
        }

        row.StartNs = (long)(start * NsPerMicrosecond);
        row.DurationNs = (long)(fields.Duration * NsPerMicrosecond);
        return EventFault.None;
    }

    /// <summary>
    /// Client and server of a call may report one id. The server's half gets an id of its own, the same each time, and the client's
    /// for a parent: in a trace an id is one span.
    /// </summary>
    private void Share(in Fields fields, ref SpanRow row)
    {
        if (!fields.IsShared || row.Kind != SpanKind.Server)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[TraceId.Size + SpanId.Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, row.TraceId.Value);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[TraceId.Size..], row.SpanId.Value);
        var half = new SpanId(Math.Max(1, XxHash3.HashToUInt64(bytes)));
        _shared[(row.TraceId, row.SpanId, row.Origin)] = half;
        row.ParentId = row.SpanId;
        row.SpanId = half;
    }

    /// <summary>What a first pass over the span finds. Times in µs.</summary>
    private ref struct Fields
    {
        public ReadOnlySpan<byte> Tags;
        public ReadOnlySpan<byte> Annotations;
        public ReadOnlySpan<byte> Local;
        public ReadOnlySpan<byte> Remote;
        public ulong Timestamp;
        public ulong Duration;
        public SpanKind Kind;
        public bool IsShared;
        public bool TraceFault;
        public bool SpanFault;
        public bool ParentFault;
    }
}
