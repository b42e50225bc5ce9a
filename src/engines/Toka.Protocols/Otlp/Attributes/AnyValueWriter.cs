using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Attributes;

/// <summary>OTLP's AnyValue as <see cref="AttributeJson"/> writes it. Without state.</summary>
internal sealed class AnyValueWriter(EventLimits limits)
{
    /// <summary>Appends a value.</summary>
    /// <param name="value">An AnyValue message.</param>
    /// <param name="to">Where to.</param>
    /// <param name="bytesMax">Bytes of a text, or of the JSON of a list or a map.</param>
    /// <param name="fault">What was changed of it, or why it was not written.</param>
    /// <returns>Whether it was written; if not, what was added must be taken back.</returns>
    public bool TryWrite(ReadOnlySpan<byte> value, EventBytes to, int bytesMax, out EventFault fault)
    {
        fault = EventFault.None;
        Find(value, out var tag, out var number, out var bytes);
        return TryWrite(tag, number, bytes, to, bytesMax, ref fault);
    }

    /// <summary>Which field of an AnyValue counts, and what it says: the last one of the oneof.</summary>
    public static void Find(ReadOnlySpan<byte> value, out uint tag, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        tag = 0;
        number = 0;
        bytes = default;
        var reader = new ProtobufReader(value);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.AnyString or OtlpTags.AnyArray or OtlpTags.AnyMap or OtlpTags.AnyBytes:
                    tag = reader.Tag;
                    bytes = reader.Bytes();
                    break;
                case OtlpTags.AnyBool or OtlpTags.AnyInt:
                    (tag, number) = (reader.Tag, reader.Varint());
                    break;
                case OtlpTags.AnyDouble:
                    (tag, number) = (reader.Tag, reader.Fixed64());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Appends what <see cref="Find"/> found.</summary>
    public bool TryWrite(uint tag, ulong number, ReadOnlySpan<byte> bytes, EventBytes to, int bytesMax, ref EventFault fault)
    {
        switch (tag)
        {
            case OtlpTags.AnyString:
                Note(ref fault, to.AddString(bytes, bytesMax));
                return true;
            case OtlpTags.AnyArray or OtlpTags.AnyMap or OtlpTags.AnyBytes:
                return TryWriteNested(tag, bytes, to, to.Length, bytesMax, 1, ref fault);
            default:
                WriteScalar(tag, number, to);
                return true;
        }
    }

    private bool TryWriteNested(uint tag, ReadOnlySpan<byte> bytes, EventBytes to, int start, int bytesMax, int depth, ref EventFault fault)
    {
        if (depth > limits.NestingMax)
        {
            fault = EventFault.NestingLimit;
            return false;
        }

        if (tag == OtlpTags.AnyBytes)
        {
            if (bytes.Length > bytesMax)
            {
                fault = EventFault.ValueBytesLimit;
                return false;
            }

            to.AddBase64(bytes);
            return true;
        }

        var isMap = tag == OtlpTags.AnyMap;
        to.AddByte(isMap ? (byte)'{' : (byte)'[');
        var isFirst = true;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Tag != OtlpTags.ListValues)
            {
                reader.Skip();
                continue;
            }

            var value = reader.Bytes();
            if (!isFirst)
            {
                to.AddByte((byte)',');
            }

            isFirst = false;
            if (isMap)
            {
                OtlpTags.ReadKeyValue(value, out var key, out value);
                Note(ref fault, to.AddString(key, limits.KeyBytesMax));
                to.AddByte((byte)':');
            }

            if (!TryWriteElement(value, to, start, bytesMax, depth, ref fault))
            {
                return false;
            }
        }

        to.AddByte(isMap ? (byte)'}' : (byte)']');
        return true;
    }

    private bool TryWriteElement(ReadOnlySpan<byte> value, EventBytes to, int start, int bytesMax, int depth, ref EventFault fault)
    {
        Find(value, out var tag, out var number, out var inner);
        var isWritten = true;
        switch (tag)
        {
            case OtlpTags.AnyString:
                Note(ref fault, to.AddString(inner, bytesMax));
                break;
            case OtlpTags.AnyArray or OtlpTags.AnyMap or OtlpTags.AnyBytes:
                isWritten = TryWriteNested(tag, inner, to, start, bytesMax, depth + 1, ref fault);
                break;
            default:
                WriteScalar(tag, number, to);
                break;
        }

        if (isWritten && to.Length - start > bytesMax)
        {
            fault = EventFault.ValueBytesLimit;
            return false;
        }

        return isWritten;
    }

    private static void WriteScalar(uint tag, ulong number, EventBytes to)
    {
        switch (tag)
        {
            case OtlpTags.AnyBool:
                to.Add(number != 0 ? "true"u8 : "false"u8);
                break;
            case OtlpTags.AnyInt:
                to.AddNumber((long)number);
                break;
            case OtlpTags.AnyDouble:
                to.AddNumber(BitConverter.UInt64BitsToDouble(number));
                break;
            default:
                to.Add("null"u8);
                break;
        }
    }

    private static void Note(ref EventFault fault, EventFault found) => fault = found == EventFault.None ? fault : found;
}
