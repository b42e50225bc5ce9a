using System.Text.Json;
using Toka.Core.Spans;
using Toka.Protocols.Events;

namespace Toka.Protocols.Zipkin;

/// <summary>
/// Tags and endpoints as attributes, annotations as events. Not thread-safe.
/// </summary>
internal sealed class ZipkinTagWriter(EventLimits limits, EventTally tally)
{
    private readonly ZipkinText _text = new();
    private readonly byte[] _service = new byte[ZipkinOrigins.NameBytesMax];

    /// <summary>What the endpoints become; a tag of the same key wins.</summary>
    private enum Given
    {
        None = 0,
        PeerService = 1,
        PeerAddress = 2,
        PeerPort = 4,
        LocalAddress = 8,
        LocalPort = 16,
    }

    /// <summary>Writes a span's attributes, and what they say of its status.</summary>
    /// <param name="tags">An object, or nothing.</param>
    /// <param name="remote">An endpoint, or nothing.</param>
    /// <param name="local">The span's own endpoint.</param>
    /// <param name="to">Where to.</param>
    /// <param name="row">The span.</param>
    public void Write(ReadOnlySpan<byte> tags, ReadOnlySpan<byte> remote, in ZipkinEndpoint local, EventBytes to, ref SpanRow row)
    {
        ReadStatus(tags, to, ref row);
        var start = to.Length;
        var (count, given) = (0, Given.None);
        if (!tags.IsEmpty)
        {
            WriteTags(tags, to, ref row, ref count, ref given);
        }

        var peer = ZipkinEndpoint.Read(remote, _text, _service);
        if (!peer.Service.IsEmpty && (given & Given.PeerService) == 0)
        {
            Key(to, "\"peer.service\":"u8, ref count);
            tally.Changed(to.AddString(peer.Service, limits.ValueBytesMax));
        }

        Address(to, peer, (given & Given.PeerAddress) == 0, (given & Given.PeerPort) == 0, "\"network.peer.address\":"u8, "\"network.peer.port\":"u8, ref count);
        Address(to, local, (given & Given.LocalAddress) == 0, (given & Given.LocalPort) == 0, "\"network.local.address\":"u8, "\"network.local.port\":"u8, ref count);
        if (count > 0)
        {
            to.AddByte((byte)'}');
        }

        row.Attributes = to.From(start);
    }

    /// <summary>Writes a span's annotations as events.</summary>
    public void WriteEvents(ReadOnlySpan<byte> annotations, EventBytes to, ref SpanRow row)
    {
        if (annotations.IsEmpty)
        {
            return;
        }

        var start = to.Length;
        var written = 0;
        var dropped = row.Dropped;
        var reader = new Utf8JsonReader(annotations);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var before = to.Length;
            var time = ReadAnnotation(ref reader, to, written == 0);
            var fault = written == limits.EventsMax ? EventFault.EventsLimit : time > long.MaxValue / 1000 ? EventFault.TimeRange : EventFault.None;
            if (fault == EventFault.None)
            {
                to.Add(",\"t\":"u8);
                to.AddNumber((long)time * 1000);
                to.AddByte((byte)'}');
                written++;
            }
            else
            {
                to.Truncate(before);
                tally.Leave(fault, ref dropped);
            }
        }

        if (written > 0)
        {
            to.AddByte((byte)']');
        }

        row.Events = to.From(start);
        row.Dropped = dropped;
    }

    /// <summary>When the first annotation was, µs; 0 where there is none.</summary>
    public static ulong FirstTime(ReadOnlySpan<byte> annotations)
    {
        if (annotations.IsEmpty)
        {
            return 0;
        }

        var first = 0UL;
        var reader = new Utf8JsonReader(annotations);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 2 && reader.ValueTextEquals("timestamp"u8))
            {
                reader.Read();
                var time = ZipkinText.Microseconds(reader, "timestamp");
                first = time != 0 && (first == 0 || time < first) ? time : first;
            }
        }

        return first;
    }

    /// <summary>Begins the object of an event, with its name.</summary>
    private ulong ReadAnnotation(ref Utf8JsonReader reader, EventBytes to, bool isFirst)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw ZipkinText.Wrong("an annotation", "an object");
        }

        var time = 0UL;
        var isNamed = false;
        to.Add(isFirst ? "[{\"n\":"u8 : ",{\"n\":"u8);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("timestamp"u8))
            {
                reader.Read();
                time = ZipkinText.Microseconds(reader, "timestamp");
            }
            else if (!isNamed && reader.ValueTextEquals("value"u8))
            {
                reader.Read();
                tally.Changed(to.AddString(_text.Optional(reader, "value"), limits.NameBytesMax));
                isNamed = true;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (!isNamed)
        {
            to.Add("\"\""u8);
        }

        return time;
    }

    /// <summary>
    /// <c>otel.status_code</c> says what OpenTelemetry's exporter was told; a tag <c>error</c> says that it failed, and why, unless it
    /// is no more than true.
    /// </summary>
    private void ReadStatus(ReadOnlySpan<byte> tags, EventBytes to, ref SpanRow row)
    {
        if (tags.IsEmpty)
        {
            return;
        }

        var said = SpanStatus.Unset;
        var reader = new Utf8JsonReader(tags);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                var why = _text.Scalar(reader, "a tag");
                if (!IsNo(why))
                {
                    row.Status = SpanStatus.Error;
                    row.StatusMessage = IsYes(why) ? default : tally.Name(why, to);
                }
            }
            else if (reader.ValueTextEquals("otel.status_code"u8))
            {
                reader.Read();
                var code = _text.Scalar(reader, "a tag");
                said = code.SequenceEqual("OK"u8) ? SpanStatus.Ok : code.SequenceEqual("ERROR"u8) ? SpanStatus.Error : SpanStatus.Unset;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        row.Status = said == SpanStatus.Unset ? row.Status : said;
    }

    private void WriteTags(ReadOnlySpan<byte> tags, EventBytes to, ref SpanRow row, ref int count, ref Given given)
    {
        var dropped = row.Dropped;
        var reader = new Utf8JsonReader(tags);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("otel.status_code"u8))
            {
                reader.Read();
                continue;
            }

            var isError = reader.ValueTextEquals("error"u8);
            var before = to.Length;
            var key = _text.String(reader);
            var fault = key.IsEmpty ? EventFault.BadKey : key.Length > limits.KeyBytesMax ? EventFault.KeyBytesLimit : count == limits.AttributesMax ? EventFault.AttributesLimit : EventFault.None;
            if (fault == EventFault.None)
            {
                to.AddByte(count == 0 ? (byte)'{' : (byte)',');
                to.AddString(key, limits.KeyBytesMax);
                to.AddByte((byte)':');
            }

            var known = KnownOf(key);
            reader.Read();
            var value = _text.Scalar(reader, "a tag");
            if (isError && !IsNo(value))
            {
                to.Truncate(before); // It is the status.
                continue;
            }

            if (fault != EventFault.None)
            {
                tally.Leave(fault, ref dropped);
                continue;
            }

            tally.ChangedValue(to.AddString(value, limits.ValueBytesMax), ref dropped);
            given |= known;
            count++;
        }

        row.Dropped = dropped;
    }

    private static bool IsYes(ReadOnlySpan<byte> text) => text.IsEmpty || text.SequenceEqual("true"u8);

    private static bool IsNo(ReadOnlySpan<byte> text) => text.SequenceEqual("false"u8);

    private static Given KnownOf(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("peer.service"u8) ? Given.PeerService
        : key.SequenceEqual("network.peer.address"u8) ? Given.PeerAddress
        : key.SequenceEqual("network.peer.port"u8) ? Given.PeerPort
        : key.SequenceEqual("network.local.address"u8) ? Given.LocalAddress
        : key.SequenceEqual("network.local.port"u8) ? Given.LocalPort
        : Given.None;

    private void Address(EventBytes to, in ZipkinEndpoint endpoint, bool isAddress, bool isPort, ReadOnlySpan<byte> addressKey, ReadOnlySpan<byte> portKey, ref int count)
    {
        if (isAddress && !endpoint.Address.IsEmpty)
        {
            var reader = new Utf8JsonReader(endpoint.Address);
            reader.Read();
            var text = _text.String(reader);
            Key(to, addressKey, ref count);
            tally.Changed(to.AddString(text, limits.NameBytesMax));
        }

        if (isPort && endpoint.Port > 0)
        {
            Key(to, portKey, ref count);
            to.AddNumber(endpoint.Port);
        }
    }

    private static void Key(EventBytes to, ReadOnlySpan<byte> key, ref int count)
    {
        to.AddByte(count++ == 0 ? (byte)'{' : (byte)',');
        to.Add(key);
    }
}
