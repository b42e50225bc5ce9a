using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Toka.Core.Codecs;
using Toka.Core.Errors;

namespace Toka.TimeSeries.Blocks;

/// <summary>A section's place.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Its length.</param>
/// <param name="Crc">The CRC32C of its bytes.</param>
internal readonly record struct Section(SectionKind Kind, long Offset, long Length, uint Crc);

/// <summary>What stands at the end of a block: what it is, and where its sections are.</summary>
/// <param name="Info">What it is.</param>
/// <param name="Sections">Its sections, without gaps between header and footer.</param>
internal sealed record BlockFooter(BlockInfo Info, Section[] Sections);

/// <summary>The constants of a block's file, its header and its footer; the boxes are in docs/formats/block.md.</summary>
internal static class BlockFormat
{
    /// <summary>"TKBK", little-endian.</summary>
    public const uint Magic = 0x4b42_4b54;

    /// <summary>"TKBE", little-endian: the file's last four bytes.</summary>
    public const uint EndMagic = 0x4542_4b54;

    /// <summary>The version written, and the only one read.</summary>
    public const uint Version = 1;

    /// <summary>Magic, version, sequence, CRC32C of these.</summary>
    public const int HeaderBytes = 20;

    /// <summary>Length of the footer's body, CRC32C of body and length, magic.</summary>
    public const int TailBytes = 12;

    /// <summary>The most samples in a chunk: the codecs' columns end there, and it bounds what a read decodes too much.</summary>
    public const int ChunkSamplesMax = 8192;

    /// <summary>The longest payload of a chunk; a length above it is damage. Eight thousand rich histograms fit.</summary>
    public const int PayloadBytesMax = 256 * 1024 * 1024;

    /// <summary>Longer labels of a series are damage: a store takes less than 64 KiB.</summary>
    public const int LabelBytesMax = 1024 * 1024;

    /// <summary>The checksum behind each chunk and each time column.</summary>
    public const int CrcBytes = 4;

    /// <summary>Values of a label in a group that shares beginnings: small, because one of it is found by walking.</summary>
    public const int ValuesPerGroup = 8;

    /// <summary>Series in a group, for the same reason.</summary>
    public const int SeriesPerGroup = 16;

    private const int FixedFooterBytes = (5 * sizeof(long)) + (3 * sizeof(uint));
    private const int SectionBytes = (2 * sizeof(uint)) + (2 * sizeof(long));

    /// <summary>The file of a block in a directory.</summary>
    public static string PathOf(string directory, long sequence) =>
        Path.Combine(directory, sequence.ToString("D10", CultureInfo.InvariantCulture) + ".tkb");

    /// <summary>How many bytes a column of numbers up to this one takes; 0 for none but zero.</summary>
    public static int WidthOf(ulong max) => (64 - System.Numerics.BitOperations.LeadingZeroCount(max) + 7) / 8;

    /// <summary>Writes the header.</summary>
    public static void WriteHeader(Span<byte> into, long sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(into, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(into[16..], Crc32C.Of(into[..16]));
    }

    /// <summary>Reads the header.</summary>
    /// <returns>The sequence.</returns>
    public static long ReadHeader(ReadOnlySpan<byte> from, string path)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[16..]) != Crc32C.Of(from[..16]))
        {
            throw new BlockDamagedException(path, 0, "the header is not that of a block");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(from[4..]);
        return version == Version
            ? BinaryPrimitives.ReadInt64LittleEndian(from[8..])
            : throw new BadInputException($"{path}: version {version} of the block format is not known to this toka, which reads version {Version}; use the toka that wrote it, or a newer one.");
    }

    /// <summary>Writes body and tail.</summary>
    public static void WriteFooter(IBufferWriter<byte> into, BlockInfo info, IReadOnlyList<Section> sections)
    {
        var length = FixedFooterBytes + (sections.Count * SectionBytes) + (info.Sources.Count * sizeof(long));
        var span = into.GetSpan(length + TailBytes)[..(length + TailBytes)];
        var rest = span;
        PutLong(ref rest, info.Sequence);
        PutLong(ref rest, info.TierMs);
        PutLong(ref rest, info.MinMs);
        PutLong(ref rest, info.MaxMs);
        PutLong(ref rest, info.Samples);
        PutInt(ref rest, (uint)info.Series);
        PutInt(ref rest, (uint)sections.Count);
        PutInt(ref rest, (uint)info.Sources.Count);
        foreach (var section in sections)
        {
            PutInt(ref rest, (uint)section.Kind);
            PutInt(ref rest, section.Crc);
            PutLong(ref rest, section.Offset);
            PutLong(ref rest, section.Length);
        }

        foreach (var source in info.Sources)
        {
            PutLong(ref rest, source);
        }

        PutInt(ref rest, (uint)length);
        PutInt(ref rest, Crc32C.Of(span[..(length + sizeof(uint))]));
        PutInt(ref rest, EndMagic);
        into.Advance(length + TailBytes);
    }

    /// <summary>Reads the length of the footer's body from the tail.</summary>
    public static int ReadTail(ReadOnlySpan<byte> tail, long fileLength, string path)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail[8..]) != EndMagic)
        {
            throw new BlockDamagedException(path, fileLength - sizeof(uint), "the file does not end as a block does; it was cut short or overwritten");
        }

        return length is >= FixedFooterBytes and < int.MaxValue && length <= fileLength - HeaderBytes - TailBytes
            ? (int)length
            : throw new BlockDamagedException(path, fileLength - TailBytes, $"the footer cannot be {length} bytes long");
    }

    /// <summary>Reads body and tail.</summary>
    public static BlockFooter ReadFooter(ReadOnlySpan<byte> bodyAndTail, long fileLength, long sequence, string path)
    {
        var offset = fileLength - bodyAndTail.Length;
        var body = bodyAndTail[..^TailBytes];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bodyAndTail[^8..]) != Crc32C.Of(bodyAndTail[..^8]))
        {
            throw new BlockDamagedException(path, offset, "the footer does not have its checksum");
        }

        var number = TakeLong(ref body);
        var (tier, min, max, samples) = (TakeLong(ref body), TakeLong(ref body), TakeLong(ref body), TakeLong(ref body));
        var (series, sectionCount, sourceCount) = (TakeInt(ref body), TakeInt(ref body), TakeInt(ref body));
        if (number != sequence || min > max || series > int.MaxValue || body.Length != (sectionCount * (long)SectionBytes) + (sourceCount * (long)sizeof(long)))
        {
            throw new BlockDamagedException(path, offset, "the footer contradicts itself");
        }

        var sections = new Section[sectionCount];
        long end = HeaderBytes;
        foreach (ref var section in sections.AsSpan())
        {
            var (kind, crc) = ((SectionKind)TakeInt(ref body), TakeInt(ref body));
            section = new Section(kind, TakeLong(ref body), TakeLong(ref body), crc);
            if (section.Offset != end || section.Length < 0 || section.Length > offset - end)
            {
                throw new BlockDamagedException(path, offset, $"the footer says that the section {kind} is where it cannot be");
            }

            end += section.Length;
        }

        var sources = new long[sourceCount];
        foreach (ref var source in sources.AsSpan())
        {
            source = TakeLong(ref body);
            if (source >= sequence)
            {
                throw new BlockDamagedException(path, offset, $"the footer says that it replaces block {source}, which is not older");
            }
        }

        return end == offset
            ? new BlockFooter(new BlockInfo(sequence, tier, min, max, (int)series, samples, fileLength, sources, path), sections)
            : throw new BlockDamagedException(path, offset, "the footer leaves bytes before it to no section");
    }

    private static void PutLong(ref Span<byte> rest, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, value);
        rest = rest[sizeof(long)..];
    }

    private static void PutInt(ref Span<byte> rest, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(rest, value);
        rest = rest[sizeof(uint)..];
    }

    private static long TakeLong(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[sizeof(long)..];
        return value;
    }

    private static uint TakeInt(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        rest = rest[sizeof(uint)..];
        return value;
    }
}
