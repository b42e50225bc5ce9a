using System.Globalization;

namespace Toka.Core.Attributes;

/// <summary>What an <see cref="AttributeValue"/> is.</summary>
public enum AttributeKind : byte
{
    /// <summary>No value: the key stands with an empty one.</summary>
    None,

    /// <summary>Text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>A whole number of 64 bits.</summary>
    Int,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double,

    /// <summary>Bytes, an array or a map: carried and shown as JSON, compared as its text.</summary>
    Json,
}

/// <summary>The value of an attribute of a span, a log record, a resource, an event or a link. Immutable.</summary>
/// <remarks>Source: OpenTelemetry specification, common, "AnyValue".</remarks>
public readonly record struct AttributeValue
{
    private readonly string? _text;
    private readonly long _bits;

    private AttributeValue(AttributeKind kind, string? text, long bits)
    {
        Kind = kind;
        _text = text;
        _bits = bits;
    }

    /// <summary>What it is.</summary>
    public AttributeKind Kind { get; }

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => Kind is AttributeKind.Int or AttributeKind.Double;

    /// <summary>The text, or the JSON of what is neither text nor number nor truth; empty for those.</summary>
    public string Text => _text ?? "";

    /// <summary>The truth; false for other kinds.</summary>
    public bool Bool => Kind == AttributeKind.Bool && _bits != 0;

    /// <summary>The whole number; 0 for other kinds.</summary>
    public long Int => Kind == AttributeKind.Int ? _bits : 0;

    /// <summary>The number, of either kind; NaN for what is none.</summary>
    public double Number => Kind switch
    {
        AttributeKind.Int => _bits,
        AttributeKind.Double => BitConverter.Int64BitsToDouble(_bits),
        _ => double.NaN,
    };

    /// <summary>A text.</summary>
    public static AttributeValue Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(AttributeKind.Text, text, 0);
    }

    /// <summary>A truth.</summary>
    public static AttributeValue Of(bool value) => new(AttributeKind.Bool, null, value ? 1 : 0);

    /// <summary>A whole number.</summary>
    public static AttributeValue Of(long value) => new(AttributeKind.Int, null, value);

    /// <summary>A floating-point number.</summary>
    public static AttributeValue Of(double value) => new(AttributeKind.Double, null, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Bytes, an array or a map, as <see cref="AttributeJson"/> writes it.</summary>
    public static AttributeValue OfJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(AttributeKind.Json, json, 0);
    }

    /// <summary>The value as people write it: <c>true</c>, <c>404</c>, <c>0.5</c>, the text itself, JSON of the rest.</summary>
    public override string ToString() => Kind switch
    {
        AttributeKind.Text or AttributeKind.Json => Text,
        AttributeKind.Bool => Bool ? "true" : "false",
        AttributeKind.Int => _bits.ToString(CultureInfo.InvariantCulture),
        AttributeKind.Double => Number.ToString("R", CultureInfo.InvariantCulture),
        _ => "",
    };
}
