using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Toka.Core.Attributes;

/// <summary>
/// Attributes as they are carried and stored: a JSON object in UTF-8 that tells every type of OpenTelemetry's AnyValue apart.
/// Text is a string; a truth is <c>true</c> or <c>false</c>; a whole number has neither point nor exponent, a floating-point
/// one has one of them (<c>1.0</c>, <c>1E+30</c>); NaN and the infinities are <c>{"$double":"NaN"}</c>, <c>"Infinity"</c>,
/// <c>"-Infinity"</c>; bytes are <c>{"$bytes":"base64"}</c>; an array is an array, a map an object, nothing is <c>null</c>.
/// No attributes are an empty span of bytes. Of a key that stands twice the last one counts.
/// </summary>
public static class AttributeJson
{
    /// <summary>The key of an object that stands for a floating-point number which JSON has no word for.</summary>
    public const string DoubleKey = "$double";

    /// <summary>The key of an object that stands for bytes.</summary>
    public const string BytesKey = "$bytes";

    /// <summary>The value of a key.</summary>
    /// <param name="json">An object, or nothing.</param>
    /// <param name="key">The key, as UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether the key stands.</returns>
    public static bool TryFind(ReadOnlySpan<byte> json, ReadOnlySpan<byte> key, out AttributeValue value)
    {
        value = default;
        var isFound = false;
        var reader = new AttributeReader(json);
        while (reader.Next())
        {
            if (reader.KeyEquals(key))
            {
                value = reader.Value();
                isFound = true;
            }
        }

        return isFound;
    }

    /// <summary>All attributes in the order in which they stand.</summary>
    public static IReadOnlyList<KeyValuePair<string, AttributeValue>> Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return [];
        }

        var all = new List<KeyValuePair<string, AttributeValue>>();
        var reader = new AttributeReader(json);
        while (reader.Next())
        {
            all.Add(new(reader.Key(), reader.Value()));
        }

        return all;
    }

    /// <summary>How a floating-point number is written.</summary>
    /// <param name="number">The number.</param>
    /// <param name="target">At least 40 bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(double number, Span<byte> target)
    {
        if (!double.IsFinite(number))
        {
            var name = double.IsNaN(number) ? """{"$double":"NaN"}"""u8 : number > 0 ? """{"$double":"Infinity"}"""u8 : """{"$double":"-Infinity"}"""u8;
            name.CopyTo(target);
            return name.Length;
        }

        if (!number.TryFormat(target, out var length, "R", CultureInfo.InvariantCulture))
        {
            throw new ArgumentException("40 bytes are needed for a number", nameof(target));
        }

        if (target[..length].IndexOfAny((byte)'.', (byte)'E') < 0)
        {
            ".0"u8.CopyTo(target[length..]);
            length += 2;
        }

        return length;
    }

    /// <summary>What a JSON value says.</summary>
    internal static AttributeValue ValueAt(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return AttributeValue.Of(reader.GetString()!);
            case JsonTokenType.True:
            case JsonTokenType.False:
                return AttributeValue.Of(reader.TokenType == JsonTokenType.True);
            case JsonTokenType.Number:
                return NumberOf(reader.ValueSpan);
            case JsonTokenType.StartObject:
            case JsonTokenType.StartArray:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var raw = json[start..(int)reader.BytesConsumed];
                return DoubleOf(raw) is { } special ? AttributeValue.Of(special) : AttributeValue.OfJson(Encoding.UTF8.GetString(raw));
            default:
                return default;
        }
    }

    private static AttributeValue NumberOf(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'.', (byte)'E', (byte)'e') < 0 && Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length)
        {
            return AttributeValue.Of(whole);
        }

        return AttributeValue.Of(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    private static double? DoubleOf(ReadOnlySpan<byte> raw) =>
        raw.SequenceEqual("""{"$double":"NaN"}"""u8) ? double.NaN
        : raw.SequenceEqual("""{"$double":"Infinity"}"""u8) ? double.PositiveInfinity
        : raw.SequenceEqual("""{"$double":"-Infinity"}"""u8) ? double.NegativeInfinity
        : null;
}
