using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Toka.Core.Codecs;
using Toka.Core.Labels;

namespace Toka.Forwarding.Buffer;

/// <summary>
/// Where a remote's sending goes on after a restart: one small file, written in place in one write. Where it is damaged
/// everything that is left in the queue is sent again. Thread-safe; after its end nothing is written.
/// </summary>
internal sealed class PositionFile : IDisposable
{
    /// <summary>"TKFP", little-endian.</summary>
    private const uint Magic = 0x5046_4b54;
    private const uint Version = 1;
    private const int HeadBytes = 36;
    private const string Extension = ".pos";

    private readonly byte[] _name;
    private readonly IQueueFile _file;
    private readonly Lock _lock = new();
    private QueuePosition _written;
    private bool _isClosed;

    private PositionFile(byte[] name, IQueueFile file) => (_name, _file) = (name, file);

    /// <summary>Makes or replaces a remote's file.</summary>
    /// <exception cref="IOException">It cannot be made or written; part of it may lie there.</exception>
    public static PositionFile Create(string directory, string remote, IQueueDisk disk, QueuePosition position)
    {
        var file = new PositionFile(Encoding.UTF8.GetBytes(remote), disk.Create(PathOf(directory, remote)));
        try
        {
            file.Write(position);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The path of a remote's file: its name may have characters that a file's may not.</summary>
    public static string PathOf(string directory, string remote) =>
        Path.Combine(directory, LabelSet.HashOf(Encoding.UTF8.GetBytes(remote)).ToString("x16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>All remotes that a directory knows, with the path of each one's file.</summary>
    /// <returns>The position is null where the file is damaged; the remote's name is then unknown, and empty.</returns>
    public static IReadOnlyList<(string Path, string Remote, QueuePosition? Position)> ReadAll(string directory, IQueueDisk disk)
    {
        var all = new List<(string, string, QueuePosition?)>();
        foreach (var path in disk.List(directory).Where(static path => path.EndsWith(Extension, StringComparison.Ordinal)))
        {
            using var file = disk.Open(path);
            var bytes = new byte[Math.Min(file.Length, 64 * 1024)];
            var length = file.Read(bytes, 0);
            var whole = bytes.AsSpan(0, length);
            var isGood = length >= HeadBytes + sizeof(uint)
                && BinaryPrimitives.ReadUInt32LittleEndian(whole) == Magic && BinaryPrimitives.ReadUInt32LittleEndian(whole[4..]) == Version
                && BinaryPrimitives.ReadUInt32LittleEndian(whole[^sizeof(uint)..]) == Crc32C.Of(whole[..^sizeof(uint)]);
            all.Add(isGood
                ? (path, Encoding.UTF8.GetString(whole[HeadBytes..^sizeof(uint)]), new QueuePosition(
                    BinaryPrimitives.ReadInt64LittleEndian(whole[8..]), BinaryPrimitives.ReadInt64LittleEndian(whole[16..]), BinaryPrimitives.ReadInt64LittleEndian(whole[24..])))
                : (path, "", null));
        }

        return all;
    }

    /// <summary>Writes a position where it is another one than before.</summary>
    /// <exception cref="IOException">It could not be written; what was sent since is sent again after a restart.</exception>
    public void Write(in QueuePosition position)
    {
        lock (_lock)
        {
            if (position != _written && !_isClosed)
            {
                _file.Write(Encode(position), 0);
                _written = position;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _file.Dispose();
        }
    }

    private byte[] Encode(in QueuePosition position)
    {
        var bytes = new byte[HeadBytes + _name.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), position.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), position.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), position.Ordinal);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), _name.Length);
        _name.CopyTo(bytes, HeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(HeadBytes + _name.Length), Crc32C.Of(bytes.AsSpan(0, HeadBytes + _name.Length)));
        return bytes;
    }
}
