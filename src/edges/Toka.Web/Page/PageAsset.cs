using System.Reflection;
using System.Security.Cryptography;

namespace Toka.Web.Page;

/// <summary>
/// One file of the built page, embedded in this assembly as it is and, where that is smaller, compressed. The bytes stay
/// in the program's image: nothing is copied into memory until it is sent.
/// </summary>
internal sealed class PageAsset
{
    private const string ResourcePrefix = "page/";
    private static readonly Assembly Home = typeof(PageAsset).Assembly;

    private readonly string _resource;

    private PageAsset(string resource, HashSet<string> resources)
    {
        _resource = resource;
        Path = resource[ResourcePrefix.Length..];
        HasBrotli = resources.Contains(resource + ".br");
        HasGzip = resources.Contains(resource + ".gz");
        using var stream = Home.GetManifestResourceStream(resource)!;
        Hash = Convert.ToHexStringLower(SHA256.HashData(stream).AsSpan(0, 8));
    }

    /// <summary>Where it is served, relative to where the page is mounted, such as <c>assets/index-4f1c.js</c>.</summary>
    public string Path { get; }

    public bool HasBrotli { get; }

    public bool HasGzip { get; }

    /// <summary>The first 64 bits of the content's SHA-256, in hexadecimal.</summary>
    public string Hash { get; }

    /// <summary>Whether the name changes with the content, so that it may be cached for ever: Vite names what it puts into <c>assets/</c> so.</summary>
    public bool IsImmutable => Path.StartsWith("assets/", StringComparison.Ordinal);

    /// <summary>The media type.</summary>
    public string ContentType => System.IO.Path.GetExtension(Path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".json" or ".map" => "application/json",
        ".webmanifest" => "application/manifest+json",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".woff2" => "font/woff2",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };

    /// <summary>The content.</summary>
    /// <param name="suffix">Empty, <c>.br</c> or <c>.gz</c>.</param>
    public Stream Open(string suffix) => Home.GetManifestResourceStream(_resource + suffix)!;

    /// <summary>All files of the page; none where it was built without the page.</summary>
    public static IReadOnlyList<PageAsset> All()
    {
        var resources = Home.GetManifestResourceNames().Where(static name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        return [.. resources.Where(static name => !name.EndsWith(".br", StringComparison.Ordinal) && !name.EndsWith(".gz", StringComparison.Ordinal))
            .Select(name => new PageAsset(name, resources))];
    }
}
