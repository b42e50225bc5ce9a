using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Toka.Core.Errors;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>
/// gzip or zstd for gRPC by the rules of <see cref="IngestBody"/>: decompression ends at a limit, and what follows a packed
/// message is a fault. The library's own unpacks a message whole before any size is looked at. Thread-safe.
/// </summary>
/// <param name="encoding">How messages are packed: gzip or zstd.</param>
/// <param name="bytesMax">Bytes of a message, unpacked.</param>
internal sealed class BoundedCompressionProvider(BodyEncoding encoding, int bytesMax) : ICompressionProvider
{
    public string EncodingName => encoding == BodyEncoding.Gzip ? "gzip" : "zstd";

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => encoding == BodyEncoding.Gzip
        ? new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true)
        : new ZstdSharp.CompressionStream(stream, leaveOpen: true);

    public Stream CreateDecompressionStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            return new Unpacked(IngestBody.Read(stream, encoding, bytesMax));
        }
        catch (LimitExceededException e)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, e.Message));
        }
        catch (BadInputException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
    }

    /// <summary>A body as a stream, which gives its buffer back at the end.</summary>
    private sealed class Unpacked(IngestBody body) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _at;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var part = body.Memory.Span[_at..];
            part = part[..Math.Min(part.Length, buffer.Length)];
            part.CopyTo(buffer);
            _at += part.Length;
            return part.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _at = 0;
                body.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
