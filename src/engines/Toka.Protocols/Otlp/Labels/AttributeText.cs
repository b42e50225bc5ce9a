using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Labels;

/// <summary>
/// Attribute values (AnyValue) as label values: strings as they are, numbers and booleans in their usual text, bytes in
/// base64, lists and maps as JSON. Reused; not thread-safe.
/// </summary>
internal sealed class AttributeText(OtlpLimits limits)
{
    private readonly byte[] _scalar = new byte[FloatText.BytesMax];
    private readonly ArrayBufferWriter<byte> _json = new();
    private Utf8JsonWriter? _writer;

    /// <summary>The text of a value.</summary>
    /// <param name="value">An AnyValue message.</param>
    /// <param name="text">A view into the value or into this object, until the next call.</param>
    /// <returns>Why there is no text.</returns>
    public OtlpRefusal Read(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text)
    {
        text = default;
        var reader = new ProtobufReader(value);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.AnyString:
                    text = reader.Bytes();
                    break;
                case OtlpTags.AnyBool:
                    text = reader.Varint() != 0 ? "true"u8 : "false"u8;
                    break;
                case OtlpTags.AnyInt:
                    ((long)reader.Varint()).TryFormat(_scalar, out var length, default, CultureInfo.InvariantCulture);
                    text = _scalar.AsSpan(0, length);
                    break;
                case OtlpTags.AnyDouble:
                    text = _scalar.AsSpan(0, FloatText.WriteShort(reader.Double(), _scalar));
                    break;
                case OtlpTags.AnyArray or OtlpTags.AnyMap or OtlpTags.AnyBytes:
                    reader.Skip();
                    var refusal = ReadNested(value, out text);
                    if (refusal != OtlpRefusal.None)
                    {
                        return refusal;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return text.Length > limits.LabelValueBytesMax ? OtlpRefusal.LabelValueBytesLimit
            : Utf8.IsValid(text) ? OtlpRefusal.None : OtlpRefusal.BadUtf8;
    }

    private OtlpRefusal ReadNested(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text)
    {
        _json.ResetWrittenCount();
        _writer ??= new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        _writer.Reset();
        var refusal = WriteJson(value, 0);
        _writer.Flush();
        var written = _json.WrittenSpan;

        // Bytes alone are base64 without the quotes that they have inside a list.
        text = written.Length >= 2 && written[0] == '"' ? written[1..^1] : written;
        return refusal;
    }

    private OtlpRefusal WriteJson(ReadOnlySpan<byte> value, int depth)
    {
        if (depth > limits.NestingMax)
        {
            return OtlpRefusal.NestingLimit;
        }

        if (_writer!.BytesPending + _json.WrittenCount > limits.LabelValueBytesMax)
        {
            return OtlpRefusal.LabelValueBytesLimit;
        }

        // The last field of the oneof counts, so find it first.
        var reader = new ProtobufReader(value);
        var tag = 0u;
        ulong number = 0;
        ReadOnlySpan<byte> bytes = default;
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

        switch (tag)
        {
            case OtlpTags.AnyString when !Utf8.IsValid(bytes):
                return OtlpRefusal.BadUtf8;
            case OtlpTags.AnyString:
                _writer!.WriteStringValue(bytes);
                return OtlpRefusal.None;
            case OtlpTags.AnyBytes when bytes.Length > limits.LabelValueBytesMax:
                return OtlpRefusal.LabelValueBytesLimit;
            case OtlpTags.AnyBytes:
                WriteBase64(bytes);
                return OtlpRefusal.None;
            case OtlpTags.AnyBool:
                _writer!.WriteBooleanValue(number != 0);
                return OtlpRefusal.None;
            case OtlpTags.AnyInt:
                _writer!.WriteNumberValue((long)number);
                return OtlpRefusal.None;
            case OtlpTags.AnyDouble:
                WriteDouble(BitConverter.UInt64BitsToDouble(number));
                return OtlpRefusal.None;
            case OtlpTags.AnyArray:
                return WriteArray(bytes, depth);
            case OtlpTags.AnyMap:
                return WriteMap(bytes, depth);
            default:
                _writer!.WriteNullValue();
                return OtlpRefusal.None;
        }
    }

    /// <summary>Base64 may hold characters which a JSON encoder would escape; they need none.</summary>
    private void WriteBase64(ReadOnlySpan<byte> bytes)
    {
        Span<byte> quoted = new byte[((bytes.Length + 2) / 3 * 4) + 2];
        quoted[0] = quoted[^1] = (byte)'"';
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, quoted[1..], out _, out _);
        _writer!.WriteRawValue(quoted, skipInputValidation: true);
    }

    private void WriteDouble(double value)
    {
        var text = _scalar.AsSpan(0, FloatText.WriteShort(value, _scalar));
        if (double.IsFinite(value))
        {
            _writer!.WriteRawValue(text, skipInputValidation: true);
        }
        else
        {
            _writer!.WriteStringValue(text); // JSON has no NaN and no infinities.
        }
    }

    private OtlpRefusal WriteArray(ReadOnlySpan<byte> list, int depth)
    {
        _writer!.WriteStartArray();
        var reader = new ProtobufReader(list);
        var refusal = OtlpRefusal.None;
        while (reader.Next() && refusal == OtlpRefusal.None)
        {
            if (reader.Tag == OtlpTags.ListValues)
            {
                refusal = WriteJson(reader.Bytes(), depth + 1);
            }
            else
            {
                reader.Skip();
            }
        }

        _writer.WriteEndArray();
        return refusal;
    }

    private OtlpRefusal WriteMap(ReadOnlySpan<byte> map, int depth)
    {
        _writer!.WriteStartObject();
        var reader = new ProtobufReader(map);
        var refusal = OtlpRefusal.None;
        while (reader.Next() && refusal == OtlpRefusal.None)
        {
            if (reader.Tag != OtlpTags.ListValues)
            {
                reader.Skip();
                continue;
            }

            OtlpTags.ReadKeyValue(reader.Bytes(), out var key, out var value);
            if (!Utf8.IsValid(key))
            {
                return OtlpRefusal.BadUtf8;
            }

            _writer.WritePropertyName(key);
            refusal = WriteJson(value, depth + 1);
        }

        _writer.WriteEndObject();
        return refusal;
    }
}
