using System.Net;
using Toka.Web.Page;

namespace Toka.Edges.Tests.Web.Page;

public sealed class PageTests
{
    [Fact]
    public async Task A_program_without_the_page_says_so()
    {
        await using var host = await WebHost.StartAsync(static s => s with { ServePage = false });
        var (status, body) = await host.GetAsync("");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("api/toka/v1", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_index_is_asked_for_again_each_time_and_confirmed_by_its_tag()
    {
        SkipWithoutPage();
        await using var host = await WebHost.StartAsync();
        using var first = await host.Client.GetAsync("");
        Assert.Equal("text/html; charset=utf-8", first.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache", first.Headers.CacheControl?.ToString());
        using var again = new HttpRequestMessage(HttpMethod.Get, "");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var confirmed = await host.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, confirmed.StatusCode);
        Assert.Empty(await confirmed.Content.ReadAsByteArrayAsync());
        Assert.Equal(await first.Content.ReadAsStringAsync(), (await host.GetAsync("index.html")).Body);
    }

    [Fact]
    public async Task Files_with_a_hash_in_their_name_are_kept_for_ever_and_every_encoding_holds_the_same()
    {
        SkipWithoutPage();
        await using var host = await WebHost.StartAsync();
        foreach (var asset in PageAsset.All())
        {
            var plain = await host.Client.GetByteArrayAsync(asset.Path);
            foreach (var (encoding, exists) in new[] { ("br", asset.HasBrotli), ("gzip", asset.HasGzip) })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, asset.Path);
                request.Headers.AcceptEncoding.ParseAdd(encoding);
                using var response = await host.Client.SendAsync(request);
                Assert.Equal(asset.IsImmutable, response.Headers.CacheControl!.ToString().Contains("immutable", StringComparison.Ordinal));
                Assert.Equal("Accept-Encoding", response.Headers.Vary.Single());
                Assert.Equal(exists ? [encoding] : [], response.Content.Headers.ContentEncoding);
                Assert.Equal(plain, await DecodeAsync(exists ? encoding : "", await response.Content.ReadAsStreamAsync()));
            }
        }
    }

    [Fact]
    public async Task Below_a_prefix_everything_works_and_the_slash_at_the_end_is_added()
    {
        await using var host = await WebHost.StartAsync(null, "/tools/toka");
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("tools/toka/api/v1/query?query=up")).Status);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("tools/toka/")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("api/v1/query?query=up")).Status);
        SkipWithoutPage();
        using var response = await host.Client.GetAsync("tools/toka?x=1");
        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal(new Uri(host.Address, "tools/toka/?x=1"), new Uri(new Uri(host.Address, "tools/toka"), response.Headers.Location!));
        foreach (var asset in PageAsset.All())
        {
            Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("tools/toka/" + asset.Path)).Status);
        }
    }

    [Fact]
    public async Task What_is_not_a_file_of_the_page_is_not_found()
    {
        await using var host = await WebHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("assets/none.js")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("..%2fToka.Web.dll")).Status);
    }

    private static void SkipWithoutPage()
    {
        if (PageAsset.All().Count == 0)
        {
            Assert.Skip("Toka.Web was built without its page (TokaSkipPage)");
        }
    }

    private static async Task<byte[]> DecodeAsync(string encoding, Stream content)
    {
        await using var decoded = encoding switch
        {
            "br" => new System.IO.Compression.BrotliStream(content, System.IO.Compression.CompressionMode.Decompress),
            "gzip" => new System.IO.Compression.GZipStream(content, System.IO.Compression.CompressionMode.Decompress),
            _ => content,
        };
        using var copy = new MemoryStream();
        await decoded.CopyToAsync(copy);
        return copy.ToArray();
    }
}
