using System.Text.Json;
using Toka.Core.Attributes;

namespace Toka.Core.Spans;

/// <summary>Something that happened within a span.</summary>
/// <remarks>
/// Written as one of an array of objects in UTF-8: <c>{"t":1700000000000000000,"n":"exception","a":{…},"d":1}</c>, with the time
/// in ns since the Unix epoch, the name, the attributes as <see cref="AttributeJson"/> writes them (left out where there are none)
/// and the number of attributes that the sender dropped (left out for 0).
/// </remarks>
/// <param name="TimeNs">When, ns since the Unix epoch.</param>
/// <param name="Name">What.</param>
/// <param name="Attributes">Attributes, as <see cref="AttributeJson"/> writes them.</param>
/// <param name="Dropped">Attributes that the sender says it dropped.</param>
public sealed record SpanEvent(long TimeNs, string Name, ReadOnlyMemory<byte> Attributes, uint Dropped)
{
    /// <summary>The events of a span.</summary>
    public static IReadOnlyList<SpanEvent> Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return [];
        }

        var all = new List<SpanEvent>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            all.Add(ReadOne(ref reader, json));
        }

        return all;
    }

    private static SpanEvent ReadOne(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var (time, name, attributes, dropped) = (0L, "", Array.Empty<byte>(), 0u);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueSpan[0];
            reader.Read();
            switch (key)
            {
                case (byte)'t':
                    time = reader.GetInt64();
                    break;
                case (byte)'n':
                    name = reader.GetString()!;
                    break;
                case (byte)'a':
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    attributes = json[start..(int)reader.BytesConsumed].ToArray();
                    break;
                default:
                    dropped = reader.GetUInt32();
                    break;
            }
        }

        return new SpanEvent(time, name, attributes, dropped);
    }
}

/// <summary>A span that another one says it is related to.</summary>
/// <remarks>
/// Written as one of an array of objects in UTF-8: <c>{"i":"32 hex digits","s":"16 hex digits","w":"tracestate","a":{…},"f":1,"d":1}</c>:
/// trace, span, tracestate, attributes, flags, and how many attributes the sender dropped; what is empty or 0 is left out.
/// </remarks>
/// <param name="TraceId">The other trace.</param>
/// <param name="SpanId">The other span.</param>
/// <param name="TraceState">W3C <c>tracestate</c>.</param>
/// <param name="Attributes">Attributes, as <see cref="AttributeJson"/> writes them.</param>
/// <param name="Flags">W3C trace flags and OTLP's.</param>
/// <param name="Dropped">Attributes that the sender says it dropped.</param>
public sealed record SpanLink(TraceId TraceId, SpanId SpanId, string TraceState, ReadOnlyMemory<byte> Attributes, uint Flags, uint Dropped)
{
    /// <summary>The links of a span.</summary>
    public static IReadOnlyList<SpanLink> Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return [];
        }

        var all = new List<SpanLink>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            all.Add(ReadOne(ref reader, json));
        }

        return all;
    }

    private static SpanLink ReadOne(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var link = new SpanLink(default, default, "", default, 0, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueSpan[0];
            reader.Read();
            switch (key)
            {
                case (byte)'i':
                    _ = TraceId.TryParse(reader.GetString(), out var trace);
                    link = link with { TraceId = trace };
                    break;
                case (byte)'s':
                    _ = SpanId.TryParse(reader.GetString(), out var span);
                    link = link with { SpanId = span };
                    break;
                case (byte)'w':
                    link = link with { TraceState = reader.GetString()! };
                    break;
                case (byte)'a':
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    link = link with { Attributes = json[start..(int)reader.BytesConsumed].ToArray() };
                    break;
                case (byte)'f':
                    link = link with { Flags = reader.GetUInt32() };
                    break;
                default:
                    link = link with { Dropped = reader.GetUInt32() };
                    break;
            }
        }

        return link;
    }
}
