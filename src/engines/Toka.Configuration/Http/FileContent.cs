namespace Toka.Configuration.Http;

/// <summary>
/// A small file that is read again when it has changed: each use opens it and looks at its time and length, which costs some
/// microseconds and follows links, behind which Kubernetes swaps secrets. Thread-safe.
/// </summary>
internal sealed class FileContent(string path, string key)
{
    /// <summary>The most bytes (16 MiB): a password has few, and all authorities of the world take less than one MiB.</summary>
    private const long BytesMax = 16 << 20;

    private readonly Lock _lock = new();
    private (DateTime Time, long Length) _mark;
    private string? _text;

    /// <summary>The file's text.</summary>
    /// <param name="hasChanged">Whether it is another than at the last call; true at the first.</param>
    /// <exception cref="HttpRequestException">It cannot be read; the message says which key names it.</exception>
    public string Read(out bool hasChanged)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var mark = (File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle));
            lock (_lock)
            {
                hasChanged = _text is null || mark != _mark;
                if (!hasChanged)
                {
                    return _text!;
                }
            }

            if (mark.Item2 > BytesMax)
            {
                throw new HttpRequestException($"{key}: {path} has {mark.Item2} bytes; at most {BytesMax} are read");
            }

            using var reader = new StreamReader(new FileStream(handle, FileAccess.Read, bufferSize: 0));
            var text = reader.ReadToEnd();
            lock (_lock)
            {
                _mark = mark;
                _text = text;
            }

            return text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HttpRequestException($"{key}: the file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The file's text without the white space around it.</summary>
    /// <exception cref="HttpRequestException">It cannot be read; the message says which key names it.</exception>
    public string ReadTrimmed() => Read(out _).Trim();
}
