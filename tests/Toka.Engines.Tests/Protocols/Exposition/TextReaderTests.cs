using System.Text;
using Toka.Core.Labels;
using Toka.Protocols.Exposition;

namespace Toka.Engines.Tests.Protocols.Exposition;

public sealed class TextReaderTests
{
    [Fact]
    public void An_exposition_is_read_entry_by_entry()
    {
        Assert.Equal(
            [
                "help jobs Jobs, \\ and\nmore \\\"",
                "type jobs Counter",
                """jobs{kind="a",place="b"} 3 @1700000000123""",
                "jobs -0.5",
                "type plain Unknown",
                "plain NaN",
                "end",
            ],
            Reading.OfText("# HELP jobs Jobs, \\\\ and\\nmore \\\"\n# TYPE jobs counter\n\njobs{kind=\"a\",place=\"b\"} 3 1700000000123\njobs -0.5\n# a comment\n#\n# TYPE plain untyped\nplain NaN\n"));
    }

    [Fact]
    public void Blanks_and_a_comma_at_the_end_are_taken_in_text()
    {
        Assert.Equal(
            ["type a Gauge", "help a help  it", """a{b="1",c="2"} 5 @-7""", """a{b="x"} 6""", "a 7", "end"],
            Reading.OfText("\t#  TYPE\ta  gauge \t\n# HELP   a \t help  it\n  a \t{ b = \"1\" ,\tc=\"2\" , } \t5  -7\t\na{b=\"x\"}6\na{}\t7"));
    }

    [Fact]
    public void Escapes_are_undone_in_values_and_others_stay()
    {
        Assert.Equal(
            ["""a{b="\\n\n\"\\",c="\\z"} 1""", "end"],
            Reading.OfText("""a{b="\\n\n\"\\",c="\z"} 1""" + "\n"));
    }

    [Fact]
    public void Names_in_quotes_may_be_any_text()
    {
        string[] expected = ["help a.b text", "type a.b Gauge", """{"a.b",y="2","é x"="1"} 3""", """{"q\"uoted"} 4""", """a{"b.c"="}"} 5"""];
        const string Body = "# HELP \"a.b\" text\n# TYPE \"a.b\" gauge\n{\"a.b\",\"é x\"=\"1\",y=\"2\"} 3\n{\"q\\\"uoted\"} 4\na{\"b.c\"=\"}\"} 5\n";
        Assert.Equal([.. expected, "end"], Reading.OfText(Body));
        Assert.Equal([.. expected, "end"], Reading.OfOpenMetrics(Body + "# EOF\n"));
    }

    [Fact]
    public void The_series_is_its_name_and_labels_as_they_are_written()
    {
        var reader = new ExpositionTextReader("a{b=\"c # }\"} 1 # {x=\"y\"} 2\n# EOF\n"u8, isOpenMetrics: true);
        Assert.True(reader.Next());
        Assert.Equal("a{b=\"c # }\"}", Encoding.UTF8.GetString(reader.Series));
        Assert.Equal("a", Encoding.UTF8.GetString(reader.MetricName));
        reader = new ExpositionTextReader("  a {b=\"c\" , }  1\n"u8, isOpenMetrics: false);
        Assert.True(reader.Next());
        Assert.Equal("a {b=\"c\" , }", Encoding.UTF8.GetString(reader.Series));
    }

    [Fact]
    public void OpenMetrics_has_units_exemplars_created_times_and_an_end()
    {
        Assert.Equal(
            [
                "type a_seconds Counter",
                "unit a_seconds seconds",
                "help a_seconds \"x\"",
                """a_seconds_total{b="c"} 1 @1520879607789 # {trace="\\é"} 0.5 @1520879607000""",
                """created a_seconds_created{b="c"} 1520430000.123 st@1520430000123""",
                "type g Gauge",
                "g_created 5",
                "g 1 @2500 st@1001",
                "g 2 st@-1 # {} 3",
                "end",
            ],
            Reading.OfOpenMetrics(
                "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds \\\"x\\\"\na_seconds_total{b=\"c\"} 1.0 1520879607.789 # {trace=\"\\\\é\"} 0.5 1520879607\n"
                + "a_seconds_created{b=\"c\"} 1.520430000123e+09\n# TYPE g gauge\ng_created 5\ng 1 2.5 st@1.0006\ng 2 st@-0.001 # {} 3\n# EOF"));
    }

    [Fact]
    public void Bounds_are_written_as_Prometheus_3_does_unless_they_are_wanted_as_written()
    {
        Assert.Equal(
            [
                "type h Histogram", """h_bucket{le="1.0"} 1""", """h_bucket{le="0.00025"} 2""", """h_bucket{le="1e+06"} 3""", """h_bucket{le="+Inf"} 4""", """h_bucket{le="x"} 5""",
                "type s Summary", """s{quantile="0.0"} 6""", """s_sum{quantile="0"} 7""", "type g Gauge", """g_bucket{le="1"} 8""", "end",
            ],
            Reading.OfText(
                "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"25e-5\"} 2\nh_bucket{le=\"1000000\"} 3\nh_bucket{le=\"inf\"} 4\nh_bucket{le=\"x\"} 5\n"
                + "# TYPE s summary\ns{quantile=\"0\"} 6\ns_sum{quantile=\"0\"} 7\n# TYPE g gauge\ng_bucket{le=\"1\"} 8\n"));

        var reader = new ExpositionTextReader("# TYPE h histogram\nh_bucket{le=\"1\"} 1\n"u8, isOpenMetrics: false);
        Assert.True(reader.Next() && reader.Next());
        var builder = new LabelSetBuilder();
        reader.ReadLabels(builder, asWritten: true);
        Assert.Equal("""h_bucket{le="1"}""", builder.Build().ToString());
    }

    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001234, "1.234e-05")]
    [InlineData(123456.0, "123456.0")]
    [InlineData(1234567.0, "1.234567e+06")]
    [InlineData(100000.5, "100000.5")]
    [InlineData(1e100, "1e+100")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Bounds_have_a_point_or_an_exponent(double value, string expected)
    {
        Span<byte> text = stackalloc byte[BoundText.BytesMax];
        Assert.Equal(expected, Encoding.UTF8.GetString(text[..BoundText.Write(value, text)]));
    }

    [Theory]
    [InlineData("a 1 \n", 1, 4, "expected one space at ' '")]
    [InlineData("a  1\n", 1, 3, "expected one space")]
    [InlineData("\na 1\n", 1, 1, "is empty")]
    [InlineData("# comment\na 1\n", 1, 1, "OpenMetrics has no comments")]
    [InlineData("# TYPE  a gauge\n", 1, 8, "expected the name of a metric")]
    [InlineData("# TYPE a gauge \n", 1, 15, "expected one space")]
    [InlineData("# TYPE a untyped\n", 1, 10, "'untyped' is not a type")]
    [InlineData("# HELP a\n", 1, 9, "not complete")]
    [InlineData("# HELP\n", 1, 7, "not complete")]
    [InlineData("a{b=\"c\",} 1\n", 1, 8, "a comma without a label")]
    [InlineData("a{ b=\"c\"} 1\n", 1, 3, "expected the name of a label")]
    [InlineData("a 1 1.5 x\n", 1, 9, "'x' is too much")]
    [InlineData("a 1 Inf\n", 1, 5, "'Inf' is not a timestamp; write seconds")]
    [InlineData("a 1 st@x\n", 1, 8, "'x' is not a start")]
    [InlineData("a 1 # 2\n", 1, 5, "expected an exemplar at '#'")]
    [InlineData("a 1 # {b=\"c\"}\n", 1, 14, "no value")]
    [InlineData("a 1 # {\"b\"} 1\n", 1, 8, "has a name already")]
    [InlineData("a 1 # {b=\"c\",b=\"d\"} 1\n", 1, 14, "the label 'b' is there twice")]
    public void Lines_that_OpenMetrics_does_not_have_are_faults_with_place_and_advice(string text, int line, int column, string message)
    {
        var read = Reading.OfOpenMetrics(text + "good 1\n# EOF\n");
        Assert.StartsWith(FormattableString.Invariant($"fault {line}:{column}: "), read[0], StringComparison.Ordinal);
        Assert.Contains(message, read[0], StringComparison.Ordinal);
        Assert.Equal("end", read[^1]);
        Assert.Contains("good 1", read);
        Assert.Single(read, static entry => entry.StartsWith("fault", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0a 1", 1, "expected the name of a metric at '0a'")]
    [InlineData("a.b 1", 2, "expected the name of a metric at '.b'")]
    [InlineData("a", 2, "has no value")]
    [InlineData("a ", 3, "has no value")]
    [InlineData("é 1", 1, "expected the name of a metric at 'é'")]
    [InlineData("{b=\"c\"} 1", 1, "has no name")]
    [InlineData("{\"a\",\"b\"} 1", 6, "has a name already")]
    [InlineData("a{\"b\"} 1", 3, "has a name already")]
    [InlineData("a{\"\"=\"c\"} 1", 3, "expected the name of a label")]
    [InlineData("{\"a\",\"\"", 6, "expected the name of a label")]
    [InlineData("{\"\"", 2, "expected the name of a label")]
    [InlineData("a{b:c=\"d\"} 1", 4, "expected =")]
    [InlineData("a{1b=\"c\"} 1", 3, "expected the name of a label at '1b'")]
    [InlineData("a{b=c} 1", 5, "expected a double quote at 'c}'")]
    [InlineData("a{b='c'} 1", 5, "expected a double quote")]
    [InlineData("a{b=\"c} 1", 5, "the quote does not end")]
    [InlineData("a{b=\"c\\", 5, "the quote does not end")]
    [InlineData("a{b=\"c\\\"} 1", 5, "the quote does not end")]
    [InlineData("a{b=\"c\"", 8, "the braces do not end")]
    [InlineData("a{b=\"c\",", 9, "the braces do not end")]
    [InlineData("a{b=\"c\" d=\"e\"} 1", 9, "expected a comma or the closing brace at 'd=\"e\"}'")]
    [InlineData("a{,} 1", 3, "a comma without a label")]
    [InlineData("a{b=\"é\",b=\"d\"} 1", 9, "the label 'b' is there twice")]
    [InlineData("a{\"b\"=\"1\",b=\"2\"} 1", 11, "the label 'b' is there twice")]
    [InlineData("a{\"b\\\\\"=\"1\",\"b\\\\\"=\"2\"} 1", 14, "is there twice")]
    [InlineData("a{__name__=\"b\"} 1", 3, "__name__")]
    [InlineData("a x", 3, "'x' is not a value")]
    [InlineData("a 0x1p-3", 3, "'0x1p-3' is not a value")]
    [InlineData("a 1_000", 3, "'1_000' is not a value")]
    [InlineData("a 1e999", 3, "'1e999' is larger than any float64")]
    [InlineData("a 1 1.5", 5, "'1.5' is not a timestamp; write ms")]
    [InlineData("a 1 99999999999999999999", 5, "is not a timestamp")]
    [InlineData("a 1 2 3", 7, "'3' is too much")]
    [InlineData("a 1 # {b=\"c\"} 1", 5, "exemplars are of OpenMetrics")]
    [InlineData("a 1 2 # {b=\"c\"} 1", 7, "exemplars are of OpenMetrics")]
    [InlineData("a 1\r", 4, "carriage return")]
    [InlineData("# TYPE a meh", 10, "'meh' is not a type")]
    [InlineData("# TYPE a", 9, "not complete")]
    [InlineData("# HELP", 7, "not complete")]
    [InlineData("# TYPE a.b gauge", 8, "expected the name of a metric")]
    [InlineData("# TYPE \"a gauge", 8, "the quote does not end")]
    [InlineData("a \u0007\u0001", 3, "'\\x07\\x01' is not a value")]
    public void A_line_that_is_not_of_the_format_is_a_fault_and_those_beside_it_are_read(string text, int column, string message)
    {
        var read = Reading.OfText($"before 1\n{text}\nafter 2\n");
        Assert.Equal(["before 1", "after 2", "end"], [read[0], .. read[2..]]);
        Assert.StartsWith(FormattableString.Invariant($"fault 2:{column}: "), read[1], StringComparison.Ordinal);
        Assert.Contains(message, read[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_not_UTF8_is_a_fault_and_those_beside_it_are_read()
    {
        byte[] body = [.. "a{b=\"é\"} 1\na{b=\"é"u8, 0xff, .. "\"} 2\na 3\n"u8];
        Assert.Equal(["""a{b="é"} 1""", "fault 2:7: the line is not valid UTF-8; encode names and label values as UTF-8", "a 3", "end"], Reading.Of(body, isOpenMetrics: false));
    }

    [Fact]
    public void OpenMetrics_without_its_end_or_with_text_after_it_is_a_fault()
    {
        Assert.Equal(["a 1", "fault 2:1: the exposition ends without # EOF; it may have been cut: end it with that line"], Reading.OfOpenMetrics("a 1\n"));
        Assert.Equal(["fault 1:1: the exposition ends without # EOF; it may have been cut: end it with that line"], Reading.OfOpenMetrics(""));
        Assert.Equal(["a 1", "fault 3:1: there is text after # EOF; end the exposition there"], Reading.OfOpenMetrics("a 1\n# EOF\nb 2\nc 3\n"));
        Assert.Equal(["a 1", "fault 3:1: there is text after # EOF; end the exposition there"], Reading.OfOpenMetrics("a 1\n# EOF\n\n"));
        Assert.Equal(["a 1", "end"], Reading.OfOpenMetrics("a 1\n# EOF"));
        Assert.Equal(["end"], Reading.OfText(""));
    }

    [Fact]
    public void Times_beyond_64_bits_are_the_nearest_that_there_is() =>
        Assert.Equal([$"a 1 @{long.MaxValue}", $"a 2 @{long.MinValue}", "a 3 @0", "end"], Reading.OfOpenMetrics("a 1 12345678901234567890.1\na 2 -1e300\na 3 000\n# EOF\n"));

    [Fact]
    public void What_goes_beyond_a_limit_is_a_fault_of_its_line()
    {
        var limits = new ExpositionLimits { LineBytesMax = 1024, NameBytesMax = 4, LabelValueBytesMax = 5, LabelsMax = 2 };
        var read = Reading.OfText(
            $"abcd 1\nabcde 1\na{{abcd=\"12345\"}} 1\na{{abcde=\"1\"}} 1\na{{b=\"123456\"}} 1\na{{b=\"1\",c=\"2\"}} 1\na{{b=\"1\",c=\"2\",d=\"3\"}} 1\n# TYPE abcde gauge\n# HELP a {new string('x', 2000)}\nz 1\n",
            limits);
        Assert.Equal(
            [
                "abcd 1",
                "fault 2:1: the name has more than 4 bytes; shorten it",
                """a{abcd="12345"} 1""",
                "fault 4:3: the name has more than 4 bytes; shorten it",
                "fault 5:6: the label's value has more than 5 bytes; long texts make poor labels: shorten it",
                """a{b="1",c="2"} 1""",
                "fault 7:15: there are more than 2 labels; leave some out",
                "fault 8:8: the name has more than 4 bytes; shorten it",
                "fault 9:1: the line has more than 1024 bytes; is this an exposition?",
                "z 1",
                "end",
            ],
            read);
    }

    [Fact]
    public void Limits_have_ranges()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ExpositionLimits { LabelValueBytesMax = 60_001 });
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ExpositionLimits { LabelsMax = 0 });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_allocated_for_a_sample(bool isOpenMetrics)
    {
        var body = Encoding.UTF8.GetBytes("# TYPE a_b counter\n" + string.Concat(Enumerable.Range(0, 2000).Select(static i =>
            FormattableString.Invariant($"a_b_total{{instance=\"host-{i}\",path=\"\\\\x\",code=\"200\"}} {i * 1.5e300}\nbad{{line=}} 1\n"))) + "# EOF\n");
        var builder = new LabelSetBuilder();
        Read(body, isOpenMetrics, builder);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var samples = Read(body, isOpenMetrics, builder);
        Assert.Equal(2000, samples);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2048);

        static int Read(byte[] body, bool isOpenMetrics, LabelSetBuilder builder)
        {
            var samples = 0;
            var reader = new ExpositionTextReader(body, isOpenMetrics);
            while (reader.Next())
            {
                if (reader.Entry == ExpositionEntry.Sample)
                {
                    builder.Clear();
                    reader.ReadLabels(builder);
                    samples++;
                }
            }

            return samples;
        }
    }
}
