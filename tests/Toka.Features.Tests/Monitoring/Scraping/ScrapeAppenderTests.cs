using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Core.Samples;
using Toka.Features.Tests.Monitoring.Scraping.Support;
using Toka.Monitoring.Scraping.Appending;
using Toka.Protocols.Exposition;

namespace Toka.Features.Tests.Monitoring.Scraping;

public sealed class ScrapeAppenderTests
{
    private const string Target = """instance="a:1",job="app"}""";

    [Fact]
    public void Samples_have_the_labels_of_their_target_and_the_time_of_the_scrape()
    {
        var bench = new AppenderBench();
        var reading = bench.Scrape("up_to 1\nrequests_total{code=\"200\"} 7\n");
        Assert.Equal(["up_to{" + Target + " 1", "requests_total{code=\"200\"," + Target + " 7"], bench.Samples);
        Assert.Equal((ScrapeOutcome.Good, 2, 2, 2), (reading.Outcome, reading.Scraped, reading.Kept, reading.Added));
        Assert.Equal(0, bench.Scrape("up_to 2\nrequests_total{code=\"200\"} 8\n").Added);
        Assert.Equal(["up_to{" + Target + " 2", "requests_total{code=\"200\"," + Target + " 8"], bench.Samples);
    }

    [Fact]
    public void A_label_of_the_target_wins_and_the_samples_own_is_renamed_until_its_name_is_free()
    {
        var bench = new AppenderBench();
        bench.Scrape("""
            m{instance="x"} 1
            m{instance="x",exported_instance="y"} 2
            m{exported_instance="y"} 3

            """);
        Assert.Equal(
            [
                """m{exported_instance="x",instance="a:1",job="app"} 1""",
                """m{exported_exported_instance="x",exported_instance="y",instance="a:1",job="app"} 2""",
                """m{exported_instance="y",instance="a:1",job="app"} 3""",
            ],
            bench.Samples);
    }

    [Fact]
    public void With_honor_labels_the_samples_own_wins_and_an_empty_one_leaves_the_targets_out()
    {
        var bench = new AppenderBench(new ScrapeRules { HonorLabels = true });
        bench.Scrape("m{instance=\"x\"} 1\nm{instance=\"\"} 2\nm 3\n");
        Assert.Equal(["""m{instance="x",job="app"} 1""", """m{job="app"} 2""", "m{" + Target + " 3"], bench.Samples);
    }

    [Fact]
    public void Rules_drop_series_and_change_them_and_what_they_drop_was_scraped()
    {
        var bench = new AppenderBench(new ScrapeRules
        {
            Relabelling = new Relabeller(
            [
                new RelabelConfig { Action = RelabelAction.Drop, SourceLabels = ["__name__"], Regex = "go_.*" },
                new RelabelConfig { Action = RelabelAction.LabelDrop, Regex = "pod" },
            ]),
        });
        var reading = bench.Scrape("go_threads 1\nm{pod=\"x\",z=\"1\"} 2\n");
        Assert.Equal(["m{" + Target[..^1] + ",z=\"1\"} 2"], bench.Samples);
        Assert.Equal((2, 1, 1), (reading.Scraped, reading.Kept, reading.Added));
        Assert.Equal(ScrapeOutcome.Good, bench.Scrape("go_threads 1\nm{pod=\"x\",z=\"1\"} 2\n").Outcome);
    }

    [Fact]
    public void A_series_whose_name_relabelling_takes_is_refused_alone_and_counted()
    {
        var bench = new AppenderBench(new ScrapeRules
        {
            Relabelling = new Relabeller([new RelabelConfig { SourceLabels = ["kill"], Regex = "yes", TargetLabel = "__name__", Replacement = "" }]),
        });
        for (var i = 0; i < 2; i++)
        {
            Assert.True(bench.Scrape("m{kill=\"yes\"} 1\nm 2\n").IsUp);
            Assert.Equal(["m{" + Target + " 2"], bench.Samples);
            Assert.Equal(1, bench.Appender.RefusedBy(ScrapeRefusal.BadLabels));
        }
    }

    [Fact]
    public void With_legacy_names_others_are_refused_alone()
    {
        var bench = new AppenderBench(new ScrapeRules { HasLegacyNames = true });
        bench.Scrape("{\"a.b\"} 1\nm{\"c.d\"=\"x\"} 2\na:b 3\n");
        Assert.Equal(["a:b{" + Target + " 3"], bench.Samples);
        Assert.Equal(2, bench.Appender.RefusedBy(ScrapeRefusal.BadLabels));
    }

    [Fact]
    public void Bad_lines_cost_themselves_alone_and_the_first_is_told()
    {
        var bench = new AppenderBench();
        var reading = bench.Scrape("a 1\nb one\nc 3\nd{ 4\n");
        Assert.Equal(["a{" + Target + " 1", "c{" + Target + " 3"], bench.Samples);
        Assert.Equal(ScrapeOutcome.Partial, reading.Outcome);
        Assert.True(reading.IsUp);
        Assert.Equal(2, bench.Appender.RefusedBy(ScrapeRefusal.Malformed));
        Assert.StartsWith("part of the body is refused: line 2:3: 'one' is not a value", reading.Message, StringComparison.Ordinal);
        Assert.EndsWith("(2 faults in all)", reading.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OpenMetrics_that_was_cut_the_last_line_is_not_trusted()
    {
        var bench = new AppenderBench();
        var reading = bench.Scrape("a 1\nb 12345", ExpositionFormat.OpenMetrics);
        Assert.Equal(["a{" + Target + " 1"], bench.Samples);
        Assert.Equal((ScrapeOutcome.Partial, 1), (reading.Outcome, bench.Appender.RefusedBy(ScrapeRefusal.Malformed)));
        Assert.Contains("the exposition ends without # EOF", reading.Message, StringComparison.Ordinal);
        Assert.Equal(ScrapeOutcome.Good, bench.Scrape("a 1\n# EOF", ExpositionFormat.OpenMetrics).Outcome);
    }

    [Fact]
    public void A_body_of_which_nothing_can_be_read_is_a_failed_scrape()
    {
        var bench = new AppenderBench();
        bench.Scrape("a 1\n");
        var reading = bench.Scrape("<html>\n<body>Not found</body>\n");
        Assert.Equal(ScrapeOutcome.Unreadable, reading.Outcome);
        Assert.StartsWith("no sample could be read of the body: line 1:1:", reading.Message, StringComparison.Ordinal);
        Assert.Equal(["a{" + Target], bench.Ended);
        Assert.True(bench.Scrape("").IsUp);
    }

    [Fact]
    public void Times_of_the_samples_are_kept_where_they_are_honoured()
    {
        var bench = new AppenderBench();
        bench.Scrape("a 1 1767225600123\n");
        Assert.Equal(["a{" + Target + " 1 @1767225600123"], bench.Samples);
        bench = new AppenderBench(new ScrapeRules { HonorTimestamps = false });
        bench.Scrape("a 1 1767225600123\n");
        Assert.Equal(["a{" + Target + " 1"], bench.Samples);
    }

    [Fact]
    public void Bounds_are_written_the_same_way_in_every_format_also_when_the_type_comes_later()
    {
        var bench = new AppenderBench();
        bench.Scrape("h_bucket{le=\"1\"} 1\n");
        Assert.Equal(["h_bucket{instance=\"a:1\",job=\"app\",le=\"1\"} 1"], bench.Samples);
        bench.Scrape("# TYPE h histogram\nh_bucket{le=\"1\"} 1\n");
        Assert.Equal(["h_bucket{instance=\"a:1\",job=\"app\",le=\"1.0\"} 1"], bench.Samples);
        Assert.Equal(["h_bucket{instance=\"a:1\",job=\"app\",le=\"1\"}"], bench.Ended);
    }

    [Fact]
    public void What_is_said_of_a_family_is_told_when_it_is_new_or_changes_or_was_not_written()
    {
        const string Body = "# HELP a_bytes Some \\\\ bytes.\n# TYPE a_bytes gauge\na_bytes 1\n";
        var bench = new AppenderBench();
        bench.Scrape(Body, isWritten: false);
        Assert.Equal([new MetricMetadata("a_bytes", MetricType.Gauge, "Some \\ bytes.", "")], bench.Metadata);
        bench.Scrape(Body);
        Assert.Single(bench.Metadata);
        bench.Scrape(Body);
        Assert.Empty(bench.Metadata);
        bench.Scrape(Body.Replace("gauge", "counter", StringComparison.Ordinal));
        Assert.Equal([new MetricMetadata("a_bytes", MetricType.Counter, "Some \\ bytes.", "")], bench.Metadata);
        Assert.Equal(bench.Metadata, bench.Appender.Families);
    }

    [Fact]
    public void Families_are_named_as_their_samples_are()
    {
        var bench = new AppenderBench();
        bench.Scrape("# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1\n# TYPE b info\nb_info{v=\"1\"} 1\n# EOF\n", ExpositionFormat.OpenMetrics);
        Assert.Equal([new MetricMetadata("a_seconds_total", MetricType.Counter, "", "seconds"), new MetricMetadata("b_info", MetricType.Info, "", "")], bench.Metadata);
    }

    [Fact]
    public void An_exemplar_is_stored_once_however_often_it_is_scraped()
    {
        const string Body = "# TYPE a counter\na_total 1 # {trace_id=\"7\"} 0.5 1767225600.5\n# EOF\n";
        var bench = new AppenderBench();
        bench.Scrape(Body, ExpositionFormat.OpenMetrics);
        Assert.Equal(["a_total{" + Target + " {trace_id=\"7\"} 0.5 @1767225600500"], bench.Exemplars);
        bench.Scrape(Body, ExpositionFormat.OpenMetrics);
        Assert.Empty(bench.Exemplars);
        bench.Scrape(Body.Replace("\"7\"", "\"8\"", StringComparison.Ordinal).Replace(" 1767225600.5", "", StringComparison.Ordinal), ExpositionFormat.OpenMetrics);
        Assert.Equal(["a_total{" + Target + " {trace_id=\"8\"} 0.5"], bench.Exemplars);
    }

    [Theory]
    [InlineData("# TYPE a counter\na_total 1\na_created 1767225000\n# EOF\n", "a_total")]
    [InlineData("# TYPE a counter\na_total{x=\"1\"} 1\na_created{x=\"1\"} 1767225000\na_total{x=\"2\"} 1\n# EOF\n", "a_total{x=1}")]
    [InlineData("# TYPE a summary\na{quantile=\"0.5\"} 1\na_count 1\na_sum 1\na_created 1767225000\n# EOF\n", "a_count a_sum")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\na_created 1767225000\n# EOF\n", "a_bucket{le=1.0} a_bucket{le=+Inf} a_count a_sum")]
    [InlineData("# TYPE a histogram\na_bucket{x=\"1\",le=\"+Inf\"} 1\na_bucket{le=\"+Inf\",x=\"1\"} 1\na_bucket{x=\"2\",le=\"+Inf\"} 1\na_count{x=\"1\"} 1\na_created{x=\"1\"} 1767225000\n# EOF\n", "a_bucket{le=+Inf,x=1} a_bucket{le=+Inf,x=1} a_count{x=1}")]
    [InlineData("# TYPE a counter\na_total 1 st@1767225000\n# EOF\n", "a_total")]
    public void When_a_counter_began_is_told_of_all_its_series_once(string body, string series)
    {
        var bench = new AppenderBench(target: LabelSet.Empty);
        bench.Scrape(body, ExpositionFormat.OpenMetrics);
        var told = bench.Created.Select(static line => line.Replace("\"", "", StringComparison.Ordinal)).ToArray();
        Assert.Equal([.. series.Split(' ').Distinct().Select(static s => s + " 1767225000000")], told.Distinct());
        bench.Scrape(body, ExpositionFormat.OpenMetrics);
        Assert.Empty(bench.Created);
        bench.Scrape(body.Replace("1767225000", "1767225001", StringComparison.Ordinal), ExpositionFormat.OpenMetrics);
        Assert.Equal(told.Length, bench.Created.Count);
    }

    [Fact]
    public void A_begin_without_a_counter_is_counted()
    {
        var bench = new AppenderBench();
        bench.Scrape("# TYPE a counter\na_created 1767225000\n# EOF\n", ExpositionFormat.OpenMetrics);
        Assert.Equal(1, bench.Appender.RefusedBy(ScrapeRefusal.BadCreated));
    }

    [Theory]
    [InlineData("m{0}_total{{code=\"200\",path=\"/a/{0}\"}} {0}\n")]
    [InlineData("# TYPE m{0} counter\n# HELP m{0} Text.\n# UNIT m{0} seconds\nm{0}_total{{code=\"200\",path=\"/a/{0}\"}} {0}\n")]
    [InlineData("# TYPE m{0} counter\nm{0}_total{{code=\"200\",path=\"/a/{0}\"}} {0} # {{trace_id=\"abc\"}} 1\n")]
    [InlineData("# TYPE m{0} counter\nm{0}_total{{code=\"200\"}} {0}\nm{0}_created{{code=\"200\"}} 17\n")]
    public void A_body_like_the_one_before_allocates_nothing_for_a_sample(string part)
    {
        const int Count = 2000;
        var text = string.Concat(Enumerable.Range(0, Count).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, part, i)));
        var body = System.Text.Encoding.UTF8.GetBytes(text + "# EOF\n");
        var appender = new ScrapeAppender(ScrapeRules.Default, LabelSet.Of(("job", "app"), ("instance", "a:1")));
        using var batch = new Toka.Core.Series.WriteBatch();
        Read(3);

        // Without optimisation the parser of numbers allocates, therefore only what comes on top of reading is looked at.
        var perSample = (AllocatedBy(() => Read(10)) - AllocatedBy(() => ReadAlone(10))) / (10.0 * Count);
        Assert.True(perSample < 1, $"{perSample} bytes were allocated for a sample.");

        static long AllocatedBy(Action action)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void ReadAlone(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var reader = new ExpositionTextReader(body, isOpenMetrics: true);
                while (reader.Next())
                {
                }
            }
        }

        void Read(int times)
        {
            for (var i = 0; i < times; i++)
            {
                batch.Clear();
                Assert.Equal(Count, appender.Read(body, ExpositionFormat.OpenMetrics, 1_767_225_600_000 + i, batch).Kept);
                appender.Written();
            }
        }
    }
}
