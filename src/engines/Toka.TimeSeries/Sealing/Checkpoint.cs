using System.Buffers.Binary;
using System.Text;
using Toka.Core.Codecs;
using Toka.Core.Errors;
using Toka.Core.Samples;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Sealing;

/// <summary>A part of the log whose samples are in blocks: those before a moment in segments up to one.</summary>
/// <param name="Segment">The last segment's number.</param>
/// <param name="BeforeMs">The moment.</param>
internal readonly record struct SealedLog(uint Segment, long BeforeMs)
{
    /// <summary>Whether it says at least what another one says.</summary>
    public bool Covers(SealedLog other) => Segment >= other.Segment && BeforeMs >= other.BeforeMs;
}

/// <summary>What the log need not say again: which of it is in blocks, and the metadata. docs/formats/checkpoint.md has the boxes. Immutable.</summary>
/// <param name="SteadyMs">The time that retention went by when this was written, ms.</param>
/// <param name="Sealed">What is in blocks; none of them covers another.</param>
/// <param name="Metadata">All metadata known.</param>
internal sealed record Checkpoint(long SteadyMs, IReadOnlyList<SealedLog> Sealed, IReadOnlyList<MetricMetadata> Metadata)
{
    /// <summary>The file in the store's directory.</summary>
    public const string FileName = "checkpoint";

    /// <summary>"TKCP", little-endian.</summary>
    internal const uint Magic = 0x5043_4b54;

    /// <summary>The version written, and the only one read.</summary>
    internal const uint Version = 1;

    private const string TemporaryName = FileName + ".tmp";

    /// <summary>A larger file is damage: the most metadata that a store keeps is below it.</summary>
    private const long BytesMax = 1L << 30;

    /// <summary>Whether a sample of a segment is in blocks.</summary>
    public bool IsSealed(uint segment, long time) => time < SealedBefore(segment);

    /// <summary>The moment before which the samples of a segment are in blocks; <see cref="long.MinValue"/> where none is.</summary>
    public long SealedBefore(uint segment)
    {
        var before = long.MinValue;
        foreach (var part in Sealed)
        {
            before = segment <= part.Segment ? Math.Max(before, part.BeforeMs) : before;
        }

        return before;
    }

    /// <summary>With one more part of the log in blocks.</summary>
    /// <param name="part">The part.</param>
    /// <param name="oldestSegment">The oldest segment there is: what is said of older ones only is left out.</param>
    public IReadOnlyList<SealedLog> With(SealedLog part, uint oldestSegment) =>
        [.. Sealed.Where(known => !part.Covers(known) && known.Segment >= oldestSegment), part];

    /// <summary>Reads the file of a directory.</summary>
    /// <returns>What it says; null where there is none or it is damaged.</returns>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="fault">What is wrong with it; null where nothing is.</param>
    /// <exception cref="BadInputException">Another version wrote it.</exception>
    public static Checkpoint? Read(IStoreDisk disk, string directory, out string? fault)
    {
        fault = null;
        var path = Path.Combine(directory, FileName);
        if (!disk.Exists(path))
        {
            return null;
        }

        using var file = disk.Open(path, toWrite: false);
        if (file.Length > BytesMax)
        {
            fault = $"{path}: {file.Length} bytes are more than a checkpoint has; the log is read as a whole";
            return null;
        }

        var bytes = new byte[(int)file.Length];
        for (int at = 0, read; at < bytes.Length && (read = file.Read(bytes.AsSpan(at), at)) > 0; at += read)
        {
        }

        if (bytes.Length < 12 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4)) != Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)))
        {
            fault = $"{path}: checksum does not match at byte 0; the log is read as a whole";
            return null;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        if (version != Version)
        {
            throw new BadInputException($"{path} is a checkpoint of version {version}; this toka reads version {Version}. Use the toka that wrote it, or give another data directory.");
        }

        try
        {
            return Decode(bytes);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException)
        {
            fault = $"{path}: contradicts itself under a right checksum ({e.Message}); the log is read as a whole";
            return null;
        }
    }

    /// <summary>Puts it in the place of the one before; it is durable when this returns.</summary>
    public void Write(IStoreDisk disk, string directory)
    {
        var bytes = Encode();
        var temporary = Path.Combine(directory, TemporaryName);
        disk.Delete(temporary);
        using (var file = disk.Create(temporary))
        {
            file.Write(bytes, 0);
            file.Sync();
        }

        disk.Rename(temporary, Path.Combine(directory, FileName));
        disk.SyncDirectory(directory);
    }

    private byte[] Encode()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(SteadyMs);
            writer.Write(Sealed.Count);
            foreach (var part in Sealed)
            {
                writer.Write(part.Segment);
                writer.Write(part.BeforeMs);
            }

            writer.Write(Metadata.Count);
            foreach (var metadata in Metadata)
            {
                writer.Write((byte)metadata.Type);
                writer.Write(metadata.Family);
                writer.Write(metadata.Help);
                writer.Write(metadata.Unit);
            }

            writer.Flush();
            writer.Write(Crc32C.Of(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        }

        return stream.ToArray();
    }

    private static Checkpoint Decode(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, 8, bytes.Length - 12), Encoding.UTF8);
        var steady = reader.ReadInt64();
        var parts = new SealedLog[Count(reader, sizeof(uint) + sizeof(long))];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new SealedLog(reader.ReadUInt32(), reader.ReadInt64());
        }

        var metadata = new MetricMetadata[Count(reader, 4)];
        for (var i = 0; i < metadata.Length; i++)
        {
            var type = (MetricType)reader.ReadByte();
            metadata[i] = new MetricMetadata(reader.ReadString(), type, reader.ReadString(), reader.ReadString());
        }

        return new Checkpoint(steady, parts, metadata);
    }

    /// <summary>A number of entries, each of so many bytes at least.</summary>
    private static int Count(BinaryReader reader, int bytesMin)
    {
        var count = reader.ReadInt32();
        var left = reader.BaseStream.Length - reader.BaseStream.Position;
        return count >= 0 && count <= left / bytesMin ? count : throw new InvalidDataException($"{count} entries cannot be in {left} bytes");
    }
}
