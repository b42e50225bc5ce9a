using Microsoft.Win32.SafeHandles;

namespace Toka.Monitoring.Collection;

/// <summary>
/// Reads small files into one buffer that all collectors share. What it returns is valid until the next read.
/// Not thread-safe.
/// </summary>
internal sealed class FileReader(bool keepOpen) : IDisposable
{
    /// <summary>The largest file that is read, in bytes. The largest of procfs that we read, mountinfo of a host with
    /// thousands of mounts, stays below.</summary>
    public const int FileBytesMax = 4 << 20;

    private readonly List<SafeFileHandle> _handles = [];
    private byte[] _buffer = new byte[16 << 10];

    /// <summary>Whether a handle may be kept for the next read.</summary>
    public bool KeepOpen => keepOpen;

    /// <summary>Opens a file for reading without any lock.</summary>
    public static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.None);

    /// <summary>Makes sure that a kept handle is closed with the reader.</summary>
    public void Adopt(SafeFileHandle handle) => _handles.Add(handle);

    /// <summary>Closes an adopted handle.</summary>
    public void Release(SafeFileHandle handle)
    {
        _handles.Remove(handle);
        handle.Dispose();
    }

    /// <summary>Reads from the start to the end.</summary>
    /// <exception cref="IOException">The file could not be read, or is larger than <see cref="FileBytesMax"/>.</exception>
    public ReadOnlySpan<byte> ReadAll(SafeFileHandle handle)
    {
        var length = 0;
        while (true)
        {
            var read = RandomAccess.Read(handle, _buffer.AsSpan(length), length);
            length += read;
            if (read == 0)
            {
                return _buffer.AsSpan(0, length);
            }

            if (length == _buffer.Length)
            {
                if (length >= FileBytesMax)
                {
                    throw new IOException($"is larger than {FileBytesMax} bytes");
                }

                Array.Resize(ref _buffer, length * 2);
            }
        }
    }

    /// <summary>Reads at most one buffer from the start in one call, which is enough for a single record.</summary>
    public ReadOnlySpan<byte> ReadOnce(SafeFileHandle handle) => _buffer.AsSpan(0, RandomAccess.Read(handle, _buffer, 0));

    public void Dispose()
    {
        foreach (var handle in _handles)
        {
            handle.Dispose();
        }

        _handles.Clear();
    }
}
