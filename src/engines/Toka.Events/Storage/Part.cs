using Toka.Core.Unsafe;
using Toka.Events.Indexes;

namespace Toka.Events.Storage;

/// <summary>A sealed file and its index. Immutable.</summary>
internal sealed class Part : Leased
{
    private readonly MappedFile _map;

    private Part(string path, long slice, PartIndex index, MappedFile map)
    {
        Path = path;
        Slice = slice;
        Index = index;
        _map = map;
        Bytes = index.PartBytes + map.Length;
    }

    /// <summary>The Parquet file.</summary>
    public string Path { get; }

    /// <summary>The table that it was.</summary>
    public long Slice { get; }

    /// <summary>What its index says.</summary>
    public PartIndex Index { get; }

    /// <summary>Bytes on disk of both files.</summary>
    public long Bytes { get; }

    /// <summary>The service that has it for itself; null where several share it.</summary>
    public string? Service => Index.Services.Count == 1 ? Index.Services[0] : null;

    /// <summary>The index's bytes; valid while the part is used.</summary>
    public ReadOnlySpan<byte> IndexBytes => _map.Slice(0, (int)_map.Length);

    /// <summary>Opens a part.</summary>
    /// <param name="path">The Parquet file; its index stands beside it.</param>
    /// <param name="slice">The table that it was.</param>
    /// <exception cref="InvalidDataException">The index is damaged, or not of this file.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static Part Open(string path, long slice)
    {
        // Read, not mapped, to be checked: what is mapped and touched counts as the process's memory.
        var index = PartIndexFormat.Read(File.ReadAllBytes(PartFiles.IndexOf(path)));
        var length = new FileInfo(path).Length;
        return index.PartBytes == length
            ? new Part(path, slice, index, MappedFile.Open(PartFiles.IndexOf(path)))
            : throw new InvalidDataException($"it is of a file of {index.PartBytes} bytes, and {path} has {length}");
    }

    /// <summary>Whether a granule's filter may have a hash.</summary>
    public ReadOnlySpan<byte> FilterOf(int granule) => IndexBytes.Slice(Index.Filters[granule].At, Index.Filters[granule].Length);

    /// <summary>Closes the index; only when nobody uses the part.</summary>
    public void Close() => _map.Dispose();
}
