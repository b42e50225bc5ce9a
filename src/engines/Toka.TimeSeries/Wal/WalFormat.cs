using System.Buffers.Binary;
using System.Numerics;

namespace Toka.TimeSeries.Wal;

/// <summary>What a record holds. The numbers are on disk: append only.</summary>
internal enum RecordType : byte
{
    /// <summary>Series: reference and labels.</summary>
    Series = 1,

    /// <summary>Samples of series that the segment has defined.</summary>
    Samples = 2,

    /// <summary>Metadata of metric families.</summary>
    Metadata = 3,
}

/// <summary>The log's constants and checksum; the boxes are in docs/formats/wal.md.</summary>
internal static class WalFormat
{
    /// <summary>"TKWL", little-endian.</summary>
    public const uint Magic = 0x4c57_4b54;

    /// <summary>The version written, and the only one read.</summary>
    public const uint Version = 2;

    /// <summary>Magic, version, sequence, CRC32C of these.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Length and type before the payload.</summary>
    public const int FrameHeadBytes = 5;

    /// <summary>The checksum behind it.</summary>
    public const int FrameTailBytes = 4;

    /// <summary>A writer begins a new record at this payload, so that recovery reads in small steps.</summary>
    public const int PayloadBytesGoal = 64 * 1024;

    /// <summary>A length above it is damage: one record never holds more than the goal and one label set.</summary>
    public const int PayloadBytesMax = 1024 * 1024;

    /// <summary>References above it are damage; it bounds what recovery allocates for them.</summary>
    public const int ReferenceMax = 1 << 28;

    /// <summary>The head of a run of one: series in the order of their references whose values are as before.</summary>
    public const byte RunHead = 3;

    /// <summary>The longest run: its length takes six bits.</summary>
    public const int RunMax = 64;

    /// <summary>Writes a segment's header.</summary>
    public static void WriteHeader(Span<byte> into, uint sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(into, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(into[12..], Crc32C(into[..12]));
    }

    /// <summary>CRC32C (Castagnoli, reflected, initial and final inversion; RFC 3720 §12.1), by the processor's instruction where it has one.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="before">The checksum of the bytes before these, to go on from there; 0 where there are none.</param>
    public static uint Crc32C(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
