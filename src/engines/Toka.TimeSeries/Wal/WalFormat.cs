using System.Buffers.Binary;
using Toka.Core.Codecs;

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

    /// <summary>Native histograms of series that the segment has defined.</summary>
    Histograms = 4,

    /// <summary>Exemplars of such series.</summary>
    Exemplars = 5,

    /// <summary>When counters of such series began.</summary>
    Created = 6,
}

/// <summary>The log's constants and checksum; the boxes are in docs/formats/wal.md.</summary>
internal static class WalFormat
{
    /// <summary>"TKWL", little-endian.</summary>
    public const uint Magic = 0x4c57_4b54;

    /// <summary>The version written.</summary>
    public const uint Version = 3;

    /// <summary>The oldest version read: it has no records beside series, samples and metadata.</summary>
    public const uint VersionMin = 2;

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
        BinaryPrimitives.WriteUInt32LittleEndian(into[12..], Crc32C.Of(into[..12]));
    }
}
