using System.Text;

namespace Toka.Protocols.Otlp.Json;

/// <summary>How a field is written in JSON and in protobuf.</summary>
internal enum JsonFieldKind
{
    Text,
    Base64,

    /// <summary>Bytes in hexadecimal: OTLP's own way with the ids of traces and spans.</summary>
    Hex,
    Boolean,

    /// <summary>An unsigned number, as a varint.</summary>
    Unsigned,

    /// <summary>An enumeration as a varint: a number in OTLP's JSON, a name in that of other writers.</summary>
    Enumeration,
    Fixed32,

    /// <summary>int64 as a varint; a string or a number in JSON.</summary>
    Signed,

    /// <summary>sint32 as a zigzag varint.</summary>
    ZigZag,
    Fixed64,
    SignedFixed64,
    Double,
    Message,
}

/// <summary>A field of a message.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Number">Its number in protobuf.</param>
/// <param name="Kind">How its values are written.</param>
/// <param name="IsRepeated">Whether it is a list.</param>
/// <param name="Message">The message that it holds; null for scalars.</param>
internal sealed record JsonField(string Name, int Number, JsonFieldKind Kind, bool IsRepeated, JsonMessage? Message)
{
    /// <summary>Whether an element of this list is left out alone where it is not what it must be.</summary>
    public bool IsAlone { get; init; }

    /// <summary>The names of an enumeration by number.</summary>
    public string[]? Names { get; init; }

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>The name as the protobuf schema has it, with underscores, which protobuf's own readers of JSON take too.</summary>
    public byte[] Utf8SchemaName { get; } = Encoding.UTF8.GetBytes(string.Concat(Name.Select(static c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}")));
}

/// <summary>A message: its fields, found by their names.</summary>
internal sealed class JsonMessage
{
    private readonly List<JsonField> _fields = [];

    public JsonMessage Scalar(string name, int number, JsonFieldKind kind, bool isRepeated = false)
    {
        _fields.Add(new JsonField(name, number, kind, isRepeated, null));
        return this;
    }

    public JsonMessage One(string name, int number, JsonMessage message)
    {
        _fields.Add(new JsonField(name, number, JsonFieldKind.Message, false, message));
        return this;
    }

    public JsonMessage Many(string name, int number, JsonMessage message)
    {
        _fields.Add(new JsonField(name, number, JsonFieldKind.Message, true, message));
        return this;
    }

    public JsonMessage Enumeration(string name, int number, params string[] names)
    {
        _fields.Add(new JsonField(name, number, JsonFieldKind.Enumeration, false, null) { Names = names });
        return this;
    }

    /// <summary>A list of messages that are left out one by one where they are not what they must be.</summary>
    public JsonMessage ManyAlone(string name, int number, JsonMessage message)
    {
        _fields.Add(new JsonField(name, number, JsonFieldKind.Message, true, message) { IsAlone = true });
        return this;
    }

    /// <summary>The field of a name, or null for an unknown one, which OTLP asks receivers to ignore.</summary>
    public JsonField? Find(ReadOnlySpan<byte> name)
    {
        foreach (var field in _fields)
        {
            if (name.SequenceEqual(field.Utf8Name) || name.SequenceEqual(field.Utf8SchemaName))
            {
                return field;
            }
        }

        return null;
    }
}
