using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Scraping.Appending;
using Toka.Protocols.Exposition;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class NativeHistogramScrapeTests
{
    /// <summary>A family of one histogram: schema 3, buckets 1 to 8 with one observation each, and two classic buckets.</summary>
    private static byte[] Body(bool hasClassic = true)
    {
        var message = new ProtobufText();
        message.Varint(1, 8); // Count.
        message.Double(2, 12.5);
        if (hasClassic)
        {
            message.Message(3, bucket => { bucket.Varint(1, 3); bucket.Double(2, 1); });
            message.Message(3, bucket => { bucket.Varint(1, 8); bucket.Double(2, double.PositiveInfinity); });
        }

        message.Varint(5, 6); // Schema 3 in zigzag.
        message.Double(6, 1e-9);
        message.Message(12, span => { span.Varint(1, 2); span.Varint(2, 8); });
        foreach (var delta in (ReadOnlySpan<ulong>)[2, 0, 0, 0, 0, 0, 0, 0])
        {
            message.Varint(13, delta);
        }

        message.Message(15, created => created.Varint(1, 1_767_225_000));
        var family = new ProtobufText();
        family.Text(1, "h");
        family.Varint(3, 4);
        family.Message(4, metric => metric.Bytes(7, message.ToArray()));
        return new ProtobufText().Delimited(family).ToArray();
    }

    [Fact]
    public void A_native_histogram_is_one_sample_and_its_classic_buckets_are_left_out()
    {
        var bench = new AppenderBench(target: LabelSet.Empty);
        var reading = bench.Scrape(Body(), ExpositionFormat.Protobuf);
        Assert.Equal((1, 1, ScrapeOutcome.Good), (reading.Scraped, reading.Kept, reading.Outcome));
        var (series, histogram) = Assert.Single(bench.Histograms);
        Assert.Equal(("h", 8.0, 12.5, 3), (series, histogram.Count, histogram.Sum, histogram.Layout.Schema));
        Assert.Empty(bench.Samples);
        Assert.Equal(["h 1767225000000"], bench.Created);

        bench.Scrape([], ExpositionFormat.Protobuf);
        Assert.Equal(["h"], bench.Ended);
    }

    [Fact]
    public void Classic_buckets_are_kept_beside_it_where_they_are_asked_for()
    {
        var bench = new AppenderBench(new ScrapeRules { KeepsClassicBesideNative = true }, LabelSet.Empty);
        bench.Scrape(Body(), ExpositionFormat.Protobuf);
        Assert.Single(bench.Histograms);
        Assert.Equal(["h_bucket{le=\"1.0\"} 3", "h_bucket{le=\"+Inf\"} 8", "h_sum 12.5", "h_count 8"], bench.Samples);
    }

    [Fact]
    public void Where_native_histograms_are_off_the_classic_buckets_are_kept_and_one_without_them_is_counted()
    {
        var bench = new AppenderBench(new ScrapeRules { KeepsNative = false }, LabelSet.Empty);
        bench.Scrape(Body(), ExpositionFormat.Protobuf);
        Assert.Empty(bench.Histograms);
        Assert.Equal(4, bench.Samples.Count);
        Assert.Equal(0, bench.Appender.RefusedBy(ScrapeRefusal.NativeHistogramOff));
        bench.Scrape(Body(hasClassic: false), ExpositionFormat.Protobuf);
        Assert.Equal(1, bench.Appender.RefusedBy(ScrapeRefusal.NativeHistogramOff));
    }

    [Theory]
    [InlineData(8, 0, 3, 8)]
    [InlineData(4, 0, 2, 4)]
    [InlineData(3, 0, 1, 2)]
    [InlineData(0, 1.3, 1, 2)]
    [InlineData(0, 1.01, 3, 8)]
    public void One_with_too_many_or_too_fine_buckets_is_made_coarser(int limit, double factor, int schema, int buckets)
    {
        var bench = new AppenderBench(new ScrapeRules { BucketLimit = limit, MinBucketFactor = factor }, LabelSet.Empty);
        Assert.True(bench.Scrape(Body(), ExpositionFormat.Protobuf).IsUp);
        var histogram = Assert.Single(bench.Histograms).Histogram;
        Assert.Equal((schema, buckets), (histogram.Layout.Schema, histogram.Layout.BucketCount));
        Assert.Equal(8, histogram.PositiveBuckets.ToArray().Sum());
        Assert.Equal(HistogramFault.None, HistogramRule.Check(histogram.View));
    }

    [Fact]
    public void One_that_is_too_large_at_any_resolution_fails_the_scrape()
    {
        // One positive and one negative bucket stay however coarse they are.
        var layout = new HistogramLayout(0, 0, [new HistogramSpan(0, 1)], [new HistogramSpan(0, 1)], []);
        var histogram = new NativeHistogram(layout, HistogramResetHint.Unknown, 0, 2, 0, [1, 1]);
        Assert.Null(new HistogramResolution(1, 0).Fit(histogram));
        Assert.Same(histogram, new HistogramResolution(2, 0).Fit(histogram));
    }
}
