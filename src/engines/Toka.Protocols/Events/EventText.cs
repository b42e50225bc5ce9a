using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Toka.Core.Attributes;
using Toka.Core.Spans;

namespace Toka.Protocols.Events;

/// <summary>
/// Writes texts, and JSON as <see cref="AttributeJson"/> says, into the bytes of a batch without garbage. Bytes that are not UTF-8
/// become U+FFFD: a span with a broken text still belongs into its trace.
/// </summary>
internal static class EventText
{
    /// <summary>What JSON must escape: nothing else is, so that texts are found as they are.</summary>
    private static readonly SearchValues<byte> s_escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>Appends a text, cut to a length.</summary>
    /// <returns>What was changed of it.</returns>
    public static EventFault AddText(this EventBytes to, ReadOnlySpan<byte> text, int bytesMax, out TextSlice slice)
    {
        var fault = Cut(ref text, bytesMax);
        if (Utf8.IsValid(text))
        {
            slice = to.Add(text);
            return fault;
        }

        var start = to.Length;
        AddReplaced(to, text, isJson: false);
        slice = to.From(start);
        return fault == EventFault.None ? EventFault.BadUtf8 : fault;
    }

    /// <summary>Appends a text as a JSON string, cut to a length.</summary>
    /// <returns>What was changed of it.</returns>
    public static EventFault AddString(this EventBytes to, ReadOnlySpan<byte> text, int bytesMax)
    {
        var fault = Cut(ref text, bytesMax);
        if (!Utf8.IsValid(text))
        {
            to.AddByte((byte)'"');
            AddReplaced(to, text, isJson: true);
            to.AddByte((byte)'"');
            return fault == EventFault.None ? EventFault.BadUtf8 : fault;
        }

        var room = to.Reserve(text.Length + 2);
        room[0] = (byte)'"';
        var plain = text.IndexOfAny(s_escaped);
        if (plain < 0)
        {
            text.CopyTo(room[1..]);
            room[text.Length + 1] = (byte)'"';
            to.Advance(text.Length + 2);
            return fault;
        }

        to.Advance(1);
        AddEscaped(to, text, plain);
        to.AddByte((byte)'"');
        return fault;
    }

    public static void AddByte(this EventBytes to, byte value)
    {
        to.Reserve(1)[0] = value;
        to.Advance(1);
    }

    public static void AddNumber(this EventBytes to, long value)
    {
        Utf8Formatter.TryFormat(value, to.Reserve(20), out var length);
        to.Advance(length);
    }

    public static void AddNumber(this EventBytes to, double value) => to.Advance(AttributeJson.Write(value, to.Reserve(40)));

    /// <summary>Appends <c>{"$bytes":"base64"}</c>.</summary>
    public static void AddBase64(this EventBytes to, ReadOnlySpan<byte> bytes)
    {
        to.Add("{\"$bytes\":\""u8);
        Base64.EncodeToUtf8(bytes, to.Reserve(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        to.Advance(written);
        to.Add("\"}"u8);
    }

    /// <summary>Appends an id in small hexadecimal digits, quoted.</summary>
    public static void AddHex(this EventBytes to, TraceId id)
    {
        var room = to.Reserve(34);
        room[0] = room[33] = (byte)'"';
        id.Value.TryFormat(room[1..33], out _, "x32", CultureInfo.InvariantCulture);
        to.Advance(34);
    }

    /// <inheritdoc cref="AddHex(EventBytes, TraceId)"/>
    public static void AddHex(this EventBytes to, SpanId id)
    {
        var room = to.Reserve(18);
        room[0] = room[17] = (byte)'"';
        id.Value.TryFormat(room[1..17], out _, "x16", CultureInfo.InvariantCulture);
        to.Advance(18);
    }

    /// <summary>How much of a text is kept of at most so many bytes, cut between two characters.</summary>
    public static int CutLength(ReadOnlySpan<byte> text, int bytesMax)
    {
        if (text.Length <= bytesMax)
        {
            return text.Length;
        }

        var end = bytesMax;
        for (var back = 0; back < 3 && end > 0 && (text[end] & 0xc0) == 0x80; back++)
        {
            end--;
        }

        return end;
    }

    private static EventFault Cut(ref ReadOnlySpan<byte> text, int bytesMax)
    {
        var length = CutLength(text, bytesMax);
        var fault = length == text.Length ? EventFault.None : EventFault.ValueBytesLimit;
        text = text[..length];
        return fault;
    }

    private static void AddEscaped(EventBytes to, ReadOnlySpan<byte> text, int plain)
    {
        while (plain >= 0)
        {
            to.Add(text[..plain]);
            AddEscape(to, text[plain]);
            text = text[(plain + 1)..];
            plain = text.IndexOfAny(s_escaped);
        }

        to.Add(text);
    }

    private static void AddEscape(EventBytes to, byte value)
    {
        var letter = value switch
        {
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'"' or (byte)'\\' => value,
            _ => (byte)0,
        };
        if (letter != 0)
        {
            to.AddByte((byte)'\\');
            to.AddByte(letter);
            return;
        }

        var room = to.Reserve(6);
        "\\u00"u8.CopyTo(room);
        room[4] = (byte)(value < 0x10 ? '0' : '1');
        room[5] = "0123456789abcdef"u8[value & 0xf];
        to.Advance(6);
    }

    private static void AddReplaced(EventBytes to, ReadOnlySpan<byte> text, bool isJson)
    {
        while (!text.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf8(text, out var rune, out var length) == OperationStatus.Done;
            if (isWhole && isJson && rune.IsAscii && s_escaped.Contains(text[0]))
            {
                AddEscape(to, text[0]);
            }
            else
            {
                to.Advance(rune.EncodeToUtf8(to.Reserve(4)));
            }

            text = text[length..];
        }
    }
}
