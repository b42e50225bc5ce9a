using System.IO.MemoryMappedFiles;

namespace Toka.Core.Unsafe;

/// <summary>
/// A whole file as read-only memory. The kernel reads a page when it is first touched and may forget it again, so what is
/// mapped costs memory only while it is used, and a store larger than memory can be read without copying.
/// </summary>
/// <remarks>
/// Any thread may read. The owner makes sure that no view is used after <see cref="Dispose"/>: the memory is then gone and
/// touching it ends the process. A mapped file is never made shorter while it is mapped, for the same reason.
/// </remarks>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private int _disposed;

    private MappedFile(long length, MemoryMappedFile? file, MemoryMappedViewAccessor? view)
    {
        Length = length;
        _file = file;
        _view = view;
        if (view is not null)
        {
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _start = start + view.PointerOffset;
        }
    }

    /// <summary>The length in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file as it is now.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It is not there or cannot be mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MappedFile Open(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        if (length == 0)
        {
            return new MappedFile(0, null, null);
        }

        var file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            return new MappedFile(length, file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A view of some bytes, valid until <see cref="Dispose"/>.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">Its length.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not within the file.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        if ((ulong)offset > (ulong)Length || (ulong)length > (ulong)(Length - offset))
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{length} bytes from here are not within the file of {Length} bytes.");
        }

        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0 || _view is null)
        {
            return;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
