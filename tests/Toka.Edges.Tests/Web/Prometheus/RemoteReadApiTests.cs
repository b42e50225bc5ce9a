using System.Net;
using Snappier;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.Protocols.RemoteRead;
using Toka.Protocols.PrometheusTsdb;
using Toka.Protocols.Wire;
using Toka.Query;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class RemoteReadApiTests
{
    private static readonly LabelSet UpA = LabelSet.Of(("__name__", "up"), ("instance", "a:9100"), ("job", "node"));

    [Fact]
    public async Task Samples_of_every_query_come_in_one_block()
    {
        await using var live = await LiveStore.StartAsync();
        using var response = await SendAsync(live, Request([], ("up", 60_000), ("latency_seconds", 0), ("nothing", 60_000)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/x-protobuf", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("snappy", response.Content.Headers.ContentEncoding.Single());

        var results = ResponseReader.Samples(Snappy.DecompressToArray(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(3, results.Count);
        Assert.Equal(UpA, results[0][0].Labels);
        Assert.Equal(Enumerable.Range(0, 5).Select(static i => (LiveStore.NowMs - 60_000 + (i * 15_000L), 1.0)), results[0][0].Floats);
        Assert.Equal([0, 0, 0, 0, 0], results[0][1].Floats.Select(static f => f.Value));
        var (_, floats, histograms) = Assert.Single(results[1]);
        Assert.Empty(floats);
        Assert.Equal([(LiveStore.NowMs, LiveStore.Histogram(241))], histograms);
        Assert.Empty(results[2]);
    }

    [Fact]
    public async Task Chunks_come_in_frames_of_one_series_each()
    {
        await using var live = await LiveStore.StartAsync();
        using var response = await SendAsync(live, Request([1, 0], ("latency_seconds", 3_600_000), ("up", 3_600_000)));
        Assert.Equal("application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse", response.Content.Headers.ContentType?.ToString());

        var chunks = ResponseReader.Chunks(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal([(0L, 3), (1L, 1)], chunks.Select(static c => (c.Query, c.Chunk.Encoding)).Distinct());
        using var floats = new FloatColumn();
        foreach (var (_, _, chunk) in chunks.Where(static c => c.Labels == UpA))
        {
            FloatChunk.Read(chunk.Data, floats);
        }

        Assert.Equal(241, floats.Count);
        Assert.Equal(LiveStore.NowMs, floats.Timestamps[^1]);
    }

    [Fact]
    public async Task More_samples_than_allowed_are_refused_in_Prometheus_words()
    {
        await using var live = await LiveStore.StartAsync(static s => s with { Limits = s.Limits with { MaxReadSamples = 9 } });
        using var response = await SendAsync(live, Request([], ("up", 60_000)));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("exceeded sample limit (9)", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Chunks are sent as they are read: their samples are not together in memory.
        using var streamed = await SendAsync(live, Request([1], ("up", 60_000)));
        Assert.Equal(HttpStatusCode.OK, streamed.StatusCode);
    }

    [Fact]
    public async Task Response_types_that_are_not_known_are_refused_by_number()
    {
        await using var live = await LiveStore.StartAsync();
        using var response = await SendAsync(live, Request([7, 8], ("up", 0)));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("server does not support any of the requested response types: [7 8]", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not snappy", new byte[] { 5, 1, 2, 3 }, "snappy", 400)]
    [InlineData("a bomb", new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f, 0 }, "snappy", 413)]
    [InlineData("8 MiB announced", new byte[] { 0x80, 0x80, 0x80, 0x04, 0 }, "snappy", 413)]
    [InlineData("no protobuf", new byte[] { 1, 0, 0xff }, "snappy", 400)]
    [InlineData("gzip", new byte[] { 1, 0, 0xff }, "gzip", 415)]
    public async Task What_is_no_request_is_refused_by_name(string what, byte[] body, string encoding, int status)
    {
        await using var live = await LiveStore.StartAsync();
        using var response = await SendAsync(live, body, encoding);
        Assert.True(status == (int)response.StatusCode, what);
        Assert.Contains("\"errorType\":\"bad_data\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task More_series_than_a_selector_may_find_are_refused_by_the_name_of_the_limit(int type)
    {
        await using var live = await LiveStore.StartAsync(options: QueryOptions.Default with { SeriesMax = 1 });
        using var response = await SendAsync(live, Request([type], ("up", 60_000)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"errorType\":\"execution\"", body, StringComparison.Ordinal);
        Assert.Contains("finds at least 2 series; the limit query.series_max is 1; narrow it by a label, or raise the limit", body, StringComparison.Ordinal);

        using var allowed = await SendAsync(live, Request([type], ("latency_seconds", 60_000)));
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(LiveStore live, byte[] body, string encoding)
    {
        using var content = ReadRequestBody.Content(body, encoding);
        return await live.Host.Client.PostAsync("api/v1/read", content, TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> SendAsync(LiveStore live, ByteArrayContent body)
    {
        using (body)
        {
            return await live.Host.Client.PostAsync("api/v1/read", body, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A request for names over the last milliseconds.</summary>
    private static ByteArrayContent Request(int[] accepted, params (string Name, long BackMs)[] queries) =>
        ReadRequestBody.Of(accepted, [.. queries.Select(static q => (q.Name, LiveStore.NowMs - q.BackMs, LiveStore.NowMs))]);
}
