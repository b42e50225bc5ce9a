using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Attributes;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Logs;

/// <summary>Reads LogRecord messages into rows. Not thread-safe.</summary>
internal sealed class LogReader(EventLimits limits, AttributesWriter attributes)
{
    private const ulong SeverityMax = 24;

    /// <summary>When a record is observed that does not say it, ns since the Unix epoch.</summary>
    public long NowNs { get; set; }

    /// <summary>Adds a record to a batch, if it can be kept.</summary>
    public EventFault Read(ReadOnlySpan<byte> message, int origin, LogBatch batch)
    {
        var fields = default(Fields);
        var row = new LogRow { Origin = origin };
        Find(message, ref fields, ref row);
        if (fields.Time > long.MaxValue || fields.Observed > long.MaxValue)
        {
            return EventFault.TimeRange;
        }

        row.ObservedNs = (long)fields.Observed;
        if (fields.Time == 0 && fields.Observed == 0)
        {
            row.ObservedNs = NowNs; // A receiver is to say when it observed a record that says nothing of it.
        }

        row.TimeNs = fields.Time != 0 ? (long)fields.Time : row.ObservedNs;
        row.TraceId = fields.TraceId.Length == TraceId.Size ? TraceId.Of(fields.TraceId) : default;
        row.SpanId = fields.SpanId.Length == SpanId.Size ? SpanId.Of(fields.SpanId) : default;

        var bytes = batch.Bytes;
        var dropped = row.Dropped;
        if (fields.TraceId.Length is not (0 or TraceId.Size))
        {
            attributes.Tally.Leave(EventFault.BadTraceId, ref dropped); // The record says enough without.
        }

        if (fields.SpanId.Length is not (0 or SpanId.Size))
        {
            attributes.Tally.Leave(EventFault.BadSpanId, ref dropped);
        }

        var fault = WriteBody(fields.Body, bytes, ref row, ref dropped);
        if (fault != EventFault.None)
        {
            return fault;
        }

        row.SeverityText = fields.SeverityText.IsEmpty ? default : attributes.Tally.Name(fields.SeverityText, bytes);
        row.EventName = fields.EventName.IsEmpty ? default : attributes.Tally.Name(fields.EventName, bytes);
        row.Attributes = fields.Attributes.Count == 0 ? default
            : attributes.Write(message, OtlpTags.LogAttributes, fields.Attributes, bytes, ref dropped);
        row.Dropped = dropped;
        batch.Add(row);
        return EventFault.None;
    }

    private static void Find(ReadOnlySpan<byte> message, ref Fields fields, ref LogRow row)
    {
        var reader = new ProtobufReader(message);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            switch (reader.Tag)
            {
                case OtlpTags.LogAttributes:
                    fields.Attributes.Add(at);
                    reader.Skip();
                    break;
                case OtlpTags.LogTime:
                    fields.Time = reader.Fixed64();
                    break;
                case OtlpTags.LogObserved:
                    fields.Observed = reader.Fixed64();
                    break;
                case OtlpTags.LogSeverity:
                    var severity = reader.Varint();
                    row.Severity = severity <= SeverityMax ? (byte)severity : (byte)0;
                    break;
                case OtlpTags.LogSeverityText:
                    fields.SeverityText = reader.Bytes();
                    break;
                case OtlpTags.LogBody:
                    fields.Body = reader.Bytes();
                    break;
                case OtlpTags.LogTraceId:
                    fields.TraceId = reader.Bytes();
                    break;
                case OtlpTags.LogSpanId:
                    fields.SpanId = reader.Bytes();
                    break;
                case OtlpTags.LogEventName:
                    fields.EventName = reader.Bytes();
                    break;
                case OtlpTags.LogFlags:
                    row.Flags = reader.Fixed32();
                    break;
                case OtlpTags.LogDropped:
                    row.Dropped = (uint)Math.Min(uint.MaxValue, reader.Varint());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Text as it is, anything else as JSON; nothing stays nothing.</summary>
    private EventFault WriteBody(ReadOnlySpan<byte> body, EventBytes bytes, ref LogRow row, ref uint dropped)
    {
        AnyValueWriter.Find(body, out var tag, out var number, out var inner);
        var fault = EventFault.None;
        switch (tag)
        {
            case 0:
                return EventFault.None;
            case OtlpTags.AnyString:
                fault = bytes.AddText(inner, limits.BodyBytesMax, out var text);
                row.Body = text;
                break;
            default:
                var start = bytes.Length;
                if (!attributes.Values.TryWrite(tag, number, inner, bytes, limits.BodyBytesMax, ref fault))
                {
                    return fault;
                }

                row.Body = bytes.From(start);
                break;
        }

        attributes.Tally.ChangedValue(fault, ref dropped);
        return EventFault.None;
    }

    /// <summary>What a first pass over the message finds.</summary>
    private ref struct Fields
    {
        public ReadOnlySpan<byte> TraceId;
        public ReadOnlySpan<byte> SpanId;
        public ReadOnlySpan<byte> Body;
        public ReadOnlySpan<byte> SeverityText;
        public ReadOnlySpan<byte> EventName;
        public ulong Time;
        public ulong Observed;
        public FieldRun Attributes;
    }
}
