using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Scraping.Appending;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class StalenessTests
{
    private readonly AppenderBench _bench = new(target: LabelSet.Empty);

    [Fact]
    public void A_series_that_vanishes_is_marked_once_and_counts_as_new_when_it_comes_back()
    {
        _bench.Scrape("a 1\nb 1\n");
        _bench.Scrape("a 2\n");
        Assert.Equal(["b"], _bench.Ended);
        _bench.Scrape("a 3\n");
        Assert.Empty(_bench.Ended);
        Assert.Equal(1, _bench.Scrape("a 4\nb 4\n").Added);
        Assert.Equal(["a 4", "b 4"], _bench.Samples);
    }

    [Fact]
    public void A_failed_scrape_marks_everything_and_what_comes_back_is_not_new()
    {
        _bench.Scrape("a 1\nb 1\n");
        _bench.Fail();
        Assert.Equal(["a", "b"], _bench.Ended);
        _bench.Fail();
        Assert.Empty(_bench.Ended);
        Assert.Equal(0, _bench.Scrape("a 2\nb 2\n").Added);
        Assert.Empty(_bench.Ended);
    }

    [Fact]
    public void The_same_series_written_in_another_way_is_not_marked()
    {
        _bench.Scrape("a{x=\"1\",y=\"2\"} 1\n");
        _bench.Scrape("a{y=\"2\",x=\"1\"} 1\n");
        Assert.Empty(_bench.Ended);
        _bench.Scrape("b 1\n");
        Assert.Equal(["a{x=\"1\",y=\"2\"}"], _bench.Ended);
    }

    [Fact]
    public void Series_with_times_of_their_own_are_marked_only_where_they_are_tracked()
    {
        _bench.Scrape("a 1 1767225600123\nb 1\n");
        _bench.Scrape("b 2\n");
        Assert.Empty(_bench.Ended);

        var tracking = new AppenderBench(new ScrapeRules { TracksTimestampsStaleness = true }, LabelSet.Empty);
        tracking.Scrape("a 1 1767225600123\nb 1\n");
        tracking.Scrape("b 2\n");
        Assert.Equal(["a"], tracking.Ended);
    }

    [Fact]
    public void A_target_that_goes_away_ends_with_the_series_of_its_scrapes()
    {
        _bench.Scrape("a 1\n");
        _bench.End();
        Assert.Equal(["a", "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"], _bench.Ended);
    }

    [Fact]
    public void Markers_that_were_not_written_come_again_unless_the_series_does()
    {
        _bench.Scrape("a 1\nb 1\nc 1\n");
        _bench.Scrape("c 2\n", isWritten: false);
        Assert.Equal(["a", "b"], _bench.Ended);
        _bench.Scrape("b 3\nc 3\n");
        Assert.Equal(["a"], _bench.Ended);
    }

    [Fact]
    public void Other_rules_mark_the_series_that_they_make_no_more()
    {
        _bench.Scrape("a{pod=\"x\"} 1\nb 1\n");
        _bench.Appender.Apply(new ScrapeRules { Relabelling = new Relabeller([new RelabelConfig { Action = RelabelAction.LabelDrop, Regex = "pod" }]) });
        _bench.Scrape("a{pod=\"x\"} 2\nb 2\n");
        Assert.Equal(["a 2", "b 2"], _bench.Samples);
        Assert.Equal(["a{pod=\"x\"}"], _bench.Ended);
    }

    [Fact]
    public void A_target_takes_over_the_series_of_another_one_with_the_same_labels()
    {
        _bench.Scrape("a 1\nb 1\n");
        var heir = new AppenderBench(target: LabelSet.Empty);
        heir.Appender.Inherit(_bench.Appender);
        heir.Scrape("a 2\n");
        Assert.Equal(["b"], heir.Ended);
        _bench.Fail();
        Assert.Empty(_bench.Ended);
    }

    [Fact]
    public void What_has_long_been_missing_is_forgotten()
    {
        for (var i = 0; i < 50; i++)
        {
            _bench.Scrape(FormattableString.Invariant($"a 1\nb{{n=\"{i}\"}} 1\n"));
        }

        Assert.InRange(_bench.Appender.Remembered, 2, 20);
        _bench.Scrape(string.Concat(Enumerable.Range(0, 5000).Select(static i => FormattableString.Invariant($"c{{n=\"{i}\"}} 1\n"))));
        _bench.Scrape("a 1\n");
        Assert.Equal(1, _bench.Appender.Remembered);
    }
}
