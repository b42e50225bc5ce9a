using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Toka.Core.Errors;

namespace Toka.Protocols.Wire;

/// <summary>
/// Walks the fields of one protobuf message in place. A field is told by its whole tag (number and wire type), so a known
/// number of another wire type is an unknown field and skipped, as protobuf's own parsers do.
/// </summary>
internal ref struct ProtobufReader
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly string _expected;
    private int _at;

    public ProtobufReader(ReadOnlySpan<byte> message, string expected = "OTLP export request")
    {
        _data = message;
        _expected = expected;
    }

    /// <summary>The tag of the field that the last <see cref="Next"/> came to: number times 8 plus wire type.</summary>
    public uint Tag { get; private set; }

    /// <summary>Whether all has been read; for packed lists, which have no tags.</summary>
    public readonly bool AtEnd => _at == _data.Length;

    /// <summary>How much has been read, in bytes.</summary>
    public readonly int Position => _at;

    /// <summary>Goes to the next field; the value of the last one must have been read or skipped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        if (AtEnd)
        {
            return false;
        }

        // Nearly all tags are of one byte, and so are most lengths.
        var first = _data[_at];
        if (first is >= 8 and < 0x80)
        {
            _at++;
            Tag = first;
            return true;
        }

        return NextLong();
    }

    private bool NextLong()
    {
        var tag = Varint();
        if (tag is < 8 or > uint.MaxValue)
        {
            throw Malformed("a field's tag is not valid");
        }

        Tag = (uint)tag;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Varint()
    {
        // Most numbers have one byte: tags and lengths.
        if ((uint)_at < (uint)_data.Length && _data[_at] < 0x80)
        {
            return _data[_at++];
        }

        return LongVarint();
    }

    private ulong LongVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_at == _data.Length)
            {
                throw Malformed("a number is cut off");
            }

            var b = _data[_at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw Malformed("a number is longer than 10 bytes");
    }

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public uint Fixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Varint();
        return Take(length > int.MaxValue ? int.MaxValue : (int)length);
    }

    /// <summary>Passes over the value of the current field.</summary>
    public void Skip()
    {
        switch (Tag & 7)
        {
            case WireTypes.Varint:
                Varint();
                break;
            case WireTypes.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireTypes.Bytes:
                Bytes();
                break;
            case WireTypes.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed($"wire type {Tag & 7} is not used");
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _data.Length - _at)
        {
            throw Malformed($"{length} bytes are announced where {_data.Length - _at} are left");
        }

        _at += length;
        return _data.Slice(_at - length, length);
    }

    private readonly BadInputException Malformed(string what) =>
        new($"the protobuf message is malformed at byte {_at} of a {_data.Length}-byte part: {what}; send a valid {_expected}");
}

/// <summary>Protobuf's wire types, and tags made with them.</summary>
internal static class WireTypes
{
    public const uint Varint = 0;
    public const uint Fixed64 = 1;
    public const uint Bytes = 2;
    public const uint Fixed32 = 5;
}
