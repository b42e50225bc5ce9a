using System.Buffers.Binary;
using Toka.Core.Labels;

namespace Toka.Protocols.Otlp.Points;

/// <summary>
/// The labels that all rows of a point have, in canonical bytes, with the places where the name and one more label go: a
/// histogram's seventeen rows are then copies with two labels put in, not seventeen sorts. Reused; not thread-safe.
/// </summary>
internal sealed class RowTemplate
{
    private byte[] _base = new byte[512];
    private byte[] _row = new byte[640];
    private int _length;
    private int _nameAt;
    private int _extraAt;
    private int _extraLength;

    /// <summary>The length of the labels without name and extra one, in bytes.</summary>
    public int Length => _length;

    /// <summary>Puts the labels together.</summary>
    /// <param name="attributes">The point's own labels; one called <c>__name__</c> is left out.</param>
    /// <param name="shared">Canonical bytes of labels that win over them.</param>
    /// <param name="extra">The name of the label that some rows have besides; greater than <c>__name__</c>; empty for none.</param>
    public void Set(LabelSetBuilder attributes, ReadOnlySpan<byte> shared, ReadOnlySpan<byte> extra)
    {
        var room = attributes.EncodedLength + shared.Length;
        if (_base.Length < room)
        {
            _base = new byte[room * 2];
        }

        _length = 0;
        _nameAt = _extraAt = -1;
        _extraLength = 0;
        var sharedName = Take(ref shared, out var sharedValue);
        for (var i = 0; i < attributes.Count; i++)
        {
            attributes.At(i, out var name, out var value);
            while (!sharedName.IsEmpty)
            {
                var order = sharedName.SequenceCompareTo(name);
                if (order > 0)
                {
                    break;
                }

                Append(sharedName, sharedValue, extra);
                sharedName = Take(ref shared, out sharedValue);
                if (order == 0)
                {
                    name = default;
                    break;
                }
            }

            if (!name.IsEmpty)
            {
                Append(name, value, extra);
            }
        }

        for (; !sharedName.IsEmpty; sharedName = Take(ref shared, out sharedValue))
        {
            Append(sharedName, sharedValue, extra);
        }

        _nameAt = _nameAt < 0 ? _length : _nameAt;
        _extraAt = _extraAt < 0 ? _length : _extraAt;
    }

    /// <summary>A row's canonical label bytes; a view that the next call ends.</summary>
    /// <param name="name">The label <c>__name__</c>, encoded.</param>
    public ReadOnlySpan<byte> Row(ReadOnlySpan<byte> name)
    {
        var row = Room(LengthOf(name));
        Write(name, row);
        return row;
    }

    /// <inheritdoc cref="Row(ReadOnlySpan{byte})"/>
    /// <param name="name">The label <c>__name__</c>, encoded.</param>
    /// <param name="extra">The extra label, encoded; it wins over an attribute of its name.</param>
    public ReadOnlySpan<byte> Row(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra)
    {
        var row = Room(LengthOf(name, extra));
        Write(name, extra, row);
        return row;
    }

    /// <summary>The length of a row with a name, in bytes.</summary>
    public int LengthOf(ReadOnlySpan<byte> name) => _length + name.Length;

    /// <summary>The length of a row with a name and the extra label, in bytes.</summary>
    public int LengthOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra) => _length - _extraLength + name.Length + extra.Length;

    /// <summary>Writes a row of <see cref="LengthOf(ReadOnlySpan{byte})"/> bytes.</summary>
    public void Write(ReadOnlySpan<byte> name, Span<byte> row)
    {
        _base.AsSpan(0, _nameAt).CopyTo(row);
        name.CopyTo(row[_nameAt..]);
        _base.AsSpan(_nameAt, _length - _nameAt).CopyTo(row[(_nameAt + name.Length)..]);
    }

    /// <summary>Writes a row of <see cref="LengthOf(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> bytes.</summary>
    public void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra, Span<byte> row)
    {
        _base.AsSpan(0, _nameAt).CopyTo(row);
        name.CopyTo(row[_nameAt..]);
        var at = _nameAt + name.Length;
        _base.AsSpan(_nameAt, _extraAt - _nameAt).CopyTo(row[at..]);
        at += _extraAt - _nameAt;
        extra.CopyTo(row[at..]);
        _base.AsSpan(_extraAt + _extraLength, _length - _extraAt - _extraLength).CopyTo(row[(at + extra.Length)..]);
    }

    private Span<byte> Room(int length)
    {
        if (_row.Length < length)
        {
            _row = new byte[length * 2];
        }

        return _row.AsSpan(0, length);
    }

    private void Append(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> extra)
    {
        if (_nameAt < 0)
        {
            var order = name[0] == '_' ? name.SequenceCompareTo("__name__"u8) : name[0] - '_';
            if (order == 0)
            {
                return;
            }

            _nameAt = order > 0 ? _length : -1;
        }

        var length = (2 * sizeof(ushort)) + name.Length + value.Length;
        if (_extraAt < 0 && !extra.IsEmpty)
        {
            var order = name.SequenceCompareTo(extra);
            _extraAt = order >= 0 ? _length : -1;
            _extraLength = order == 0 ? length : 0;
        }

        var to = _base.AsSpan(_length, length);
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)name.Length);
        name.CopyTo(to[sizeof(ushort)..]);
        BinaryPrimitives.WriteUInt16LittleEndian(to[(sizeof(ushort) + name.Length)..], (ushort)value.Length);
        value.CopyTo(to[((2 * sizeof(ushort)) + name.Length)..]);
        _length += length;
    }

    /// <summary>Takes the first label off; the name is empty at the end.</summary>
    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> encoded, out ReadOnlySpan<byte> value)
    {
        if (encoded.IsEmpty)
        {
            value = default;
            return default;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(encoded);
        var name = encoded.Slice(sizeof(ushort), length);
        encoded = encoded[(sizeof(ushort) + length)..];
        length = BinaryPrimitives.ReadUInt16LittleEndian(encoded);
        value = encoded.Slice(sizeof(ushort), length);
        encoded = encoded[(sizeof(ushort) + length)..];
        return name;
    }
}
