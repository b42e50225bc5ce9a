using Toka.Configuration.Binding;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Scraping.Options;
using Toka.Monitoring.Scraping.Targets;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class TargetBuilderTests
{
    [Fact]
    public void A_target_has_the_labels_of_its_group_its_own_the_job_and_the_instance_and_no_hidden_ones()
    {
        var target = Assert.Single(Build(ScrapeBench.Job(), LabelSet.Of(("__address__", "h:9100"), ("env", "own"), ("__meta_x", "1"))).Active);
        Assert.Equal("{env=\"own\",group=\"g\",instance=\"h:9100\",job=\"app\"}", target.Labels.ToString());
        Assert.Equal("http://h:9100/metrics", target.Url.AbsoluteUri);
        Assert.Equal(
            "{__address__=\"h:9100\",__meta_x=\"1\",__metrics_path__=\"/metrics\",__scheme__=\"http\",__scrape_interval__=\"15s\",__scrape_timeout__=\"5s\",env=\"own\",group=\"g\",job=\"app\"}",
            target.DiscoveredLabels.ToString());
    }

    [Fact]
    public void Relabelling_sets_address_scheme_path_parameters_interval_and_timeout()
    {
        var job = ScrapeBench.Job() with
        {
            Params = [new("module", ["a", "b"])],
            RelabelConfigs =
            [
                Set("__param_target", "$1") with { SourceLabels = ["__address__"] },
                Set("__address__", "exporter:9115"),
                Set("__scheme__", "https"),
                Set("__metrics_path__", "/probe"),
                Set("__param_module", "c"),
                Set("__scrape_interval__", "1m"),
                Set("__scrape_timeout__", "30s"),
                Set("instance", "$1") with { SourceLabels = ["__param_target"] },
            ],
        };
        var target = Assert.Single(Build(job, LabelSet.Of(("__address__", "site.example"))).Active);
        Assert.Equal("https://exporter:9115/probe?module=c&module=b&target=site.example", target.Url.AbsoluteUri);
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30)), (target.Interval, target.Timeout));
        Assert.Equal("{env=\"of the group\",group=\"g\",instance=\"site.example\",job=\"app\"}", target.Labels.ToString());
    }

    [Theory]
    [InlineData("__address__", "", "it has no __address__")]
    [InlineData("__address__", "http://h:1", "is no HOST:PORT; a path goes into __metrics_path__, a scheme into __scheme__")]
    [InlineData("__address__", "h:99999", "is no HOST:PORT")]
    [InlineData("__scheme__", "ftp", "__scheme__ is \"ftp\"; it must be http or https")]
    [InlineData("__scrape_interval__", "0s", "__scrape_interval__ is \"0s\"; it must be a duration like 15s, from 1ms to 1y")]
    [InlineData("__scrape_timeout__", "20s", "__scrape_timeout__ 20s is longer than __scrape_interval__ 15s")]
    public void A_target_that_cannot_be_scraped_is_dropped_with_the_reason(string label, string value, string reason)
    {
        var built = Build(ScrapeBench.Job() with { RelabelConfigs = [Set(label, value)] }, LabelSet.Of(("__address__", "h:1")));
        Assert.Empty(built.Active);
        Assert.Contains(reason, Assert.Single(built.Dropped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_that_rules_drop_are_kept_to_be_shown_as_many_as_the_job_says_and_all_are_counted()
    {
        var job = ScrapeBench.Job() with { KeepDroppedTargets = 1, RelabelConfigs = [new RelabelConfig { Action = RelabelAction.Drop, SourceLabels = ["__address__"], Regex = "x.*" }] };
        var built = Build(job, LabelSet.Of(("__address__", "x:1")), LabelSet.Of(("__address__", "x:2")), LabelSet.Of(("__address__", "y:1")));
        Assert.Equal("y:1", Assert.Single(built.Active).Labels["instance"]);
        Assert.Equal(2, built.DroppedCount);
        var dropped = Assert.Single(built.Dropped);
        Assert.Equal(("app", "x:1", "relabel_configs drop it"), (dropped.Pool, dropped.DiscoveredLabels["__address__"], dropped.Reason));
    }

    [Fact]
    public void The_same_target_found_twice_is_scraped_once()
    {
        var built = Build(ScrapeBench.Job(), LabelSet.Of(("__address__", "h:1"), ("__meta_a", "1")), LabelSet.Of(("__address__", "h:1"), ("__meta_a", "2")));
        Assert.Single(built.Active);
        Assert.Equal(0, built.DroppedCount);
    }

    [Fact]
    public void Targets_are_spread_over_their_interval()
    {
        var found = Enumerable.Range(0, 1000).Select(static i => LabelSet.Of(("__address__", FormattableString.Invariant($"h:{i + 1}")))).ToArray();
        var offsets = Build(ScrapeBench.Job(), found).Active.Select(static target => target.OffsetMs).ToList();
        Assert.All(offsets, static offset => Assert.InRange(offset, 0, 14_999));
        for (var part = 0; part < 10; part++)
        {
            Assert.InRange(offsets.Count(offset => offset / 1500 == part), 60, 140);
        }
    }

    private static RelabelConfig Set(string label, string value) => new() { TargetLabel = label, Replacement = value };

    private static TargetBuilder Build(ScrapeJobOptions job, params LabelSet[] found)
    {
        var builder = new TargetBuilder(job);
        builder.Build([new TargetGroup("0", found.ToValueList(), LabelSet.Of(("group", "g"), ("env", "of the group")))]);
        return builder;
    }
}
