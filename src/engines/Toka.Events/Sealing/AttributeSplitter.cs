using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Events.Duck;
using Toka.Events.Indexes;

namespace Toka.Events.Sealing;

/// <summary>Splits a row's attributes into columns and the JSON of the rest, and tells the index of both. Not thread-safe.</summary>
internal sealed class AttributeSplitter
{
    private readonly PartIndexBuilder _index;
    private readonly IReadOnlyList<AttributeColumn> _columns;
    private readonly int _firstColumn;
    private readonly long[] _seeds;
    private readonly bool[] _isSet;
    private byte[] _rest = new byte[4096];
    private byte[] _text = new byte[4096];
    private int _restLength;
    private int _next;

    /// <summary>Splits for a file.</summary>
    /// <param name="index">The file's index.</param>
    /// <param name="firstColumn">The place of the first attribute's column.</param>
    public AttributeSplitter(PartIndexBuilder index, int firstColumn)
    {
        _index = index;
        _columns = index.Columns;
        _firstColumn = firstColumn;
        _seeds = [.. _columns.Select(static column => Tokens.Seed(FieldKind.OwnAttribute, column.KeyBytes))];
        _isSet = new bool[_columns.Count];
    }

    /// <summary>Sets the attributes' columns of a row.</summary>
    /// <param name="json">The attributes.</param>
    /// <param name="into">The chunk.</param>
    /// <param name="row">The row in it.</param>
    /// <returns>The rest, as JSON; valid until the next call.</returns>
    public ReadOnlySpan<byte> Split(ReadOnlySpan<byte> json, DuckColumns into, int row)
    {
        Array.Clear(_isSet);
        _restLength = 0;
        if (!json.IsEmpty)
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                SplitOne(ref reader, json, into, row);
            }
        }

        for (var i = 0; i < _isSet.Length; i++)
        {
            if (!_isSet[i])
            {
                into.SetNull(_firstColumn + i, row);
            }
        }

        if (_restLength > 0)
        {
            AppendRest("}"u8);
        }

        return _rest.AsSpan(0, _restLength);
    }

    private void SplitOne(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, DuckColumns into, int row)
    {
        var column = ColumnOf(ref reader);
        var start = (int)reader.TokenStartIndex;
        var key = column >= 0 ? null : reader.GetString()!;
        reader.Read();
        if (column >= 0 && TrySet(ref reader, column, into, row))
        {
            _isSet[column] = true;
            return;
        }

        if (column >= 0)
        {
            // A key that stands twice: the last one counts, and it is not of the column's kind.
            _isSet[column] = false;
        }

        var kind = KindOf(reader.TokenType, reader.ValueSpan);
        var valueStart = (int)reader.TokenStartIndex;
        reader.Skip();
        AppendRest(_restLength == 0 ? "{"u8 : ","u8);
        AppendRest(json[start..(int)reader.BytesConsumed]);
        AddRestTokens(key ?? _columns[column].Key, kind, json[valueStart..(int)reader.BytesConsumed]);
    }

    /// <summary>Senders keep to an order of keys: the column behind the last one is tried first.</summary>
    private int ColumnOf(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < _columns.Count; i++)
        {
            var at = _next + i < _columns.Count ? _next + i : _next + i - _columns.Count;
            if (reader.ValueTextEquals(_columns[at].KeyBytes))
            {
                _next = at + 1;
                return at;
            }
        }

        return -1;
    }

    private bool TrySet(ref Utf8JsonReader reader, int column, DuckColumns into, int row)
    {
        var at = _firstColumn + column;
        switch (_columns[column].Kind)
        {
            case AttributeKind.Text when reader.TokenType == JsonTokenType.String:
                if (!TryText(ref reader, out var text))
                {
                    return false;
                }

                into.Set(at, row, text);
                AddToken(_seeds[column], text);
                return true;
            case AttributeKind.Int when reader.TokenType == JsonTokenType.Number && TryInt(reader.ValueSpan, out var whole):
                into.Set(at, row, whole);
                AddToken(_seeds[column], whole);
                return true;
            case AttributeKind.Double when reader.TokenType == JsonTokenType.Number && !TryInt(reader.ValueSpan, out _):
                var number = double.Parse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
                into.Set(at, row, number);
                AddToken(_seeds[column], AttributeValue.Of(number));
                return true;
            case AttributeKind.Bool when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                into.Set(at, row, reader.TokenType == JsonTokenType.True);
                AddToken(_seeds[column], reader.TokenType == JsonTokenType.True ? "true"u8 : "false"u8);
                return true;
            default:
                return false;
        }
    }

    private bool TryText(ref Utf8JsonReader reader, out ReadOnlySpan<byte> text)
    {
        if (!reader.ValueIsEscaped)
        {
            text = reader.ValueSpan;
            return true;
        }

        if (_text.Length < reader.ValueSpan.Length)
        {
            _text = new byte[reader.ValueSpan.Length * 2];
        }

        try
        {
            text = _text.AsSpan(0, reader.CopyString(_text));
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no UTF-8 says it, the JSON does.
            text = default;
            return false;
        }
    }

    private void AddRestTokens(string key, AttributeKind kind, ReadOnlySpan<byte> value)
    {
        _index.AddRestKey(FieldKind.OwnAttribute, key, kind);
        var seed = Tokens.Seed(new Field(FieldKind.OwnAttribute, key));
        var reader = new AttributeReader([.. "{\"v\":"u8, .. value, .. "}"u8]);
        AddToken(seed, reader.Next() ? reader.Value() : default);
    }

    private void AddToken(long seed, AttributeValue value) => AddToken(seed, Encoding.UTF8.GetBytes(value.ToString()));

    private void AddToken(long seed, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        AddToken(seed, text[..length]);
    }

    private void AddToken(long seed, ReadOnlySpan<byte> text)
    {
        _index.AddToken(Tokens.Exists(seed));
        _index.AddToken(Tokens.Of(seed, text));
    }

    private void AppendRest(ReadOnlySpan<byte> bytes)
    {
        if (_rest.Length - _restLength < bytes.Length)
        {
            Array.Resize(ref _rest, Math.Max(_rest.Length * 2, _restLength + bytes.Length));
        }

        bytes.CopyTo(_rest.AsSpan(_restLength));
        _restLength += bytes.Length;
    }

    private static bool TryInt(ReadOnlySpan<byte> text, out long whole)
    {
        whole = 0;
        return text.IndexOfAny((byte)'.', (byte)'E', (byte)'e') < 0 && Utf8Parser.TryParse(text, out whole, out var used) && used == text.Length;
    }

    private static AttributeKind KindOf(JsonTokenType type, ReadOnlySpan<byte> value) => type switch
    {
        JsonTokenType.String => AttributeKind.Text,
        JsonTokenType.True or JsonTokenType.False => AttributeKind.Bool,
        JsonTokenType.Number => TryInt(value, out _) ? AttributeKind.Int : AttributeKind.Double,
        JsonTokenType.Null => AttributeKind.None,
        _ => AttributeKind.Json,
    };
}
