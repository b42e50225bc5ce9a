namespace Toka.Protocols.Parquet;

/// <summary>
/// Holds what the Parquet library writes until it is sent on, and tells it where it stands: the library writes without
/// waiting and asks for the position, and the body of an HTTP answer allows neither.
/// </summary>
internal sealed class StagedStream(Stream target) : Stream
{
    private readonly MemoryStream _staged = new();
    private long _sent;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    public override long Position
    {
        get => _sent + _staged.Length;
        set => throw new NotSupportedException();
    }

    /// <summary>Sends on what is held.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await target.WriteAsync(_staged.GetBuffer().AsMemory(0, (int)_staged.Length), cancellationToken);
        _sent += _staged.Length;
        _staged.SetLength(0);
    }

    public override void Write(ReadOnlySpan<byte> buffer) => _staged.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => _staged.Write(buffer, offset, count);

    public override void Flush()
    {
        // Sent on between row groups.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
