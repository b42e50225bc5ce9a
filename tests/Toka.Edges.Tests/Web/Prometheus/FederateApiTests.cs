using System.IO.Compression;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class FederateApiTests
{
    [Fact]
    public async Task The_newest_samples_come_with_their_times_once_each_by_name()
    {
        await using var live = await LiveStore.StartAsync();
        using var response = await live.Host.Client.GetAsync("federate?match[]=up&match[]={job=\"node\"}&match[]=http_requests_total", TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            """
            # TYPE http_requests_total untyped
            http_requests_total{code="200",job="api",instance=""} 3600 1767229200000
            http_requests_total{code="500",job="api",instance=""} 360 1767229200000
            # TYPE up untyped
            up{instance="a:9100",job="node"} 1 1767229200000
            up{instance="b:9100",job="node"} 0 1767229200000

            """,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_the_format_has_no_form_for_is_counted_in_a_comment()
    {
        await using var live = await LiveStore.StartAsync();
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of(("__name__", "gone")), LiveStore.NowMs, StaleMarker.Value);
        batch.Add(LabelSet.Of(("__name__", "my.metric"), ("a.b", "x\"\\\ny")), LiveStore.NowMs, double.PositiveInfinity);
        batch.Add(LabelSet.Of(("nameless", "yes")), LiveStore.NowMs, 1);
        await live.Store.WriteAsync(batch, TestContext.Current.CancellationToken);
        var (_, body) = await live.Host.GetAsync("federate?match[]=gone&match[]={__name__=\"my.metric\"}&match[]={nameless=\"yes\"}&match[]=latency_seconds");
        Assert.Equal(
            """
            # TYPE my_metric untyped
            my_metric{a_b="x\"\\\ny",instance=""} +Inf 1767229200000
            # 1 native histograms are left out: this format has no form for them
            # 1 series without a metric name are left out

            """,
            body);
        Assert.Equal(2, live.Host.Services.Self.Counter("toka_federation_left_out_total", "").Value);
    }

    [Fact]
    public async Task Samples_older_than_the_look_back_are_not_there()
    {
        await using var live = await LiveStore.StartAsync();
        live.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("", (await live.Host.GetAsync("federate?match[]=up")).Body);
    }

    [Fact]
    public async Task Without_a_selector_it_says_what_is_missing()
    {
        await using var live = await LiveStore.StartAsync();
        var (status, body) = await live.Host.GetAsync("federate");
        Assert.Equal(400, (int)status);
        Assert.Contains("no match[] parameter provided", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(100, true)]
    [InlineData(3000, true)]
    public async Task A_larger_answer_is_compressed_and_arrives_whole(int series, bool isCompressed)
    {
        await using var live = await LiveStore.StartAsync();
        using var batch = new WriteBatch();
        for (var i = 0; i < series; i++)
        {
            batch.Add(LabelSet.Of(("__name__", "many"), ("number", i.ToString("D6", System.Globalization.CultureInfo.InvariantCulture))), LiveStore.NowMs, i);
        }

        await live.Store.WriteAsync(batch, TestContext.Current.CancellationToken);
        var plain = (await live.Host.GetAsync("federate?match[]=many")).Body;
        Assert.Equal(series + 2, plain.Split('\n').Length);
        using var request = new HttpRequestMessage(HttpMethod.Get, "federate?match[]=many") { Headers = { { "Accept-Encoding", "gzip" } } };
        using var response = await live.Host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(isCompressed ? ["gzip"] : (string[])[], response.Content.Headers.ContentEncoding);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(isCompressed ? new GZipStream(body, CompressionMode.Decompress) : body);
        Assert.Equal(plain, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("match[]=up", "selector {__name__=\\\"up\\\"} finds at least 2 series; the limit query.series_max is 1")]
    [InlineData("match[]=up{instance=\"a:9100\"}&match[]=up{instance=\"b:9100\"}", "the selectors of match[] together find more series; the limit query.series_max is 1")]
    public async Task More_series_than_a_selector_may_find_are_refused_by_the_name_of_the_limit(string parameters, string said)
    {
        await using var live = await LiveStore.StartAsync(options: QueryOptions.Default with { SeriesMax = 1 });
        var (status, body) = await live.Host.GetAsync("federate?" + parameters);
        Assert.Equal(422, (int)status);
        Assert.Contains(said, body, StringComparison.Ordinal);
    }
}
