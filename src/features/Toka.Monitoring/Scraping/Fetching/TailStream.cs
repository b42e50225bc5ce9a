using System.Buffers.Binary;

namespace Toka.Monitoring.Scraping.Fetching;

/// <summary>
/// Reads another stream and remembers its last bytes: the runtime's gzip stream takes data that ends early for whole. Not
/// thread-safe; does not own the other stream.
/// </summary>
internal sealed class TailStream(Stream inner) : Stream
{
    /// <summary>Bytes of the length at the end of gzip.</summary>
    private const int TailBytes = 4;

    /// <summary>Bytes of a member of gzip without data: header and trailer.</summary>
    private const int GzipBytesMin = 18;

    private readonly byte[] _tail = new byte[TailBytes];
    private long _length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether what was read ends as gzip must: with the length of its last member, which is all of it, or one of several.</summary>
    /// <param name="unpacked">How many bytes it unpacked to.</param>
    public bool EndsAsGzip(int unpacked) => _length == 0 ? unpacked == 0 : _length >= GzipBytesMin && BinaryPrimitives.ReadUInt32LittleEndian(_tail) <= (uint)unpacked;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Note(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Note(ReadOnlySpan<byte> read)
    {
        _length += read.Length;
        if (read.Length >= TailBytes)
        {
            read[^TailBytes..].CopyTo(_tail);
            return;
        }

        _tail.AsSpan(read.Length).CopyTo(_tail);
        read.CopyTo(_tail.AsSpan(TailBytes - read.Length));
    }
}
