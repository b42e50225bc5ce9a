using System.Buffers;
using System.IO.Compression;
using Toka.Core.Errors;

namespace Toka.Web.Otlp;

/// <summary>A request's body in a pooled buffer. Disposing gives the buffer back.</summary>
internal sealed class OtlpBody : IDisposable
{
    private const int FirstBytes = 16 * 1024;
    private byte[] _buffer;
    private int _length;

    private OtlpBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <summary>Copies a message that is there already.</summary>
    public static OtlpBody Of(in ReadOnlySequence<byte> message)
    {
        var length = checked((int)message.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        message.CopyTo(buffer);
        return new OtlpBody(buffer, length);
    }

    /// <summary>Reads a stream to its end, counting while decompressing, so that a small body cannot grow without bound.</summary>
    /// <param name="stream">The body as sent.</param>
    /// <param name="isGzip">Whether it is compressed.</param>
    /// <param name="bytesMax">Decompressed bytes allowed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="LimitExceededException">The body is longer than allowed.</exception>
    /// <exception cref="BadInputException">The body is not valid gzip.</exception>
    public static async ValueTask<OtlpBody> ReadAsync(Stream stream, bool isGzip, int bytesMax, CancellationToken cancellationToken)
    {
        var body = new OtlpBody(ArrayPool<byte>.Shared.Rent(FirstBytes), 0);
        try
        {
            await using var gzip = isGzip ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
            await body.FillAsync(gzip ?? stream, bytesMax, cancellationToken);
            return body;
        }
        catch (InvalidDataException e)
        {
            body.Dispose();
            throw new BadInputException($"the body is not valid gzip: {e.Message}; send it whole, or without Content-Encoding");
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _length = 0;
        }
    }

    private async ValueTask FillAsync(Stream source, int bytesMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
                _buffer.AsSpan(0, _length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }

            var read = await source.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return;
            }

            _length += read;
            if (_length > bytesMax)
            {
                throw new LimitExceededException(nameof(Protocols.Otlp.OtlpLimits.RequestBytesMax), TooLarge(bytesMax));
            }
        }
    }

    public static string TooLarge(int bytesMax) =>
        $"the request is longer than {bytesMax} bytes after decompression (RequestBytesMax); send smaller batches";
}
