using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Toka.Monitoring.Collection;

/// <summary>
/// One file that a collector reads again and again. A failure is reported, and after it the file is tried less often, up to
/// every <see cref="RetryEveryMax"/>th time, because each attempt costs an exception.
/// </summary>
internal sealed class SourceFile(FileReader reader, CollectorErrors errors, string collector, string path, bool optional) : IDisposable
{
    /// <summary>Attempts that pass at most between two tries of a file that cannot be read.</summary>
    public const int RetryEveryMax = 16;

    private const int InvalidArgument = 22;
    private const int NoSuchDevice = 19;
    private const int NotSupported = 95;

    private SafeFileHandle? _handle;
    private bool _seen;
    private bool _failing;
    private bool _goodSinceFailure;
    private int _wait;
    private int _waitNext;

    /// <summary>Its path.</summary>
    public string FullPath => path;

    /// <summary>Reads the whole file.</summary>
    /// <param name="content">Valid until the next read of any file.</param>
    /// <returns>False where it is absent or cannot be read; what had to be reported has been.</returns>
    public bool TryRead(out ReadOnlySpan<byte> content)
    {
        content = default;
        if (_wait > 0)
        {
            _wait--;
            return false;
        }

        if (optional && !_seen && !File.Exists(path))
        {
            // Asking is cheaper than the exception of opening what most kernels do not have.
            _wait = RetryEveryMax - 1;
            return false;
        }

        if (_failing && _goodSinceFailure)
        {
            _failing = false;
            errors.Recovered(collector, path);
        }

        try
        {
            content = Read();
            _seen = true;
            _waitNext = 0;
            _goodSinceFailure = true;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Close();
            _waitNext = Math.Min(RetryEveryMax, (_waitNext * 2) + 1);
            _wait = _waitNext - 1;
            if (!IsExpected(e))
            {
                Fail(e.Message);
            }

            return false;
        }
    }

    /// <summary>Reads a file that holds one number.</summary>
    public bool TryReadNumber(out double value)
    {
        value = 0;
        if (!TryRead(out var content))
        {
            return false;
        }

        var text = content.Trim(" \t\n"u8);
        if (text.StartsWith("0x"u8) && Utf8Parser.TryParse(text[2..], out ulong hex, out var used, 'x') && used == text.Length - 2)
        {
            value = hex;
            return true;
        }

        if (Utf8Parser.TryParse(text, out value, out used) && used == text.Length)
        {
            return true;
        }

        if (!optional || text.Length > 0)
        {
            Malformed("is not a number");
        }

        return false;
    }

    /// <summary>Reads a file that holds a short text; null where it is absent or cannot be read.</summary>
    public string? ReadText() => TryRead(out var content) ? Encoding.UTF8.GetString(content.Trim(" \t\n"u8)) : null;

    /// <summary>Reports that the content was not understood, once a read; the next good one ends the failure.</summary>
    public void Malformed(string reason)
    {
        if (!_failing || _goodSinceFailure)
        {
            Fail(reason);
        }
    }

    public void Dispose() => Close();

    private void Fail(string reason)
    {
        _failing = true;
        _goodSinceFailure = false;
        errors.Report(collector, path, reason);
    }

    private ReadOnlySpan<byte> Read()
    {
        if (_handle is not null)
        {
            return reader.ReadAll(_handle);
        }

        var handle = FileReader.Open(path);
        if (reader.KeepOpen)
        {
            reader.Adopt(handle);
            _handle = handle;
            return reader.ReadAll(handle);
        }

        using (handle)
        {
            return reader.ReadAll(handle);
        }
    }

    /// <summary>A kernel without the feature, or a device without the attribute, is no fault.</summary>
    private bool IsExpected(Exception e) => optional && (e is FileNotFoundException or DirectoryNotFoundException
        ? !_seen
        : e is IOException && e.HResult is InvalidArgument or NoSuchDevice or NotSupported);

    private void Close()
    {
        if (_handle is { } handle)
        {
            _handle = null;
            reader.Release(handle);
        }
    }
}
