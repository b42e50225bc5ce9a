using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Toka.Web.Ingest;

namespace Toka.Web.Otlp;

/// <summary>
/// gzip for gRPC whose decompression ends at a limit: the library's own unpacks a message whole before any size is looked at.
/// </summary>
internal sealed class BoundedGzipCompressionProvider(int bytesMax) : ICompressionProvider
{
    public string EncodingName => "gzip";

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

    public Stream CreateDecompressionStream(Stream stream) => new Bounded(new GZipStream(stream, CompressionMode.Decompress), bytesMax);

    private sealed class Bounded(GZipStream inner, int bytesMax) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read;
            try
            {
                read = inner.Read(buffer);
            }
            catch (InvalidDataException e)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"the message is not valid gzip: {e.Message}"));
            }

            _read += read;
            return _read <= bytesMax ? read : throw new RpcException(new Status(StatusCode.ResourceExhausted, IngestBody.TooLarge(bytesMax)));
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
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
