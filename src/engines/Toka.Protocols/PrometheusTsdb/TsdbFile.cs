using System.Buffers.Binary;
using Toka.Core.Codecs;
using Toka.Core.Unsafe;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>A file of a block and its name; what lies beyond its end is a fault of the file, told with the name. Thread-safe.</summary>
/// <param name="name">The name for messages.</param>
/// <param name="bytes">The file; disposed with this.</param>
public sealed class TsdbFile(string name, MappedFile bytes) : IDisposable
{
    private const int VarintBytesMax = 10;

    /// <summary>The name for messages.</summary>
    public string Name { get; } = name;

    /// <summary>The length in bytes.</summary>
    public long Length => bytes.Length;

    /// <inheritdoc/>
    public void Dispose() => bytes.Dispose();

    internal TsdbFormatException Fault(long offset, string what) => new(Name, offset, what);

    internal ReadOnlySpan<byte> Slice(long offset, long length, string what)
    {
        if (offset < 0 || length < 0 || length > int.MaxValue || offset > Length - length)
        {
            throw Fault(offset, $"{what} does not lie within the file of {Length} bytes");
        }

        return bytes.Slice(offset, (int)length);
    }

    internal TsdbCursor Cursor(long offset, long length, string what) => new(this, offset, Slice(offset, length, what));

    /// <summary>The content of a section that begins with its length (u32) and ends with its CRC32C (u32), which is checked.</summary>
    internal TsdbCursor Section(long offset, string what)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(Slice(offset, sizeof(uint), what));
        return Checked(offset + sizeof(uint), length, what);
    }

    /// <summary>The content of an entry that begins with its length (uvarint) and ends with its CRC32C, which is checked.</summary>
    /// <param name="offset">Where the length stands.</param>
    /// <param name="extra">Bytes of content that the length does not count.</param>
    /// <param name="what">What it is, for messages.</param>
    internal TsdbCursor Entry(long offset, int extra, string what)
    {
        var start = Cursor(offset, Math.Clamp(Length - offset, 0, VarintBytesMax), what);
        var length = start.Uvarint();
        if (length > int.MaxValue)
        {
            throw Fault(offset, $"{what} claims a length of {length} bytes");
        }

        return Checked(start.Offset, (long)length + extra, what);
    }

    private TsdbCursor Checked(long offset, long length, string what)
    {
        var content = Slice(offset, length, what);
        var expected = BinaryPrimitives.ReadUInt32BigEndian(Slice(offset + length, sizeof(uint), what));
        var actual = Crc32C.Of(content);
        return actual == expected
            ? new TsdbCursor(this, offset, content)
            : throw Fault(offset, $"{what} has the checksum {actual:x8} instead of {expected:x8}");
    }
}
