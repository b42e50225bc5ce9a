using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Toka.Core.Errors;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Json;

/// <summary>
/// Turns OTLP's JSON into its protobuf in one pass, so that both have one decoder: names in camelCase or with underscores, 64-bit integers as
/// strings or numbers, enumerations as numbers or names, unknown fields ignored. Reused; not thread-safe.
/// </summary>
/// <remarks>The protobuf is at most about five times as long as the JSON: a short number becomes nine bytes.</remarks>
/// <param name="schema">The request.</param>
/// <param name="malformedMax">How many elements that can be refused alone may be, before the whole request is.</param>
internal sealed class OtlpJsonTranscoder(JsonMessage schema, int malformedMax = 0) : IDisposable
{
    /// <summary>How deep JSON may nest. Points stand at 13; the rest is for values of attributes, which have their own limit.</summary>
    private const int DepthMax = 128;

    /// <summary>Room that is kept between requests, in bytes.</summary>
    private const int KeptBytesMax = 4 << 20;

    private readonly ProtobufWriter _writer = new();
    private byte[] _text = new byte[256];

    /// <summary>How many elements of the last request were left out because a field of theirs is of a wrong type.</summary>
    public int Malformed { get; private set; }

    /// <summary>What was wrong with the first of them.</summary>
    public string? MalformedMessage { get; private set; }

    /// <summary>Transcodes a request.</summary>
    /// <param name="json">The whole body.</param>
    /// <returns>A view that the next call ends.</returns>
    /// <exception cref="BadInputException">It is not JSON, or not OTLP's.</exception>
    public ReadOnlySpan<byte> ToProtobuf(ReadOnlySpan<byte> json)
    {
        _writer.Clear();
        (Malformed, MalformedMessage) = (0, null);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw Wrong(reader, "the request", "an object");
            }

            WriteMessage(ref reader, schema);
            reader.Read(); // Throws where something follows.
        }
        catch (JsonException e)
        {
            throw new BadInputException($"the OTLP request is not valid JSON: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new BadInputException(NotUnicode(reader));
        }

        return _writer.Written;
    }

    /// <summary>Gives the room of a large request back; ends the view of the last one.</summary>
    public void Trim() => _writer.Trim(KeptBytesMax);

    public void Dispose() => _writer.Dispose();

    private void WriteMessage(ref Utf8JsonReader reader, JsonMessage message)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = message.Find(reader.HasValueSequence || reader.ValueIsEscaped ? Unescape(reader) : reader.ValueSpan);
            reader.Read();
            if (field is null)
            {
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.Null)
            {
                // Null is the default value.
            }
            else if (field.IsRepeated)
            {
                WriteList(ref reader, field);
            }
            else
            {
                WriteValue(ref reader, field);
            }
        }
    }

    private void WriteList(ref Utf8JsonReader reader, JsonField field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong(reader, field.Name, "an array");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (field.IsAlone)
            {
                WriteAlone(ref reader, field);
            }
            else
            {
                WriteValue(ref reader, field);
            }
        }
    }

    /// <summary>Writes an element, or leaves it out where it is not what it must be.</summary>
    private void WriteAlone(ref Utf8JsonReader reader, JsonField field)
    {
        var before = reader;
        var length = _writer.Length;
        try
        {
            WriteValue(ref reader, field);
            return;
        }
        catch (BadInputException e) when (Malformed < malformedMax)
        {
            MalformedMessage ??= e.Message;
        }
        catch (InvalidOperationException) when (Malformed < malformedMax)
        {
            MalformedMessage ??= NotUnicode(reader);
        }

        Malformed++;
        _writer.Truncate(length);
        reader = before;
        reader.Skip();
    }

    private static string NotUnicode(in Utf8JsonReader reader) => $"the OTLP JSON has a string that is not valid Unicode at byte {reader.TokenStartIndex}";

    private void WriteValue(ref Utf8JsonReader reader, JsonField field)
    {
        switch (field.Kind)
        {
            case JsonFieldKind.Message:
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    throw Wrong(reader, field.Name, "an object");
                }

                var begun = _writer.Begin(field.Number);
                WriteMessage(ref reader, field.Message!);
                _writer.End(begun);
                break;
            case JsonFieldKind.Text:
                _writer.Bytes(field.Number, reader.TokenType == JsonTokenType.String ? Unescape(reader) : throw Wrong(reader, field.Name, "a string"));
                break;
            case JsonFieldKind.Base64:
                _writer.Bytes(field.Number, Base64(reader, field));
                break;
            case JsonFieldKind.Hex:
                WriteHex(reader, field);
                break;
            case JsonFieldKind.Boolean:
                _writer.Varint(field.Number, reader.TokenType is JsonTokenType.True or JsonTokenType.False
                    ? reader.TokenType == JsonTokenType.True ? 1u : 0u
                    : throw Wrong(reader, field.Name, "true or false"));
                break;
            case JsonFieldKind.Unsigned:
                _writer.Varint(field.Number, Unsigned(reader, field));
                break;
            case JsonFieldKind.Enumeration:
                _writer.Varint(field.Number, Enumeration(reader, field));
                break;
            case JsonFieldKind.Fixed32:
                var small = Unsigned(reader, field);
                _writer.Fixed32(field.Number, small <= uint.MaxValue ? (uint)small : throw Wrong(reader, field.Name, "an unsigned integer of 32 bits"));
                break;
            case JsonFieldKind.Signed:
                _writer.Varint(field.Number, (ulong)Signed(reader, field));
                break;
            case JsonFieldKind.ZigZag:
                var signed = Signed(reader, field);
                _writer.Varint(field.Number, signed is >= int.MinValue and <= int.MaxValue
                    ? (ulong)((signed << 1) ^ (signed >> 63))
                    : throw Wrong(reader, field.Name, "a signed integer of 32 bits"));
                break;
            case JsonFieldKind.Fixed64:
                _writer.Fixed64(field.Number, Unsigned(reader, field));
                break;
            case JsonFieldKind.SignedFixed64:
                _writer.Fixed64(field.Number, (ulong)Signed(reader, field));
                break;
            default:
                _writer.Double(field.Number, Double(reader, field));
                break;
        }
    }

    /// <summary>Base64 with either alphabet, with or without padding, as protobuf's JSON has it.</summary>
    private static byte[] Base64(in Utf8JsonReader reader, JsonField field)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Wrong(reader, field.Name, "base64");
        }

        var text = reader.GetString()!.TrimEnd('=').Replace('+', '-').Replace('/', '_');
        try
        {
            return System.Buffers.Text.Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw Wrong(reader, field.Name, "base64");
        }
    }

    private ulong Enumeration(in Utf8JsonReader reader, JsonField field)
    {
        if (reader.TokenType == JsonTokenType.String && field.Names is { } names)
        {
            for (var i = 0; i < names.Length; i++)
            {
                if (reader.ValueTextEquals(names[i]))
                {
                    return (ulong)i;
                }
            }
        }

        return Unsigned(reader, field);
    }

    private void WriteHex(in Utf8JsonReader reader, JsonField field)
    {
        var text = reader.TokenType == JsonTokenType.String ? Unescape(reader) : throw Wrong(reader, field.Name, "a string");
        Span<byte> bytes = text.Length <= 64 ? stackalloc byte[32] : new byte[text.Length / 2];
        if (Convert.FromHexString(text, bytes, out _, out var length) != OperationStatus.Done)
        {
            throw Wrong(reader, field.Name, "hexadecimal");
        }

        _writer.Bytes(field.Number, bytes[..length]);
    }

    private ulong Unsigned(in Utf8JsonReader reader, JsonField field)
    {
        var text = Number(reader, field);
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        // 1e3 and 1.0 are integers in JSON, too; as floats they are exact up to 2^53.
        return TryDouble(text, out var whole) && whole is >= 0 and <= 1L << 53 && whole == Math.Floor(whole)
            ? (ulong)whole
            : throw Wrong(reader, field.Name, "an unsigned integer of 64 bits");
    }

    private long Signed(in Utf8JsonReader reader, JsonField field)
    {
        var text = Number(reader, field);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        return TryDouble(text, out var whole) && Math.Abs(whole) <= 1L << 53 && whole == Math.Floor(whole)
            ? (long)whole
            : throw Wrong(reader, field.Name, "an integer of 64 bits");
    }

    private double Double(in Utf8JsonReader reader, JsonField field)
    {
        var text = Number(reader, field);
        return text switch
        {
            _ when text.SequenceEqual("NaN"u8) => double.NaN,
            _ when text.SequenceEqual("Infinity"u8) => double.PositiveInfinity,
            _ when text.SequenceEqual("-Infinity"u8) => double.NegativeInfinity,
            _ => TryDouble(text, out var value) ? value : throw Wrong(reader, field.Name, "a number, \"NaN\", \"Infinity\" or \"-Infinity\""),
        };
    }

    /// <summary>The text of a number, which may stand in quotes.</summary>
    private ReadOnlySpan<byte> Number(in Utf8JsonReader reader, JsonField field) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.ValueSpan,
        JsonTokenType.String => Unescape(reader),
        _ => throw Wrong(reader, field.Name, "a number"),
    };

    private static bool TryDouble(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value);

    private ReadOnlySpan<byte> Unescape(in Utf8JsonReader reader)
    {
        if (_text.Length < reader.ValueSpan.Length)
        {
            _text = new byte[reader.ValueSpan.Length * 2];
        }

        return _text.AsSpan(0, reader.CopyString(_text));
    }

    private static BadInputException Wrong(in Utf8JsonReader reader, string field, string expected)
    {
        var got = reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 40)];
        return new BadInputException($"OTLP JSON: {field} at byte {reader.TokenStartIndex} must be {expected}, but is {reader.TokenType} {Encoding.UTF8.GetString(got)}");
    }
}
