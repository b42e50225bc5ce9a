using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Toka.Core.Codecs;
using Toka.Events.Storage;

namespace Toka.Events.Journals;

/// <summary>
/// The rows of one table as they came, so that they outlive the process until the table is sealed. Written by one thread.
/// A record is whole when its length and checksum fit; what a crash left behind the last whole one was never acknowledged.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>Bytes before the first record.</summary>
    public const int PrefixBytes = 12;

    private const int Version = 1;
    private const int FrameBytes = 8;
    private const int RecordBytesMax = 1 << 30;

    private readonly SafeFileHandle _file;
    private long _length;

    private Journal(string path, SafeFileHandle file, long length)
    {
        Path = path;
        _file = file;
        _length = length;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Origins that it has named.</summary>
    public HashSet<ulong> Named { get; } = [];

    /// <summary>Its length in bytes.</summary>
    public long Length => Volatile.Read(ref _length);

    private static ReadOnlySpan<byte> Magic => "TOKAEVJL"u8;

    /// <summary>Makes a journal.</summary>
    public static Journal Create(string path)
    {
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        var prefix = new byte[PrefixBytes];
        Magic.CopyTo(prefix);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(8), Version);
        RandomAccess.Write(file, prefix, 0);
        RandomAccess.FlushToDisk(file);
        DiskSync.Directory(System.IO.Path.GetDirectoryName(path)!);
        return new Journal(path, file, PrefixBytes);
    }

    /// <summary>Opens a journal to write behind its last whole record.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Where that ends; what is behind it is cut off.</param>
    /// <param name="named">Origins that it has named.</param>
    public static Journal Continue(string path, long length, IEnumerable<ulong> named)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        RandomAccess.SetLength(file, length);
        RandomAccess.FlushToDisk(file);
        var journal = new Journal(path, file, length);
        journal.Named.UnionWith(named);
        return journal;
    }

    /// <summary>Hands the whole records of a journal over.</summary>
    /// <param name="path">The file.</param>
    /// <param name="take">Gets each record.</param>
    /// <returns>Where the last whole record ends, and how many bytes are behind it.</returns>
    /// <exception cref="InvalidDataException">It is no journal, of another version, or a record does not fit itself.</exception>
    public static (long Length, long Torn) Replay(string path, Action<byte[]> take)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20);
        return Replay(stream, take);
    }

    /// <summary>Hands the whole records of a journal over.</summary>
    public static (long Length, long Torn) Replay(Stream stream, Action<byte[]> take)
    {
        var prefix = new byte[PrefixBytes];
        if (stream.ReadAtLeast(prefix, PrefixBytes, throwOnEndOfStream: false) < PrefixBytes)
        {
            // It was being made; nothing was acknowledged.
            return (0, stream.Length);
        }

        if (!prefix.AsSpan().StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(8)) != Version)
        {
            throw new InvalidDataException($"it is no journal of version {Version}");
        }

        var whole = (long)PrefixBytes;
        var frame = new byte[FrameBytes];
        while (stream.ReadAtLeast(frame, FrameBytes, throwOnEndOfStream: false) == FrameBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(frame);
            if (length is < 0 or > RecordBytesMax || length > stream.Length - stream.Position)
            {
                break;
            }

            var record = new byte[length];
            stream.ReadExactly(record);
            if (Crc32C.Of(record) != BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(4)))
            {
                break;
            }

            take(record);
            whole = stream.Position;
        }

        return (whole, stream.Length - whole);
    }

    /// <summary>Appends a record; it is durable after <see cref="Sync"/>.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        Span<byte> frame = stackalloc byte[FrameBytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Crc32C.Of(record));
        RandomAccess.Write(_file, frame, _length);
        RandomAccess.Write(_file, record, _length + FrameBytes);
        Volatile.Write(ref _length, _length + FrameBytes + record.Length);
    }

    /// <summary>Waits until everything is on the disk.</summary>
    public void Sync() => RandomAccess.FlushToDisk(_file);

    /// <summary>Takes back what was appended since it had a length.</summary>
    public void TakeBack(long length)
    {
        RandomAccess.SetLength(_file, length);
        Volatile.Write(ref _length, length);
    }

    /// <summary>The file of a table.</summary>
    public static string NameOf(string directory, long slice) => System.IO.Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{slice:D8}.journal"));

    /// <summary>The journals of a directory by their tables.</summary>
    public static List<(string Path, long Slice)> List(string directory)
    {
        var all = new List<(string, long)>();
        if (Directory.Exists(directory))
        {
            foreach (var path in Directory.EnumerateFiles(directory, "*.journal"))
            {
                if (long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var slice))
                {
                    all.Add((path, slice));
                }
            }
        }

        all.Sort(static (left, right) => left.Item2.CompareTo(right.Item2));
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
