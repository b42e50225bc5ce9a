using System.Text;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Conformance.Exposition;

public sealed class TextCheckerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# HELP a x\n# TYPE a counter\na 1\na{b=\"c\"} 2 5\n# free words\nb 1\n")]
    [InlineData("# TYPE h histogram\nh_bucket{le=\"1\",x=\"1\"} 1\nh_bucket{le=\"1\",x=\"2\"} 1\nh_bucket{le=\"+Inf\",x=\"1\"} 2\nh_bucket{le=\"+Inf\",x=\"2\"} 2\nh_sum{x=\"1\"} 1\nh_count{x=\"1\"} 2\n")]
    [InlineData("# TYPE s summary\ns{quantile=\"0.5\"} -1\ns_sum -1\ns_count 1\n")]
    public void What_keeps_the_rules_is_valid(string body) => Assert.Empty(Check(body, isLinting: false).Findings);

    [Theory]
    [InlineData("a 1\n# TYPE a gauge\n", 2, "TYPE after its samples")]
    [InlineData("# TYPE a gauge\n# TYPE a gauge\n", 2, "TYPE twice")]
    [InlineData("# HELP a x\n# HELP a x\n", 2, "HELP twice")]
    [InlineData("a 1\nb 1\na{c=\"d\"} 1\n", 3, "in one place")]
    [InlineData("a{b=\"1\"} 1\na{b=\"1\"} 2\n", 2, "was there before")]
    [InlineData("a 1", 1, "does not end with a line feed")]
    [InlineData("a{b=\"\\z\"} 1\n", 1, "a backslash")]
    [InlineData("# TYPE s summary\ns 1\n", 2, "needs the label quantile")]
    [InlineData("# TYPE h histogram\nh_bucket 1\nh_bucket{le=\"+Inf\"} 1\n", 2, "needs the label le")]
    [InlineData("# TYPE h histogram\nh_bucket{le=\"1\"} 1\n", 2, "no bucket le=\"+Inf\"")]
    [InlineData("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 2\n", 3, "they are the same")]
    [InlineData("# TYPE h histogram\nh 1\n", 2, "only samples of")]
    public void Each_rule_that_is_broken_is_told_with_its_line(string body, int line, string message)
    {
        var fault = Assert.Single(Check(body, isLinting: false).Findings);
        Assert.Equal((line, false), (fault.Line, fault.IsLint));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# TYPE jobs_total counter\njobs_total 1\n", "has no help")]
    [InlineData("# HELP jobs_total \njobs_total 1\n", "has no help")]
    [InlineData("# HELP jobs x\n# TYPE jobs counter\njobs 1\n", "does not end in _total")]
    [InlineData("# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "ends in _total and is no counter")]
    [InlineData("# HELP a_count x\n# TYPE a_count gauge\na_count 1\n", "ends in _count")]
    [InlineData("# HELP a_sum x\n# TYPE a_sum gauge\na_sum 1\n", "ends in _sum")]
    [InlineData("# HELP a_bucket x\n# TYPE a_bucket gauge\na_bucket 1\n", "ends in _bucket")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{le=\"1\"} 1\n", "has the label le")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{quantile=\"1\"} 1\n", "has the label quantile")]
    [InlineData("# HELP a_gauge x\n# TYPE a_gauge gauge\na_gauge 1\n", "has its type in its name")]
    [InlineData("# HELP a_ms x\n# TYPE a_ms gauge\na_ms 1\n", "an abbreviated unit (ms)")]
    [InlineData("# HELP a_milliseconds x\n# TYPE a_milliseconds gauge\na_milliseconds 1\n", "use the base unit seconds")]
    [InlineData("# HELP a_kibibytes_used x\n# TYPE a_kibibytes_used gauge\na_kibibytes_used 1\n", "use the base unit bytes")]
    [InlineData("# HELP a:b x\n# TYPE a:b gauge\na:b 1\n", "has a colon")]
    [InlineData("# HELP aB x\n# TYPE aB gauge\naB 1\n", "is written in camelCase")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{someLabel=\"1\"} 1\n", "the label someLabel in camelCase")]
    public void What_good_practice_would_have_otherwise_is_a_lint(string body, string message)
    {
        var report = Check(body, isLinting: true);
        var lint = Assert.Single(report.Findings);
        Assert.Equal((1, true, true, 1), (lint.Line, lint.IsLint, report.IsValid, report.Lints));
        Assert.Contains(message, lint.Message, StringComparison.Ordinal);
        Assert.Empty(Check(body, isLinting: false).Findings);
    }

    [Fact]
    public void Histograms_summaries_and_base_units_have_no_lints() => Assert.Empty(Check(
        "# HELP h_seconds x\n# TYPE h_seconds histogram\nh_seconds_bucket{le=\"+Inf\"} 1\nh_seconds_sum 1\nh_seconds_count 1\n"
        + "# HELP s_bytes x\n# TYPE s_bytes summary\ns_bytes{quantile=\"0.5\"} 1\n# HELP any_count x\nany_count{le=\"1\"} 1\n",
        isLinting: true).Findings);

    [Fact]
    public void A_counter_of_OpenMetrics_has_its_total_in_the_samples_alone()
    {
        Assert.Empty(OpenMetricsChecker.Check("# HELP a x\n# TYPE a counter\na_total 1\n# EOF\n"u8, isLinting: true).Findings);
        Assert.Contains("no help", Assert.Single(OpenMetricsChecker.Check("# TYPE a counter\na_total 1\n# EOF\n"u8, isLinting: true).Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Protobuf_is_checked_for_families_and_series_that_come_twice()
    {
        // A gauge a with one sample without labels: name, type, and a metric with an empty Gauge, which is 0.
        byte[] good = [9, 0x0a, 1, (byte)'a', 0x18, 1, 0x22, 2, 0x12, 0];
        Assert.Empty(ProtobufChecker.Check(good).Findings);
        var report = ProtobufChecker.Check([.. good, .. good], isLinting: true);
        Assert.Equal((1, 2, 2, 2), (report.Families, report.Samples, report.Faults, report.Lints));
    }

    private static ExpositionReport Check(string body, bool isLinting) => TextChecker.Check(Encoding.UTF8.GetBytes(body), isLinting);
}
