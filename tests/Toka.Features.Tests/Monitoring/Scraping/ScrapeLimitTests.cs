using Toka.Core.Labels;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Scraping.Appending;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class ScrapeLimitTests
{
    [Fact]
    public void More_samples_than_the_limit_fail_the_scrape_which_counts_them_all()
    {
        var bench = new AppenderBench(new ScrapeRules { SampleLimit = 2 }, LabelSet.Empty);
        Assert.True(bench.Scrape("a 1\nb 1\n").IsUp);
        var reading = bench.Scrape("a 1\nb 1\nc 1\nd 1\n");
        Assert.Equal((ScrapeOutcome.SampleLimit, false, 4, 4), (reading.Outcome, reading.IsUp, reading.Scraped, reading.Kept));
        Assert.StartsWith("sample_limit: the target sent 4 samples, the limit is 2; ", reading.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Samples);
        Assert.Equal(["a", "b"], bench.Ended);
        Assert.Equal(4, bench.Appender.RefusedBy(ScrapeRefusal.ScrapeLimit));
        Assert.Equal(2, bench.Appender.Remembered);
        Assert.Equal(0, bench.Scrape("a 1\nb 1\n").Added);
    }

    [Theory]
    [InlineData(2, 0, 0, "a{x=\"1\",y=\"2\"} 1\n", "label_limit: a series of a has 3 labels, the limit is 2; ")]
    [InlineData(0, 8, 0, "a{much_too_long=\"1\"} 1\n", "label_name_length_limit: a series of a has the label much_too_long of 13 bytes, the limit is 8; ")]
    [InlineData(0, 0, 3, "a{x=\"1234\"} 1\n", "label_value_length_limit: a series of a has the label x with a value of 4 bytes, the limit is 3; ")]
    public void A_series_that_breaks_a_limit_of_labels_fails_the_scrape(int labels, int name, int value, string body, string said)
    {
        var bench = new AppenderBench(new ScrapeRules { LabelLimit = labels, LabelNameLengthLimit = name, LabelValueLengthLimit = value }, LabelSet.Empty);
        for (var i = 0; i < 2; i++)
        {
            var reading = bench.Scrape("b 1\n" + body);
            Assert.Equal(ScrapeOutcome.LabelLimit, reading.Outcome);
            Assert.StartsWith(said, reading.Message, StringComparison.Ordinal);
            Assert.Empty(bench.Samples);
        }

        Assert.True(bench.Scrape("b 1\n").IsUp);
    }

    [Fact]
    public void Limits_that_are_just_kept_do_not_fail_anything()
    {
        var bench = new AppenderBench(new ScrapeRules { SampleLimit = 1, LabelLimit = 2, LabelNameLengthLimit = 8, LabelValueLengthLimit = 3 }, LabelSet.Empty);
        Assert.True(bench.Scrape("a{x=\"123\"} 1\n").IsUp);
        Assert.Single(bench.Samples);
    }
}
