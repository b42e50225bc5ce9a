using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Events.Duck;
using Toka.Events.Indexes;

namespace Toka.Events.Reading;

/// <summary>Writes attributes that were split into columns as JSON again. Not thread-safe.</summary>
/// <param name="columns">The attributes that have columns.</param>
/// <param name="firstColumn">The place of the first of them in the rows.</param>
internal sealed class AttributeJoiner(IReadOnlyList<AttributeColumn> columns, int firstColumn)
{
    private const int NumberBytes = 40;
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static code => (byte)code), (byte)'"', (byte)'\\']);
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>The attributes of a row.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="row">Which.</param>
    /// <param name="rest">Those without a column.</param>
    public byte[] Join(DuckRows rows, int row, ReadOnlySpan<byte> rest)
    {
        _buffer.ResetWrittenCount();
        if (!rest.IsEmpty)
        {
            _buffer.Write(rest[..^1]);
        }

        for (var i = 0; i < columns.Count; i++)
        {
            if (!rows.IsNull(firstColumn + i, row))
            {
                _buffer.Write(_buffer.WrittenCount == 0 ? "{"u8 : ","u8);
                _buffer.Write(columns[i].JsonKey);
                Write(rows, row, firstColumn + i, columns[i].Kind);
            }
        }

        if (_buffer.WrittenCount > 0)
        {
            _buffer.Write("}"u8);
        }

        return _buffer.WrittenSpan.ToArray();
    }

    private void Write(DuckRows rows, int row, int column, AttributeKind kind)
    {
        var target = _buffer.GetSpan(NumberBytes);
        switch (kind)
        {
            case AttributeKind.Int:
                Utf8Formatter.TryFormat(rows.Values<long>(column)[row], target, out var length);
                _buffer.Advance(length);
                break;
            case AttributeKind.Double:
                _buffer.Advance(AttributeJson.Write(rows.Values<double>(column)[row], target));
                break;
            case AttributeKind.Bool:
                _buffer.Write(rows.Values<byte>(column)[row] != 0 ? "true"u8 : "false"u8);
                break;
            default:
                var text = rows.Text(column, row);
                _buffer.Write("\""u8);
                _buffer.Write(text.ContainsAny(Escaped) ? JsonEncodedText.Encode(text).EncodedUtf8Bytes : text);
                _buffer.Write("\""u8);
                break;
        }
    }
}
