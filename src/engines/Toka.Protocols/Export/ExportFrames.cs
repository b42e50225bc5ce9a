using System.Buffers.Binary;
using System.Text.Json;

namespace Toka.Protocols.Export;

/// <summary>
/// An export and its report in one stream, between a server and the command: frames of a u32 length (little-endian) and so
/// many bytes of the document; a length of 0; the report as UTF-8 JSON. HTTP/1.1 as served here has no trailers, and only
/// the end of an export knows what it was.
/// </summary>
public static class ExportFrames
{
    /// <summary>The media type.</summary>
    public const string ContentType = "application/vnd.toka.export-frames";

    /// <summary>Bytes of a frame; a longer one is no frame.</summary>
    private const int FrameBytesMax = 1 << 20;

    /// <summary>A stream that writes what it is given as frames; its disposal does nothing.</summary>
    /// <param name="target">Where they go.</param>
    public static Stream Begin(Stream target) => new FrameStream(target);

    /// <summary>Ends the frames with a report.</summary>
    /// <param name="target">Where the frames went.</param>
    /// <param name="report">The report.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask EndAsync(Stream target, ExportReport report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(report);
        using var bytes = new MemoryStream();
        bytes.Write(stackalloc byte[sizeof(uint)]);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("series"u8, report.Series);
            json.WriteNumber("samples"u8, report.Samples);
            json.WriteNumber("staleMarkers"u8, report.StaleMarkers);
            json.WriteNumber("histograms"u8, report.Histograms);
            json.WriteNumber("seriesLeftOut"u8, report.SeriesLeftOut);
            json.WriteStartArray("warnings"u8);
            foreach (var warning in report.Warnings)
            {
                json.WriteStringValue(warning);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await target.WriteAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), cancellationToken);
    }

    /// <summary>Takes the document out of its frames.</summary>
    /// <param name="from">The frames.</param>
    /// <param name="to">Where the document goes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The report; null where the stream ended before, or is no frames.</returns>
    public static async Task<ExportReport?> ReadAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var frame = new byte[FrameBytesMax];
        while (true)
        {
            if (await from.ReadAtLeastAsync(frame.AsMemory(0, sizeof(uint)), sizeof(uint), false, cancellationToken) < sizeof(uint))
            {
                return null;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(frame);
            if (length == 0)
            {
                return await ReportAsync(from, cancellationToken);
            }

            if (length > FrameBytesMax || await from.ReadAtLeastAsync(frame.AsMemory(0, (int)length), (int)length, false, cancellationToken) < (int)length)
            {
                return null;
            }

            await to.WriteAsync(frame.AsMemory(0, (int)length), cancellationToken);
        }
    }

    private static async Task<ExportReport?> ReportAsync(Stream from, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(from, default, cancellationToken);
            var root = document.RootElement;
            return new ExportReport(
                root.GetProperty("series").GetInt64(),
                root.GetProperty("samples").GetInt64(),
                root.GetProperty("staleMarkers").GetInt64(),
                root.GetProperty("histograms").GetInt64(),
                root.GetProperty("seriesLeftOut").GetInt64(),
                [.. root.GetProperty("warnings").EnumerateArray().Select(static warning => warning.GetString() ?? "")]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private sealed class FrameStream(Stream target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var length = new byte[sizeof(uint)];
            while (!buffer.IsEmpty)
            {
                var piece = buffer[..Math.Min(buffer.Length, FrameBytesMax)];
                BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)piece.Length);
                await target.WriteAsync(length, cancellationToken);
                await target.WriteAsync(piece, cancellationToken);
                buffer = buffer[piece.Length..];
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
            // Nothing is held.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
