using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Attributes;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Traces;

/// <summary>Reads Span messages into rows. Not thread-safe.</summary>
internal sealed class SpanReader(EventLimits limits, AttributesWriter attributes)
{
    private readonly SpanPartsWriter _parts = new(limits, attributes);

    /// <summary>Adds a span to a batch, if it can be kept.</summary>
    public EventFault Read(ReadOnlySpan<byte> message, int origin, SpanBatch batch)
    {
        var fields = default(Fields);
        var row = new SpanRow { Origin = origin };
        Find(message, ref fields, ref row);
        var fault = Judge(fields, ref row);
        if (fault != EventFault.None)
        {
            return fault;
        }

        var bytes = batch.Bytes;
        var dropped = row.Dropped;
        row.Name = attributes.Tally.Name(fields.Name, bytes);
        row.TraceState = fields.TraceState.IsEmpty ? default : attributes.Tally.Name(fields.TraceState, bytes);
        ReadStatus(fields.Status, bytes, ref row);
        row.Attributes = fields.Attributes.Count == 0 ? default
            : attributes.Write(message, OtlpTags.SpanAttributes, fields.Attributes, bytes, ref dropped);
        row.Events = fields.Events.Count == 0 ? default : _parts.WriteEvents(message, fields.Events, bytes, ref dropped);
        row.Links = fields.Links.Count == 0 ? default : _parts.WriteLinks(message, fields.Links, bytes, ref dropped);
        row.Dropped = dropped;
        batch.Add(row);
        return EventFault.None;
    }

    private static void Find(ReadOnlySpan<byte> message, ref Fields fields, ref SpanRow row)
    {
        var reader = new ProtobufReader(message);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            switch (reader.Tag)
            {
                case OtlpTags.SpanAttributes:
                    fields.Attributes.Add(at);
                    reader.Skip();
                    break;
                case OtlpTags.SpanTraceId:
                    fields.TraceId = reader.Bytes();
                    break;
                case OtlpTags.SpanSpanId:
                    fields.SpanId = reader.Bytes();
                    break;
                case OtlpTags.SpanParentId:
                    fields.ParentId = reader.Bytes();
                    break;
                case OtlpTags.SpanName:
                    fields.Name = reader.Bytes();
                    break;
                case OtlpTags.SpanKind:
                    var kind = reader.Varint();
                    row.Kind = kind <= (ulong)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified;
                    break;
                case OtlpTags.SpanStart:
                    fields.Start = reader.Fixed64();
                    break;
                case OtlpTags.SpanEnd:
                    fields.End = reader.Fixed64();
                    break;
                case OtlpTags.SpanEvents:
                    fields.Events.Add(at);
                    reader.Skip();
                    break;
                case OtlpTags.SpanLinks:
                    fields.Links.Add(at);
                    reader.Skip();
                    break;
                case OtlpTags.SpanStatus:
                    fields.Status = reader.Bytes();
                    break;
                case OtlpTags.SpanTraceState:
                    fields.TraceState = reader.Bytes();
                    break;
                case OtlpTags.SpanFlags:
                    row.Flags = reader.Fixed32();
                    break;
                case OtlpTags.SpanDroppedAttributes or OtlpTags.SpanDroppedEvents or OtlpTags.SpanDroppedLinks:
                    row.Dropped = (uint)Math.Min(uint.MaxValue, row.Dropped + Math.Min(uint.MaxValue, reader.Varint()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Whether the span can be kept, and its ids and times.</summary>
    private EventFault Judge(in Fields fields, ref SpanRow row)
    {
        row.TraceId = fields.TraceId.Length == TraceId.Size ? TraceId.Of(fields.TraceId) : default;
        row.SpanId = fields.SpanId.Length == SpanId.Size ? SpanId.Of(fields.SpanId) : default;
        if (row.TraceId.IsEmpty || row.SpanId.IsEmpty)
        {
            return row.TraceId.IsEmpty ? EventFault.BadTraceId : EventFault.BadSpanId;
        }

        if (fields.ParentId.Length == SpanId.Size)
        {
            row.ParentId = SpanId.Of(fields.ParentId);
        }
        else if (!fields.ParentId.IsEmpty)
        {
            return EventFault.BadParentId; // As a root it would stand for the whole trace.
        }

        if (fields.Start == 0)
        {
            return EventFault.NoTime;
        }

        if (fields.Start > long.MaxValue || fields.End > long.MaxValue)
        {
            return EventFault.TimeRange;
        }

        row.StartNs = (long)fields.Start;
        if (fields.End < fields.Start)
        {
            // A clock that was set back, or an end that is not told: the span is worth more than its duration, which is 0 then.
            attributes.Tally.Changed(EventFault.EndBeforeStart);
        }
        else
        {
            row.DurationNs = (long)(fields.End - fields.Start);
        }

        return EventFault.None;
    }

    private void ReadStatus(ReadOnlySpan<byte> status, EventBytes bytes, ref SpanRow row)
    {
        var reader = new ProtobufReader(status);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.StatusCode:
                    var code = reader.Varint();
                    row.Status = code <= (ulong)SpanStatus.Error ? (SpanStatus)code : SpanStatus.Unset;
                    break;
                case OtlpTags.StatusMessage:
                    row.StatusMessage = attributes.Tally.Name(reader.Bytes(), bytes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>What a first pass over the message finds.</summary>
    private ref struct Fields
    {
        public ReadOnlySpan<byte> TraceId;
        public ReadOnlySpan<byte> SpanId;
        public ReadOnlySpan<byte> ParentId;
        public ReadOnlySpan<byte> Name;
        public ReadOnlySpan<byte> TraceState;
        public ReadOnlySpan<byte> Status;
        public ulong Start;
        public ulong End;
        public FieldRun Attributes;
        public FieldRun Events;
        public FieldRun Links;
    }
}
