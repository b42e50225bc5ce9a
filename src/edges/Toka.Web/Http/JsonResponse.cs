using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Toka.Web.Http;

/// <summary>
/// Writes one JSON response piece by piece: what is written gathers in a pooled buffer and leaves in pieces, compressed
/// with gzip where the client takes it and the answer is worth it. The status must be set before the first piece leaves.
/// </summary>
internal sealed class JsonResponse : IAsyncDisposable
{
    /// <summary>Bytes that gather before a piece is sent: large enough to make few writes, small enough to bound memory.</summary>
    internal const int PieceBytes = 64 * 1024;

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

    /// <summary>Sends what has gathered, where it is enough.</summary>
    public ValueTask SendIfReadyAsync() => IsPieceReady ? SendPieceAsync() : ValueTask.CompletedTask;

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
        await Compression.EndAsync(_stream);
    }

    public async ValueTask DisposeAsync()
    {
        await Json.DisposeAsync();
        _buffer.Dispose();
    }

    private Stream Start(bool isWhole)
    {
        var response = _context.Response;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        return Compression.Begin(_context, isWhole ? _buffer.Length : null);
    }
}
