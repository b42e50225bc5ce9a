using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Toka.Web.Http;

/// <summary>
/// Writes one JSON response piece by piece: what is written gathers in a pooled buffer and leaves in pieces, compressed
/// with gzip where the client takes it and the answer is worth it. The status must be set before the first piece leaves.
/// </summary>
internal sealed class JsonResponse : IAsyncDisposable
{
    /// <summary>Bytes that gather before a piece is sent: large enough to make few writes, small enough to bound memory.</summary>
    internal const int PieceBytes = 64 * 1024;

    /// <summary>Answers up to this many bytes are not compressed: they fit one packet anyway.</summary>
    internal const int CompressAboveBytes = 1024;

    /// <summary>The options that all of Toka's JSON has.</summary>
    internal static readonly JsonWriterOptions Options = new()
    {
        // The content type is JSON and sniffing is forbidden, so nothing needs the escapes that guard HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly HttpContext _context;
    private readonly PooledBuffer _buffer = new(PieceBytes / 4);
    private Stream? _stream;

    public JsonResponse(HttpContext context)
    {
        _context = context;
        Json = new Utf8JsonWriter(_buffer, Options);
    }

    /// <summary>What the caller writes to.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>A writer with the options that all of Toka's JSON has.</summary>
    public static Utf8JsonWriter WriterTo(PooledBuffer buffer) => new(buffer, Options);

    /// <summary>Whether enough has gathered that <see cref="SendPieceAsync"/> should be awaited.</summary>
    public bool IsPieceReady => _buffer.Length + Json.BytesPending >= PieceBytes;

    /// <summary>Sends what has gathered.</summary>
    public async ValueTask SendPieceAsync()
    {
        Json.Flush();
        _stream ??= Start(isWhole: false);
        await _stream.WriteAsync(_buffer.WrittenMemory, _context.RequestAborted);
        _buffer.Clear();
    }

    /// <summary>Sends the rest and ends the response.</summary>
    public async ValueTask CompleteAsync()
    {
        Json.Flush();
        _stream ??= Start(isWhole: true);
        await _stream.WriteAsync(_buffer.WrittenMemory, _context.RequestAborted);
        if (_stream is GZipStream)
        {
            await _stream.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Json.DisposeAsync();
        _buffer.Dispose();
    }

    /// <summary>Whether the client takes an encoding, by its <c>Accept-Encoding</c>.</summary>
    public static bool Accepts(HttpRequest request, string encoding)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            return false;
        }

        var any = false;
        foreach (var value in accepted)
        {
            if (value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase))
            {
                return value.Quality is not 0;
            }

            any |= value.Value == "*" && value.Quality is not 0;
        }

        return any;
    }

    private Stream Start(bool isWhole)
    {
        var response = _context.Response;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if ((!isWhole || _buffer.Length > CompressAboveBytes) && Accepts(_context.Request, "gzip"))
        {
            response.Headers.ContentEncoding = "gzip";
            return new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }

        if (isWhole)
        {
            response.ContentLength = _buffer.Length;
        }

        return response.Body;
    }
}
