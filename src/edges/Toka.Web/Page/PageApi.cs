using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Toka.Web.Http;

namespace Toka.Web.Page;

/// <summary>Serves the embedded page. All its URLs are relative, so it works wherever it is mounted.</summary>
internal static class PageApi
{
    private const string Index = "index.html";
    private const string BuiltWithout = "Toka was built without its page (TokaSkipPage). The API is at api/toka/v1 and api/v1.\n";
    private const string SwitchedOff = "Toka's page is switched off (performance.dashboard_enabled). The API is at api/toka/v1 and api/v1.\n";

    private static readonly string[] GetOrHead = ["GET", "HEAD"];

    public static void Map(IEndpointRouteBuilder endpoints, bool serve)
    {
        var assets = serve ? PageAsset.All() : [];
        foreach (var asset in assets)
        {
            endpoints.MapMethods("/" + asset.Path, GetOrHead, context => SendAsync(context, asset));
            if (asset.Path == Index)
            {
                endpoints.MapMethods("/", GetOrHead, context => SendIndexAsync(context, asset));
            }
        }

        if (assets.Count == 0)
        {
            endpoints.MapMethods("/", GetOrHead, context => SendTextAsync(context, serve ? BuiltWithout : SwitchedOff));
        }
    }

    private static Task SendIndexAsync(HttpContext context, PageAsset asset)
    {
        // Without the slash at the end, the page's relative URLs would lead beside where it is mounted.
        var path = context.Request.PathBase.Add(context.Request.Path).Value ?? "";
        if (!path.EndsWith('/'))
        {
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = path[(path.LastIndexOf('/') + 1)..] + "/" + context.Request.QueryString;
            return Task.CompletedTask;
        }

        return SendAsync(context, asset);
    }

    private static async Task SendAsync(HttpContext context, PageAsset asset)
    {
        var (encoding, suffix) = asset switch
        {
            { HasBrotli: true } when Compression.Accepts(context.Request, "br") => ("br", ".br"),
            { HasGzip: true } when Compression.Accepts(context.Request, "gzip") => ("gzip", ".gz"),
            _ => ("", ""),
        };
        var response = context.Response;
        var tag = new EntityTagHeaderValue($"\"{asset.Hash}{(encoding.Length == 0 ? "" : "-" + encoding)}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        response.Headers.CacheControl = asset.IsImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        if (EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
            && known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = asset.ContentType;
        if (encoding.Length > 0)
        {
            response.Headers.ContentEncoding = encoding;
        }

        await using var content = asset.Open(suffix);
        response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await content.CopyToAsync(response.Body, context.RequestAborted);
        }
    }

    private static Task SendTextAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
