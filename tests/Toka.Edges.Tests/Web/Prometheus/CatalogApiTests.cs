using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class CatalogApiTests
{
    private static readonly LabelSet UpA = LabelSet.Of(("__name__", "up"), ("job", "a"));
    private static readonly LabelSet UpB = LabelSet.Of(("__name__", "up"), ("job", "b"));
    private static readonly LabelSet Load = LabelSet.Of(("__name__", "load"), ("my.host", "h"));

    [Fact]
    public async Task Series_of_several_selectors_are_merged_once_each()
    {
        await using var host = await StartAsync();
        Assert.Equal(
            """{"status":"success","data":[{"__name__":"load","my.host":"h"},{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]}""",
            (await host.GetAsync("api/v1/series?match[]=up&match[]=load&match[]=up&start=1&end=2")).Body);
        Assert.All(host.Series.Requests, static r => Assert.Equal((1000, 2000), (r.FromMs, r.ToMs)));
    }

    [Fact]
    public async Task Series_and_values_of_several_selectors_are_cut_together()
    {
        await using var host = await StartAsync();
        Assert.Equal(
            """{"status":"success","data":[{"__name__":"load","my.host":"h"}],"warnings":["results truncated due to limit"]}""",
            (await host.GetAsync("api/v1/series?match[]=up&match[]=up&match[]=load&limit=1")).Body);
        Assert.Equal(
            """{"status":"success","data":["__name__"],"warnings":["results truncated due to limit"]}""",
            (await host.GetAsync("api/v1/labels?match[]=up&match[]=load&limit=1")).Body);
    }

    [Fact]
    public async Task Label_names_come_from_all_series_or_from_those_selected()
    {
        await using var host = await StartAsync();
        Assert.Equal("""{"status":"success","data":["__name__","job","my.host"]}""", (await host.GetAsync("api/v1/labels")).Body);
        Assert.Equal("""{"status":"success","data":["__name__","job"]}""", (await host.GetAsync("api/v1/labels?match[]=up")).Body);
        Assert.Equal("""{"status":"success","data":["__name__","job","my.host"]}""", (await host.GetAsync("api/v1/labels?match[]=up&match[]=load")).Body);
        Assert.Equal(
            """{"status":"success","data":["__name__","job"],"warnings":["results truncated due to limit"]}""", (await host.GetAsync("api/v1/labels?limit=2")).Body);
    }

    [Fact]
    public async Task Label_values_are_found_under_plain_and_escaped_names()
    {
        await using var host = await StartAsync();
        Assert.Equal("""{"status":"success","data":["a","b"]}""", (await host.GetAsync("api/v1/label/job/values")).Body);
        Assert.Equal("""{"status":"success","data":["h"]}""", (await host.GetAsync("api/v1/label/U__my_2e_host/values")).Body);
        Assert.Equal("""{"status":"success","data":["h"]}""", (await host.GetAsync("api/v1/label/my.host/values")).Body);
        Assert.Equal("""{"status":"success","data":[]}""", (await host.GetAsync("api/v1/label/none/values")).Body);
    }

    [Fact]
    public async Task A_selector_that_does_not_parse_is_bad_data()
    {
        await using var host = await StartAsync();
        var (status, body) = await host.GetAsync("api/v1/series?match[]=up{{");
        Assert.Equal(400, (int)status);
        Assert.Contains("invalid parameter \\\"match[]\\\": 1:1: parse error", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_lists_families_with_type_help_and_unit()
    {
        await using var host = await StartAsync();
        host.Series.Families.Add(new MetricMetadata("up", MetricType.Gauge, "Is \"up\".", ""));
        host.Series.Families.Add(new MetricMetadata("x_seconds_total", MetricType.Counter, "", "seconds"));
        Assert.Equal(
            """{"status":"success","data":{"up":[{"type":"gauge","help":"Is \"up\".","unit":""}],"x_seconds_total":[{"type":"counter","help":"","unit":"seconds"}]}}""",
            (await host.GetAsync("api/v1/metadata")).Body);
        Assert.Equal(
            """{"status":"success","data":{"up":[{"type":"gauge","help":"Is \"up\".","unit":""}]}}""", (await host.GetAsync("api/v1/metadata?metric=up")).Body);
    }

    [Theory]
    [InlineData("limit=1", 1, true)]
    [InlineData("limit=2", 2, false)]
    [InlineData("limit=0", 2, false)]
    [InlineData("limit=99999999999", 2, false)]
    public async Task Metadata_that_a_limit_cuts_says_so(string limit, int count, bool isCut)
    {
        await using var host = await StartAsync();
        host.Series.Families.Add(new MetricMetadata("a", MetricType.Gauge, "", ""));
        host.Series.Families.Add(new MetricMetadata("b", MetricType.Gauge, "", ""));
        var answer = await host.GetJsonAsync("api/v1/metadata?" + limit);
        Assert.Equal(count, answer.GetProperty("data").EnumerateObject().Count());
        Assert.Equal(isCut, answer.TryGetProperty("warnings", out _));
    }

    [Fact]
    public async Task The_build_info_names_the_API_version_and_the_product()
    {
        await using var host = await StartAsync();
        var data = (await host.GetJsonAsync("api/v1/status/buildinfo")).GetProperty("data");
        Assert.StartsWith("3.", data.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.Equal("1.2.3", data.GetProperty("applicationVersion").GetString());
    }

    private static Task<WebHost> StartAsync() => WebHost.StartAsync(static s => s with { Series = new FakeSeries(UpA, UpB, Load) });
}
