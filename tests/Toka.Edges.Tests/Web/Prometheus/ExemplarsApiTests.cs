using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class ExemplarsApiTests
{
    [Fact]
    public async Task Series_come_once_each_in_the_order_of_their_labels_whatever_selector_finds_them_first()
    {
        await using var live = await LiveStore.StartAsync();
        await AddAsync(live, "aaa_total");
        var data = (await live.Host.GetJsonAsync("api/v1/query_exemplars?query=http_requests_total%2Baaa_total%2Bhttp_requests_total")).GetProperty("data");
        Assert.Equal(["aaa_total", "http_requests_total"], data.EnumerateArray().Select(static s => s.GetProperty("seriesLabels").GetProperty("__name__").GetString()));
    }

    [Fact]
    public async Task More_exemplars_than_an_answer_has_are_cut_with_a_warning()
    {
        await using var live = await LiveStore.StartAsync(static s => s with { Limits = s.Limits with { MaxExemplars = 2 } });
        var answer = await live.Host.GetJsonAsync("api/v1/query_exemplars?query=http_requests_total");
        Assert.Equal(2, Assert.Single(answer.GetProperty("data").EnumerateArray()).GetProperty("exemplars").GetArrayLength());
        Assert.Equal("results truncated due to limit", Assert.Single(answer.GetProperty("warnings").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task More_series_than_a_selector_may_find_are_refused_by_the_name_of_the_limit()
    {
        await using var live = await LiveStore.StartAsync(options: QueryOptions.Default with { SeriesMax = 2 });
        await AddAsync(live, "aaa_total");
        var (status, body) = await live.Host.GetAsync("api/v1/query_exemplars?query=aaa_total%2B{__name__=~\".%2B\"}");
        Assert.Equal(422, (int)status);
        Assert.Contains("series; the limit query.series_max is 2; narrow it by a label, or raise the limit", body, StringComparison.Ordinal);
    }

    private static async Task AddAsync(LiveStore live, string name)
    {
        using var batch = new WriteBatch();
        var labels = LabelSet.Of(("__name__", name));
        batch.Add(labels, LiveStore.NowMs, 1);
        batch.AddExemplar(labels, new Exemplar(LabelSet.Of(("trace_id", "t")), LiveStore.NowMs, 1));
        Assert.Equal(0, (await live.Store.WriteAsync(batch, TestContext.Current.CancellationToken)).Refused);
    }
}
