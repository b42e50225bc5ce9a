using System.Buffers;
using Toka.Core.Codecs;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// The file of a block while it is written: sections one after the other through one buffer, under a name that ends in
/// <c>.tmp</c> until all of it is on the disk. Not thread-safe.
/// </summary>
internal sealed class BlockStream : IDisposable
{
    /// <summary>Large enough that calls of the kernel do not count.</summary>
    private const int BufferBytes = 64 * 1024;

    private readonly IStoreDisk _disk;
    private readonly string _path;
    private readonly string _temporary;
    private readonly List<Section> _sections = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private IStoreFile? _file;
    private string? _unfinished;
    private int _buffered;
    private long _flushed;
    private SectionKind _kind;
    private long _sectionStart;
    private uint _crc;

    /// <summary>Makes the file and writes the header.</summary>
    public BlockStream(IStoreDisk disk, string path, long sequence)
    {
        _disk = disk;
        _path = path;
        _temporary = path + ".tmp";
        try
        {
            // What a crash has left under this name was never a block.
            disk.Delete(_temporary);
            _unfinished = _temporary;
            _file = disk.Create(_temporary);
            Span<byte> header = stackalloc byte[BlockFormat.HeaderBytes];
            BlockFormat.WriteHeader(header, sequence);
            Write(header);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The bytes written so far, and so the offset of the next one.</summary>
    public long Position => _flushed + _buffered;

    /// <summary>Begins a section.</summary>
    public void Begin(SectionKind kind)
    {
        _kind = kind;
        _sectionStart = Position;
        _crc = 0;
    }

    /// <summary>Ends the section.</summary>
    public void End() => _sections.Add(new Section(_kind, _sectionStart, Position - _sectionStart, _crc));

    /// <summary>A whole section.</summary>
    public void Write(SectionKind kind, ReadOnlySpan<byte> bytes)
    {
        Begin(kind);
        Write(bytes);
        End();
    }

    /// <summary>Writes bytes of the section.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _crc = Crc32C.Of(bytes, _crc);
        if (bytes.Length > _buffer.Length - _buffered)
        {
            Flush();
        }

        if (bytes.Length >= _buffer.Length)
        {
            _file!.Write(bytes, _flushed);
            _flushed += bytes.Length;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    /// <summary>Writes bytes and their CRC32C.</summary>
    public void WriteChecked(ReadOnlySpan<byte> bytes)
    {
        Write(bytes);
        Span<byte> crc = stackalloc byte[BlockFormat.CrcBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(crc, Crc32C.Of(bytes));
        Write(crc);
    }

    /// <summary>Writes the footer, syncs, gives the file its name and syncs the directory.</summary>
    /// <returns>What was written, with its length.</returns>
    public BlockInfo Finish(BlockInfo info)
    {
        var footer = new ArrayBufferWriter<byte>();
        BlockFormat.WriteFooter(footer, info, _sections);
        Write(footer.WrittenSpan);
        Flush();
        _file!.Sync();
        _file.Dispose();
        _file = null;
        _disk.Rename(_temporary, _path);
        _unfinished = _path;
        _disk.SyncDirectory(Path.GetDirectoryName(_path)!);
        _unfinished = null;
        return info with { Bytes = _flushed, Path = _path };
    }

    /// <summary>Deletes what was not finished.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        if (_unfinished is not { } unfinished)
        {
            return;
        }

        _unfinished = null;
        try
        {
            _disk.Delete(unfinished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk that just failed may fail again; the next opening of the store deletes the file.
        }
    }

    private void Flush()
    {
        _file!.Write(_buffer.AsSpan(0, _buffered), _flushed);
        _flushed += _buffered;
        _buffered = 0;
    }
}
