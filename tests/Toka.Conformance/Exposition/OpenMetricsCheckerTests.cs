using System.Text;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Conformance.Exposition;

/// <summary>Cases of the project's own, one for each rule, so that the checker is measured without the reference data too.</summary>
public sealed class OpenMetricsCheckerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# TYPE req counter\n# UNIT req \n# HELP req \nreq_total{a=\"1\"} 5 1.5\nreq_total{a=\"1\"} 6 2.5\nreq_created{a=\"1\"} 1 2.5\nreq_total{a=\"2\"} 1 0\n")]
    [InlineData("# TYPE t_seconds summary\n# UNIT t_seconds seconds\nt_seconds{quantile=\"0\"} 1\nt_seconds{quantile=\"1\"} NaN\nt_seconds_sum 3\nt_seconds_count 2\n")]
    [InlineData("# TYPE h histogram\nh_bucket{le=\"0.5\",x=\"1\"} 1\nh_bucket{x=\"1\",le=\"+Inf\"} 2 # {id=\"7\"} 0.75 1\nh_sum{x=\"1\"} 2\nh_count{x=\"1\"} 2\nh_bucket{x=\"2\",le=\"+Inf\"} 0\n")]
    [InlineData("# TYPE g gaugehistogram\ng_bucket{le=\"-1\"} 3\ng_bucket{le=\"+Inf\"} 3\ng_gcount 3\ng_gsum -9\n")]
    [InlineData("# TYPE state stateset\nstate{state=\"on\"} 1\nstate{state=\"off\"} 0\n# TYPE build info\nbuild_info{v=\"1\"} 1\nother 5\nanother -5\n")]
    [InlineData("# TYPE \"a.b\" gauge\n{\"a.b\",\"c.d\"=\"1\"} 5\n")]
    public void What_keeps_the_rules_is_valid(string body) => Assert.Empty(Faults(body + "# EOF\n"));

    [Theory]
    [InlineData("a 1\n# TYPE a gauge\n", 2, "described after its samples")]
    [InlineData("# HELP a x\n# HELP a y\n", 2, "its HELP twice")]
    [InlineData("# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# HELP a x\n", 5, "was used before")]
    [InlineData("# TYPE a gauge\na 1\nb 1\na 2\n", 4, "was used before")]
    [InlineData("# TYPE a counter\na_total 1\n# TYPE a_total gauge\n", 3, "the name a_total")]
    [InlineData("# TYPE a counter\na 1\n", 2, "samples are named a_total or a_created")]
    [InlineData("# UNIT a_ms seconds\n", 1, "which its name does not end in")]
    [InlineData("# UNIT a_s s \n", 1, "has a blank")]
    [InlineData("# UNIT a_s s\n# TYPE a_s info\n", 2, "a type without units")]
    [InlineData("# TYPE a counter\na_total -1\n", 2, "negative")]
    [InlineData("# TYPE a counter\na_total NaN\n", 2, "NaN")]
    [InlineData("# TYPE a counter\na_created +Inf\n", 2, "not a time")]
    [InlineData("# TYPE a summary\na{quantile=\"1.5\"} 1\n", 2, "from 0 to 1")]
    [InlineData("# TYPE a summary\na{quantile=\"0.5\"} -1\n", 2, "must not be negative")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n", 4, "no bucket le=\"+Inf\"")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"inf\"} 1\n", 2, "needs the label le")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\n", 3, "rising order")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n", 3, "less than the 2")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n", 4, "they are the same")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\n", 3, "both or neither")]
    [InlineData("# TYPE a histogram\na_bucket{le=\"-1\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n", 5, "buckets below zero")]
    [InlineData("# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gsum -1\na_gcount 1\n", 4, "no bucket lies below zero")]
    [InlineData("# TYPE a stateset\na{a=\"x\"} 0.5\n", 2, "0 or 1")]
    [InlineData("# TYPE a stateset\na{b=\"x\"} 1\n", 2, "needs the label a")]
    [InlineData("# TYPE a info\na_info 2\n", 2, "always 1")]
    [InlineData("# TYPE a gauge\na 1 # {} 1\n", 2, "may have an exemplar")]
    [InlineData("# TYPE a gauge\na{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 2\n", 4, "in one place")]
    [InlineData("# TYPE a gauge\na 1 2\na 1 1\n", 3, "must rise")]
    [InlineData("# TYPE a gauge\na 1 2\na 1\n", 3, "give all one, or none")]
    [InlineData("# TYPE a gauge\na 1\na 1\n", 3, "was there before")]
    [InlineData("# TYPE a counter\na_total 1 st@5\n", 2, "OpenMetrics 2.0")]
    public void Each_rule_that_is_broken_is_told_with_its_line(string body, int line, string message)
    {
        var fault = Assert.Single(Faults(body + "# EOF\n"));
        Assert.Equal(line, fault.Line);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exemplar_has_128_characters_at_most_however_many_bytes_they_are()
    {
        const string Head = "# TYPE a counter\na_total 1 # {k=\"";
        Assert.Empty(Faults(Head + new string('é', 127) + "\"} 1\n# EOF\n"));
        Assert.Contains("129 characters", Assert.Single(Faults(Head + new string('é', 128) + "\"} 1\n# EOF\n")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Families_and_samples_are_counted_and_faults_come_by_line()
    {
        var report = OpenMetricsChecker.Check(Encoding.UTF8.GetBytes("# TYPE a gauge\na 1\na{b=} 2\nc 1\nc 2\n# EOF\n"));
        Assert.Equal((2, 3, 2), (report.Families, report.Samples, report.Faults));
        Assert.Equal([3, 5], report.Findings.Select(static finding => finding.Line));
    }

    [Fact]
    public void More_faults_than_are_told_are_counted()
    {
        var report = OpenMetricsChecker.Check(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("!\n", 1500)) + "# EOF\n"));
        Assert.Equal((1500, ExpositionReport.FindingsMax), (report.Faults, report.Findings.Count));
    }

    private static IReadOnlyList<ExpositionFinding> Faults(string body) => OpenMetricsChecker.Check(Encoding.UTF8.GetBytes(body.EndsWith("# EOF\n", StringComparison.Ordinal) ? body : body + "# EOF\n")).Findings;
}
