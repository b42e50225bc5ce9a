using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Toka.Core.Errors;
using Toka.Core.Limits;
using Toka.Protocols.RemoteRead;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Toka.Web.Ingest;

/// <summary>
/// A request's body in a pooled buffer, unpacked. It is received whole before it is unpacked, so that a slow sender holds no
/// decompressor and what follows a packed body is seen. Disposing gives the buffer back. Not thread-safe.
/// </summary>
internal sealed class IngestBody : IDisposable
{
    private const int FirstBytes = 16 * 1024;

    /// <summary>
    /// The largest window that a Zstandard frame may ask for: 8 MiB, which RFC 8878 (3.1.1.1.2) names as what every reader
    /// should have. A frame of a few bytes could otherwise claim gigabytes.
    /// </summary>
    private const int ZstdWindowLogMax = 23;

    /// <summary>Bytes of a member of gzip without data: header and trailer.</summary>
    private const int GzipBytesMin = 18;

    private byte[] _buffer;
    private int _length;

    private IngestBody(int bytes) => _buffer = BodyArrays.Rent(bytes);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <summary>Copies a message that is there already.</summary>
    public static IngestBody Of(in ReadOnlySequence<byte> message)
    {
        var length = checked((int)message.Length);
        var body = new IngestBody(length) { _length = length };
        message.CopyTo(body._buffer);
        return body;
    }

    /// <summary>Reads a stream to its end and unpacks what came, never more than allowed.</summary>
    /// <param name="stream">The body as sent.</param>
    /// <param name="encoding">How it is packed.</param>
    /// <param name="bytesMax">Bytes allowed, both as sent and unpacked.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="LimitExceededException">The body is longer than allowed.</exception>
    /// <exception cref="BadInputException">The body is not what the encoding says, or something follows it.</exception>
    public static async ValueTask<IngestBody> ReadAsync(Stream stream, BodyEncoding encoding, int bytesMax, CancellationToken cancellationToken)
    {
        var sent = new IngestBody(FirstBytes);
        try
        {
            while (await stream.ReadAsync(sent.Room(), cancellationToken) is > 0 and var read)
            {
                sent.Add(read, bytesMax);
            }
        }
        catch
        {
            sent.Dispose();
            throw;
        }

        return Unpacked(sent, encoding, bytesMax);
    }

    /// <summary>Reads a stream that is in memory already, and unpacks it.</summary>
    /// <inheritdoc cref="ReadAsync" path="/param|/exception"/>
    public static IngestBody Read(Stream stream, BodyEncoding encoding, int bytesMax)
    {
        var sent = new IngestBody(FirstBytes);
        try
        {
            while (stream.Read(sent.Room().Span) is > 0 and var read)
            {
                sent.Add(read, bytesMax);
            }
        }
        catch
        {
            sent.Dispose();
            throw;
        }

        return Unpacked(sent, encoding, bytesMax);
    }

    public void Dispose()
    {
        if (_buffer.Length != 0)
        {
            BodyArrays.Return(_buffer);
            _buffer = [];
            _length = 0;
        }
    }

    public static string TooLarge(int bytesMax) => $"the request is longer than {bytesMax} bytes after decompression; send smaller batches";

    private static IngestBody Unpacked(IngestBody sent, BodyEncoding encoding, int bytesMax)
    {
        if (encoding == BodyEncoding.Identity)
        {
            return sent;
        }

        using (sent)
        {
            return Unpack(sent, encoding, bytesMax);
        }
    }

    private static IngestBody Unpack(IngestBody sent, BodyEncoding encoding, int bytesMax)
    {
        if (encoding == BodyEncoding.Snappy)
        {
            return UnpackSnappy(sent.Memory.Span, bytesMax);
        }

        var body = new IngestBody(Math.Max(FirstBytes, sent._length * 4L > bytesMax ? bytesMax : sent._length * 4));
        try
        {
            using var packed = new PackedBytes(sent._buffer, sent._length);
            using (var unpacking = Unpacking(packed, encoding))
            {
                while (unpacking.Read(body.Room().Span) is > 0 and var read)
                {
                    body.Add(read, bytesMax);
                }
            }

            if (packed.Position < packed.Length)
            {
                throw new InvalidDataException($"{packed.Length - packed.Position} bytes follow its end");
            }

            if (encoding == BodyEncoding.Gzip && !EndsAsGzip(sent.Memory.Span, body._length))
            {
                throw new InvalidDataException("it is cut off");
            }

            return body;
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException)
        {
            body.Dispose();
            var name = encoding == BodyEncoding.Gzip ? "gzip" : "zstd";
            throw new BadInputException($"the body is not valid {name}: {e.Message.TrimEnd('.')}; send it whole, or without Content-Encoding");
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static IngestBody UnpackSnappy(ReadOnlySpan<byte> block, int bytesMax)
    {
        var length = SnappyBlock.LengthOf(block, bytesMax);
        var body = new IngestBody(length) { _length = length };
        try
        {
            SnappyBlock.Unpack(block, body._buffer.AsSpan(0, length));
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether the last four bytes are the length of what was unpacked (RFC 1952, 2.3.1), or of the last of several members. The
    /// gzip stream takes a member without its trailer for whole.
    /// </summary>
    private static bool EndsAsGzip(ReadOnlySpan<byte> packed, int length)
    {
        if (packed.Length < GzipBytesMin)
        {
            return packed.IsEmpty;
        }

        var last = BinaryPrimitives.ReadUInt32LittleEndian(packed[^4..]);
        return last == (uint)length || (last < (uint)length && packed[GzipBytesMin..].IndexOf(packed[..3]) >= 0);
    }

    private static Stream Unpacking(MemoryStream packed, BodyEncoding encoding)
    {
        if (encoding == BodyEncoding.Gzip)
        {
            return new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        }

        var zstd = new DecompressionStream(packed, leaveOpen: true);
        zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, ZstdWindowLogMax);
        return zstd;
    }

    private Memory<byte> Room()
    {
        if (_length == _buffer.Length)
        {
            var larger = BodyArrays.Rent(_buffer.Length * 2);
            Memory.CopyTo(larger);
            BodyArrays.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsMemory(_length);
    }

    private void Add(int read, int bytesMax)
    {
        _length += read;
        if (_length > bytesMax)
        {
            throw new LimitExceededException("request_bytes_max", TooLarge(bytesMax));
        }
    }

    /// <summary>
    /// Hands its last bytes out one by one. The gzip stream ignores what follows the last member in a piece that it was given; so
    /// what it has not asked for tells that something does.
    /// </summary>
    private sealed class PackedBytes(byte[] buffer, int length) : MemoryStream(buffer, 0, length, writable: false)
    {
        private const int SingleBytes = 64;

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, (int)Math.Min(count, Math.Max(1, Length - SingleBytes - Position)));
    }
}
