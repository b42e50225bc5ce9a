using System.Text;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Protocols.Exposition;
using Toka.Protocols.TextPush;

namespace Toka.Engines.Tests.Protocols.TextPush;

public sealed class PushDecoderTests
{
    [Fact]
    public void Text_gets_the_time_of_the_push_and_its_metadata_goes_along()
    {
        var (lines, result) = Decode(
            """
            # HELP jobs_total All jobs.
            # TYPE jobs_total counter
            jobs_total{kind="a"} 3
            # TYPE depth gauge
            depth 2 1000

            """);

        Assert.Equal(
            ["jobs_total{kind=\"a\"} 3 @5000", "depth 2 @1000", "Counter jobs_total [] All jobs.", "Gauge depth [] "],
            lines);
        Assert.Equal((2, 0), (result.Samples, result.Malformed));
    }

    [Fact]
    public void Labels_of_the_request_stand_in_the_place_of_those_of_the_body() =>
        Assert.Equal(
            ["a{b=\"2\",instance=\"i\",job=\"push\"} 1 @5000"],
            Decode("a{job=\"own\",b=\"2\"} 1\n", extra: LabelSet.Of(("job", "push"), ("instance", "i"))).Lines);

    [Fact]
    public void OpenMetrics_keeps_exemplars_and_when_all_parts_of_a_histogram_began()
    {
        var (lines, result) = Decode(
            """
            # TYPE c counter
            c_total{x="1"} 3 # {trace_id="t"} 0.5 1.5
            c_created{x="1"} 0.25
            c_total{x="2"} 4
            # TYPE h histogram
            h_bucket{le="1"} 1
            h_bucket{le="+Inf"} 2
            h_count 2
            h_sum 3
            h_created 0.5
            # EOF

            """, ExpositionFormat.OpenMetrics);

        Assert.Equal(
            [
                "exemplar c_total{x=\"1\"} {trace_id=\"t\"} 0.5 @1500",
                "created c_total{x=\"1\"} 250 @5000",
                "created h_bucket{le=\"1.0\"} 500 @5000",
                "created h_bucket{le=\"+Inf\"} 500 @5000",
                "created h_count 500 @5000",
                "created h_sum 500 @5000",
                "Counter c_total [] ",
                "Histogram h [] ",
            ],
            lines[6..]);
        Assert.Equal((6, 0, 0), (result.Samples, result.Malformed, result.CreatedRefused));
    }

    [Fact]
    public void A_time_of_creation_after_the_sample_is_counted_and_the_sample_stays()
    {
        var (lines, result) = Decode("# TYPE c counter\nc_total 3\nc_created 99\n# EOF\n", ExpositionFormat.OpenMetrics);

        Assert.Equal("c_total 3 @5000", lines[0]);
        Assert.Equal((1, 1), (result.Samples, result.CreatedRefused));
    }

    [Fact]
    public void Bad_lines_are_told_with_their_place_and_cost_no_line_beside_them()
    {
        var (lines, result) = Decode("a 1\nb{x=1} 2\nc 3\nd nope\n");

        Assert.Equal(["a 1 @5000", "c 3 @5000"], lines);
        Assert.Equal([(2, 5), (4, 3)], result.Faults.Select(static fault => (fault.Line, fault.Column)));
    }

    [Fact]
    public void All_bad_lines_are_counted_and_only_the_first_are_told()
    {
        var result = Decode(string.Concat(Enumerable.Repeat("!\n", 500))).Result;

        Assert.Equal((500, PushDecoder.FaultsShownMax), (result.Malformed, result.Faults.Count));
    }

    private static (List<string> Lines, PushDecodeResult Result) Decode(
        string body, ExpositionFormat format = ExpositionFormat.Text, LabelSet? extra = null)
    {
        using var batch = new WriteBatch();
        var result = new PushDecoder().Decode(Encoding.UTF8.GetBytes(body), format, extra ?? LabelSet.Empty, 5000, batch);
        return (BatchLines.Of(batch), result);
    }
}
