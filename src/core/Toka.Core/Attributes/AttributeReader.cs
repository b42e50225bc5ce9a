using System.Text.Json;

namespace Toka.Core.Attributes;

/// <summary>Walks attributes as <see cref="AttributeJson"/> writes them, in place.</summary>
public ref struct AttributeReader
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;
    private bool _isRead;

    /// <summary>Stands before the first attribute.</summary>
    /// <param name="json">An object, or nothing.</param>
    public AttributeReader(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json.IsEmpty ? "{}"u8 : json);
        _reader.Read();
        _isRead = true;
    }

    /// <summary>Goes to the next attribute.</summary>
    public bool Next()
    {
        if (!_isRead)
        {
            _reader.Read();
            _reader.Skip();
        }

        _isRead = false;
        return _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the attribute's key is this one; before its value is read.</summary>
    public readonly bool KeyEquals(ReadOnlySpan<byte> key) => _reader.ValueTextEquals(key);

    /// <summary>The attribute's key; before its value is read.</summary>
    public readonly string Key() => _reader.GetString()!;

    /// <summary>The attribute's value, once.</summary>
    public AttributeValue Value()
    {
        _reader.Read();
        _isRead = true;
        return AttributeJson.ValueAt(ref _reader, _json);
    }
}
