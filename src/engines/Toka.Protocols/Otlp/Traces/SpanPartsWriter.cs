using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Attributes;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Traces;

/// <summary>A span's events and links as <see cref="SpanEvent"/> and <see cref="SpanLink"/> say. Not thread-safe.</summary>
internal sealed class SpanPartsWriter(EventLimits limits, AttributesWriter attributes)
{
    /// <summary>Appends the events of a span.</summary>
    /// <param name="message">The span.</param>
    /// <param name="run">Where its events stand.</param>
    /// <param name="to">Where to.</param>
    /// <param name="dropped">Grows by what was left out.</param>
    /// <returns>An array, or nothing where no event was kept.</returns>
    public TextSlice WriteEvents(ReadOnlySpan<byte> message, in FieldRun run, EventBytes to, ref uint dropped) =>
        Write(message, OtlpTags.SpanEvents, run, to, ref dropped);

    /// <summary>Appends the links of a span.</summary>
    /// <inheritdoc cref="WriteEvents" path="/param|/returns"/>
    public TextSlice WriteLinks(ReadOnlySpan<byte> message, in FieldRun run, EventBytes to, ref uint dropped) =>
        Write(message, OtlpTags.SpanLinks, run, to, ref dropped);

    private TextSlice Write(ReadOnlySpan<byte> message, uint tag, in FieldRun run, EventBytes to, ref uint dropped)
    {
        var isEvent = tag == OtlpTags.SpanEvents;
        var start = to.Length;
        var (left, written) = (run.Count, 0);
        var reader = new ProtobufReader(message[run.First..]);
        while (left > 0 && reader.Next())
        {
            if (reader.Tag != tag)
            {
                reader.Skip();
                continue;
            }

            left--;
            var part = reader.Bytes();
            var before = to.Length;
            var fault = written == (isEvent ? limits.EventsMax : limits.LinksMax) ? isEvent ? EventFault.EventsLimit : EventFault.LinksLimit
                : before > limits.TextBytesPerRequestMax ? EventFault.TextBytesLimit
                : isEvent ? WriteEvent(part, to, written == 0) : WriteLink(part, to, written == 0);
            if (fault == EventFault.None)
            {
                written++;
                continue;
            }

            to.Truncate(before);
            attributes.Tally.Leave(fault, ref dropped);
        }

        if (written > 0)
        {
            to.AddByte((byte)']');
        }

        return to.From(start);
    }

    private EventFault WriteEvent(ReadOnlySpan<byte> message, EventBytes to, bool isFirst)
    {
        ulong time = 0, said = 0;
        ReadOnlySpan<byte> name = default;
        var run = default(FieldRun);
        var reader = new ProtobufReader(message);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            switch (reader.Tag)
            {
                case OtlpTags.EventTime:
                    time = reader.Fixed64();
                    break;
                case OtlpTags.EventName:
                    name = reader.Bytes();
                    break;
                case OtlpTags.EventDropped:
                    said = reader.Varint();
                    break;
                default:
                    Note(ref run, reader.Tag, OtlpTags.EventAttributes, at);
                    reader.Skip();
                    break;
            }
        }

        if (time > long.MaxValue)
        {
            return EventFault.TimeRange;
        }

        to.Add(isFirst ? "[{\"t\":"u8 : ",{\"t\":"u8);
        to.AddNumber((long)time);
        to.Add(",\"n\":"u8);
        attributes.Tally.Changed(to.AddString(name, limits.NameBytesMax));
        WriteRest(message, OtlpTags.EventAttributes, run, said, to);
        return EventFault.None;
    }

    private EventFault WriteLink(ReadOnlySpan<byte> message, EventBytes to, bool isFirst)
    {
        ulong said = 0;
        var flags = 0u;
        ReadOnlySpan<byte> traceId = default, spanId = default, state = default;
        var run = default(FieldRun);
        var reader = new ProtobufReader(message);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            switch (reader.Tag)
            {
                case OtlpTags.LinkTraceId:
                    traceId = reader.Bytes();
                    break;
                case OtlpTags.LinkSpanId:
                    spanId = reader.Bytes();
                    break;
                case OtlpTags.LinkTraceState:
                    state = reader.Bytes();
                    break;
                case OtlpTags.LinkDropped:
                    said = reader.Varint();
                    break;
                case OtlpTags.LinkFlags:
                    flags = reader.Fixed32();
                    break;
                default:
                    Note(ref run, reader.Tag, OtlpTags.LinkAttributes, at);
                    reader.Skip();
                    break;
            }
        }

        if (traceId.Length != TraceId.Size || TraceId.Of(traceId).IsEmpty)
        {
            return EventFault.BadTraceId;
        }

        if (spanId.Length != SpanId.Size || SpanId.Of(spanId).IsEmpty)
        {
            return EventFault.BadSpanId;
        }

        to.Add(isFirst ? "[{\"i\":"u8 : ",{\"i\":"u8);
        to.AddHex(TraceId.Of(traceId));
        to.Add(",\"s\":"u8);
        to.AddHex(SpanId.Of(spanId));
        if (!state.IsEmpty)
        {
            to.Add(",\"w\":"u8);
            attributes.Tally.Changed(to.AddString(state, limits.NameBytesMax));
        }

        if (flags != 0)
        {
            to.Add(",\"f\":"u8);
            to.AddNumber(flags);
        }

        WriteRest(message, OtlpTags.LinkAttributes, run, said, to);
        return EventFault.None;
    }

    private static void Note(ref FieldRun run, uint tag, uint expected, int at)
    {
        if (tag == expected)
        {
            run.Add(at);
        }
    }

    /// <summary>Attributes, how many were dropped, and the end of the object.</summary>
    private void WriteRest(ReadOnlySpan<byte> message, uint tag, in FieldRun run, ulong said, EventBytes to)
    {
        var dropped = (uint)Math.Min(said, uint.MaxValue);
        if (run.Count > 0)
        {
            var before = to.Length;
            to.Add(",\"a\":"u8);
            if (attributes.Write(message, tag, run, to, ref dropped).Length == 0)
            {
                to.Truncate(before);
            }
        }

        if (dropped > 0)
        {
            to.Add(",\"d\":"u8);
            to.AddNumber(dropped);
        }

        to.AddByte((byte)'}');
    }
}
