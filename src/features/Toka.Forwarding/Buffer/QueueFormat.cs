using System.Buffers.Binary;
using Toka.Core.Codecs;
using Toka.Core.Errors;

namespace Toka.Forwarding.Buffer;

/// <summary>The forward queue's constants and checksums; the boxes are in docs/formats/forward-queue.md.</summary>
internal static class QueueFormat
{
    /// <summary>"TKFQ", little-endian.</summary>
    public const uint Magic = 0x5146_4b54;

    /// <summary>The version written and read.</summary>
    public const uint Version = 1;

    /// <summary>Magic, version, sequence, first ordinal, time of making, CRC32C of these.</summary>
    public const int HeaderBytes = 36;

    /// <summary>Length of the payload, entries, time of taking.</summary>
    public const int FrameHeadBytes = 16;

    /// <summary>The checksum behind the payload.</summary>
    public const int FrameTailBytes = 4;

    /// <summary>A record ends at this payload, so that who sends reads in small steps.</summary>
    public const int PayloadBytesGoal = 64 * 1024;

    /// <summary>
    /// A length above it is damage: one record never holds more than the goal and one entry, and the largest entry is a
    /// native histogram or a label set.
    /// </summary>
    public const int PayloadBytesMax = 16 * 1024 * 1024;

    /// <summary>References above it are damage; it bounds what reading allocates for them.</summary>
    public const int ReferenceMax = 1 << 26;

    /// <summary>Set in an entry's first byte where it is not a float sample.</summary>
    public const int OtherFlag = 8;

    /// <summary>Defines a series: reference, labels.</summary>
    public const int Define = 0;

    /// <summary>When the counter of a series began.</summary>
    public const int Created = 1;

    /// <summary>A native histogram.</summary>
    public const int Histogram = 2;

    /// <summary>An exemplar.</summary>
    public const int Exemplar = 3;

    /// <summary>Writes a segment's header.</summary>
    public static void WriteHeader(Span<byte> into, in SegmentHeader header)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(into, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], header.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], header.FirstOrdinal);
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], header.MadeMs);
        BinaryPrimitives.WriteUInt32LittleEndian(into[32..], Crc32C.Of(into[..32]));
    }

    /// <summary>Reads a segment's header.</summary>
    /// <returns>False where it is torn or damaged.</returns>
    /// <exception cref="BadInputException">Another version wrote it.</exception>
    public static bool TryReadHeader(ReadOnlySpan<byte> from, string path, out SegmentHeader header)
    {
        header = default;
        if (from.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[32..]) != Crc32C.Of(from[..32]))
        {
            return false;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(from[4..]);
        if (version != Version)
        {
            throw new BadInputException($"{path} is a forward queue of version {version}; this toka reads version {Version}. Use the toka that wrote it, or remove the file, which gives up the samples in it that are not sent yet.");
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]), BinaryPrimitives.ReadInt64LittleEndian(from[16..]), BinaryPrimitives.ReadInt64LittleEndian(from[24..]));
        return true;
    }
}

/// <summary>The header of a segment.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="FirstOrdinal">The ordinal of its first entry.</param>
/// <param name="MadeMs">When it was made, ms since the Unix epoch.</param>
internal readonly record struct SegmentHeader(long Sequence, long FirstOrdinal, long MadeMs);

/// <summary>The head of a record.</summary>
/// <param name="PayloadBytes">The length of its payload.</param>
/// <param name="Entries">Its samples, histograms and exemplars together.</param>
/// <param name="TakenMs">When they were taken, ms since the Unix epoch.</param>
internal readonly record struct FrameHead(int PayloadBytes, int Entries, long TakenMs)
{
    /// <summary>The record's length with head and checksum.</summary>
    public int Bytes => QueueFormat.FrameHeadBytes + PayloadBytes + QueueFormat.FrameTailBytes;

    /// <summary>Whether the numbers can be those of a record.</summary>
    public bool IsSound => PayloadBytes is >= 0 and <= QueueFormat.PayloadBytesMax && Entries >= 0;

    public static FrameHead Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadInt32LittleEndian(from), BinaryPrimitives.ReadInt32LittleEndian(from[4..]), BinaryPrimitives.ReadInt64LittleEndian(from[8..]));

    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, PayloadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(into[4..], Entries);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], TakenMs);
    }

    /// <summary>Whether the checksum at a record's end is its own.</summary>
    /// <param name="record">The whole record.</param>
    public static bool Checks(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[^QueueFormat.FrameTailBytes..]) == Crc32C.Of(record[..^QueueFormat.FrameTailBytes]);
}
