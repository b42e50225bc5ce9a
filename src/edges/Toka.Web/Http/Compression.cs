using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Toka.Web.Http;

/// <summary>Answers compressed with gzip where the client takes it and the answer is worth it.</summary>
internal static class Compression
{
    /// <summary>Answers up to this many bytes are not compressed: they fit one packet anyway.</summary>
    internal const int AboveBytes = 1024;

    /// <summary>Where the body of an answer is written. Its headers must be set before; <see cref="EndAsync"/> ends it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="length">Bytes of the whole body; null where more may come than is known.</param>
    public static Stream Begin(HttpContext context, int? length)
    {
        var response = context.Response;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (length is null or > AboveBytes && Accepts(context.Request, "gzip"))
        {
            response.Headers.ContentEncoding = "gzip";
            return new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }

        response.ContentLength = length;
        return response.Body;
    }

    /// <summary>Ends a body that <see cref="Begin"/> gave. A body that is not ended is not whole, and the client can tell.</summary>
    public static ValueTask EndAsync(Stream body) => body is GZipStream ? body.DisposeAsync() : ValueTask.CompletedTask;

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
}
