using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Toka.Core.Errors;

namespace Toka.Protocols.Zipkin;

/// <summary>Single values of Zipkin's JSON. Not thread-safe.</summary>
internal sealed class ZipkinText
{
    private byte[] _text = new byte[256];

    public static BadInputException Wrong(string field, string expected) => new($"Zipkin JSON: {field} must be {expected}");

    /// <summary>A time or a duration in µs; 0 for none.</summary>
    public static ulong Microseconds(in Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return 0;
        }

        if (reader.TokenType == JsonTokenType.Number)
        {
            if (reader.TryGetUInt64(out var whole))
            {
                return whole;
            }

            // 1e15 and 1.5 are numbers in JSON, too.
            if (reader.TryGetDouble(out var number) && number is >= 0 and < 1L << 62)
            {
                return (ulong)number;
            }
        }

        throw Wrong(field, "a number of microseconds");
    }

    /// <summary>A string's text, a number's or a truth's; until the next call.</summary>
    public ReadOnlySpan<byte> Scalar(in Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.String => String(reader),
        JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => reader.ValueSpan,
        _ => throw Wrong(field, "a string"),
    };

    /// <summary>A string's text, until the next call; nothing for null.</summary>
    public ReadOnlySpan<byte> Optional(in Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.Null => default,
        JsonTokenType.String => String(reader),
        _ => throw Wrong(field, "a string"),
    };

    /// <summary>The text of a string or of a property's name, until the next call.</summary>
    public ReadOnlySpan<byte> String(in Utf8JsonReader reader)
    {
        if (_text.Length < reader.ValueSpan.Length)
        {
            _text = new byte[reader.ValueSpan.Length * 2];
        }

        return _text.AsSpan(0, reader.CopyString(_text));
    }

    /// <summary>An id of 1 to 32 hexadecimal digits of either case.</summary>
    public bool TryHex(ref Utf8JsonReader reader, out UInt128 id, string field)
    {
        id = default;
        var text = reader.TokenType == JsonTokenType.String ? String(reader) : throw Wrong(field, "a string");
        return text.Length is >= 1 and <= 32 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
