using System.Text;
using Toka.Core.Labels;
using Toka.Engines.Tests.Protocols.Otlp;
using Toka.Protocols.Exposition;

namespace Toka.Engines.Tests.Protocols.Exposition;

public sealed class ProtobufReaderTests
{
    private const int Counter = 0, Gauge = 1, Summary = 2, Untyped = 3, Histogram = 4, GaugeHistogram = 5;

    [Fact]
    public void Families_of_single_values_are_read()
    {
        var body = Body(
            Family("jobs_total", Counter, "Jobs.", Metric(new Proto().Message(3, new Proto()
                .Double(1, 5).Message(2, Exemplar("1a", 0.25, 1_700_000_000, 123_000_000)).Message(3, Time(1_600_000_000, 500_000_000))), ("b", "2"), ("a", "1")).Varint(6, 1234)),
            Family("heat_celsius", Gauge, "", Metric(new Proto().Message(2, new Proto().Double(1, double.NegativeInfinity))), Metric(new Proto().Message(2, new Proto()), ("x", ""))).Text(5, "celsius"),
            Family("any", Untyped, "", Metric(new Proto().Message(5, new Proto().Double(1, double.NaN)))));
        Assert.Equal(
            [
                "type jobs_total Counter", "help jobs_total Jobs.", """jobs_total{a="1",b="2"} 5 @1234 st@1600000000500 # {trace_id="1a"} 0.25 @1700000000123""",
                "type heat_celsius Gauge", "unit heat_celsius celsius", "heat_celsius -Inf", "heat_celsius 0",
                "type any Unknown", "any NaN", "end",
            ],
            Reading.OfProtobuf(body));
        Assert.Equal(ExpositionFormat.Protobuf, ExpositionFormats.Detect(body));
    }

    [Fact]
    public void A_summary_and_a_classic_histogram_are_a_sample_for_each_part()
    {
        var summary = new Proto().Varint(1, 7).Double(2, 1.5).Message(3, Quantile(0.5, 0.1)).Message(3, Quantile(0.99, 0.2)).Message(4, Time(1, 0));
        var histogram = new Proto().Varint(1, 3).Double(2, 9)
            .Message(3, new Proto().Varint(1, 1).Double(2, 1).Message(3, Exemplar("a", 0.5, 0, 0))).Message(3, new Proto().Varint(1, 2).Double(2, 2.5));
        var whole = new Proto().Double(4, 0.75).Double(2, -1).Message(3, new Proto().Double(4, 0.5).Double(2, 1)).Message(3, new Proto().Double(4, 0.75).Double(2, double.PositiveInfinity));
        var body = Body(
            Family("s", Summary, "", Metric(new Proto().Message(4, summary), ("l", "m"))),
            Family("h", Histogram, "", Metric(new Proto().Message(7, histogram))),
            Family("g", GaugeHistogram, "", Metric(new Proto().Message(7, whole))));
        Assert.Equal(
            [
                "type s Summary", """s{l="m",quantile="0.5"} 0.1 st@1000""", """s{l="m",quantile="0.99"} 0.2 st@1000""", """s_sum{l="m"} 1.5 st@1000""", """s_count{l="m"} 7 st@1000""",
                "type h Histogram", """h_bucket{le="1.0"} 1 # {trace_id="a"} 0.5 @0""", """h_bucket{le="2.5"} 2""", """h_bucket{le="+Inf"} 3""", "h_sum 9", "h_count 3",
                "type g GaugeHistogram", """g_bucket{le="1.0"} 0.5""", """g_bucket{le="+Inf"} 0.75""", "g_gsum -1", "g_gcount 0.75", "end",
            ],
            Reading.OfProtobuf(body));
    }

    [Fact]
    public void Native_histograms_are_one_sample_before_their_classic_buckets()
    {
        var native = new Proto().Varint(1, 10).Double(2, 18.4).Message(15, Time(5, 0)).Varint(5, ZigZag(3)).Double(6, 0.001).Varint(7, 2)
            .Message(12, Span(0, 2)).Message(12, Span(1, 1)).PackedVarints(13, [ZigZag(1), ZigZag(2), ZigZag(-1)])
            .Message(9, Span(-1, 1)).Varint(10, ZigZag(2))
            .Message(16, Exemplar("x", 1, 1, 0)).Message(16, Exemplar("y", 2, 2, 0));
        var both = new Proto().Varint(1, 1).Double(2, 3).Message(12, Span(4, 1)).Varint(13, ZigZag(1))
            .Message(3, new Proto().Varint(1, 1).Double(2, 5).Message(3, Exemplar("z", 3, 0, 0)));
        var body = Body(
            Family("n", Histogram, "", Metric(new Proto().Message(7, native), ("a", "b"))),
            Family("m", Histogram, "", Metric(new Proto().Message(7, both))));
        Assert.Equal(
            [
                "type n Histogram",
                """n{a="b"} schema 3 Unknown count 10 sum 18.4 zero 0.001:2 + 0:2 1:1 - -1:1 = 1 3 2 2 st@5000 # {trace_id="x"} 1 @1000 # {trace_id="y"} 2 @2000""",
                "type m Histogram",
                """m schema 0 Unknown count 1 sum 3 zero 0:0 + 4:1 -  = 1 # {trace_id="z"} 3 @0""",
                """classic m_bucket{le="5.0"} 1 # {trace_id="z"} 3 @0""", """classic m_bucket{le="+Inf"} 1""", "classic m_sum 3", "classic m_count 1", "end",
            ],
            Reading.OfProtobuf(body));
    }

    [Fact]
    public void Float_and_empty_native_histograms_are_read()
    {
        var floats = new Proto().Double(4, 2.25).Double(2, 1).Double(8, 0.25).Double(6, 1e-10).Varint(5, ZigZag(-4)).Message(12, Span(0, 2)).Packed(14, [BitConverter.DoubleToUInt64Bits(0.5), BitConverter.DoubleToUInt64Bits(1.5)]);
        var empty = new Proto().Message(12, Span(0, 0));
        Assert.Equal(
            [
                "type g GaugeHistogram",
                "g schema -4 Gauge count 2.25 sum 1 zero 1E-10:0.25 + 0:2 -  = 0.5 1.5",
                """g{a="b"} schema 0 Gauge count 0 sum 0 zero 0:0 + 0:0 -  = """.TrimEnd() + " ",
                "end",
            ],
            Reading.OfProtobuf(Body(Family("g", GaugeHistogram, "", Metric(new Proto().Message(7, floats)), Metric(new Proto().Message(7, empty), ("a", "b"))))));
    }

    [Fact]
    public void A_bad_metric_is_a_fault_and_those_beside_it_are_read()
    {
        static Proto Good(string value) => Metric(new Proto().Message(2, new Proto().Double(1, 1)), ("good", value));
        var read = Reading.OfProtobuf(Body(
            Family("a", Gauge, "", Good("1"), Metric(new Proto().Message(3, new Proto())), Good("2"), Metric(new Proto().Bytes(2, [0x09, 1])), Good("3")),
            Family("b", Gauge, "", Metric(new Proto().Message(2, new Proto()), ("x", "1"), ("x", "2")), Metric(new Proto().Message(2, new Proto()), ("", "1")), Good("4")),
            Family("c", 9, "", Good("5")),
            Family("", Gauge, "", Good("6")),
            new Proto().Bytes(4, [0x0a, 0xff]).Text(1, "d"),
            Family("h", Histogram, "", Metric(new Proto().Message(7, new Proto().Varint(1, 5).Message(12, Span(0, 1)).Varint(13, 2)))),
            Family("e", Gauge, "", Good("7"))));
        Assert.Equal(["1", "2", "3", "4", "7"], read.Where(static line => line.Contains("good=", StringComparison.Ordinal)).Select(static line => line.Split('"')[1]));
        var faults = read.Where(static line => line.StartsWith("fault", StringComparison.Ordinal)).ToList();
        string[] expected =
        [
            "no value of its family's type", "malformed", "the label 'x' is there twice", "a label's name is empty", "the type 9", "family's name is empty", "malformed",
            "must add up to the count",
        ];
        Assert.Equal(expected.Length, faults.Count);
        Assert.All(faults.Zip(expected), static pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
        Assert.StartsWith("fault 1:", faults[0], StringComparison.Ordinal);
        Assert.Equal("end", read[^1]);
    }

    [Fact]
    public void A_body_that_is_cut_is_a_fault_without_an_end()
    {
        var body = Body(Family("a", Gauge, "", Metric(new Proto().Message(2, new Proto()))), Family("b", Gauge, "", Metric(new Proto().Message(2, new Proto()))));
        var read = Reading.OfProtobuf(body.AsSpan(0, body.Length - 1));
        Assert.Equal(["type a Gauge", "a 0"], read[..2]);
        Assert.Contains("may have been cut", Assert.Single(read[2..]), StringComparison.Ordinal);
    }

    [Fact]
    public void After_many_malformed_messages_the_rest_is_given_up()
    {
        var read = Reading.OfProtobuf(Body([.. Enumerable.Repeat(new Proto().Bytes(4, [0x0a, 0xff]).Text(1, "d"), 5000)]));
        Assert.Equal(ExpositionProtobufReader.MalformedMax, read.Count(static line => line.StartsWith("fault", StringComparison.Ordinal)));
        Assert.Contains("the rest is not read", read[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Native_histograms_that_break_a_rule_are_refused_however_many_and_their_classic_buckets_are_read()
    {
        var bad = new Proto().Varint(1, 5).Message(12, Span(0, 1)).Varint(13, 2).Message(3, new Proto().Varint(1, 5).Double(2, double.PositiveInfinity));
        var custom = new Proto().Varint(5, ZigZag(-53)).Message(12, Span(0, 0));
        var read = Reading.OfProtobuf(Body(
            Family("h", Histogram, "", [.. Enumerable.Range(0, 200).Select(i => Metric(new Proto().Message(7, bad), ("i", FormattableString.Invariant($"{i}"))))]),
            Family("c", Histogram, "", Metric(new Proto().Message(7, custom))),
            Family("good", Gauge, "", Metric(new Proto().Message(2, new Proto())))));
        Assert.Equal(200, read.Count(static line => line.Contains("must add up to the count", StringComparison.Ordinal)));
        Assert.Equal(200, read.Count(static line => line.StartsWith("h_bucket{", StringComparison.Ordinal)));
        Assert.Single(read, static line => line.Contains("the schema must be", StringComparison.Ordinal));
        Assert.Equal(["good 0", "end"], read[^2..]);
    }

    [Fact]
    public void A_time_of_creation_that_cannot_be_is_counted_and_help_that_is_not_UTF8_is_told()
    {
        var body = Body(Family("a", Counter, "", Metric(new Proto().Message(3, new Proto().Double(1, 5).Message(3, Time(long.MaxValue, 0))))).Bytes(2, [0xff]));
        var reader = new ExpositionProtobufReader(body);
        var entries = new List<ExpositionEntry>();
        while (reader.Next())
        {
            entries.Add(reader.Entry);
            Assert.Null(reader.CreatedMs);
        }

        Assert.Equal([ExpositionEntry.Type, ExpositionEntry.Fault, ExpositionEntry.Sample, ExpositionEntry.End], entries);
        Assert.Equal(1, reader.CreatedRefused);
    }

    [Fact]
    public void Each_series_has_a_key_of_its_own_that_is_the_same_each_time()
    {
        var body = Body(
            Family("s", Summary, "", Metric(new Proto().Message(4, new Proto().Message(3, Quantile(0.5, 1)).Message(3, Quantile(0.9, 1))), ("a", "b")), Metric(new Proto().Message(4, new Proto()), ("a", "c"))),
            Family("s_sum", Gauge, "", Metric(new Proto().Message(2, new Proto()), ("a", "b")), Metric(new Proto().Message(2, new Proto()))),
            Family("h", Histogram, "", Metric(new Proto().Message(7, new Proto().Message(12, Span(0, 0)).Message(3, new Proto().Double(2, 1))))));
        var keys = Keys(body);
        Assert.Equal(13, keys.Count);
        Assert.Equal(13, keys.Distinct().Count());
        Assert.Equal(keys, Keys(body));

        static List<string> Keys(byte[] body)
        {
            var keys = new List<string>();
            var reader = new ExpositionProtobufReader(body);
            while (reader.Next())
            {
                if (reader.Entry == ExpositionEntry.Sample)
                {
                    keys.Add(Convert.ToHexString(reader.Series));
                }
            }

            return keys;
        }
    }

    [Fact]
    public void Exemplars_that_are_malformed_are_counted_and_passed_over()
    {
        var bucket = new Proto().Varint(1, 1).Double(2, 1).Bytes(3, [0x0a, 0x05]);
        var body = Body(Family("h", Histogram, "", Metric(new Proto().Message(7, new Proto().Varint(1, 1).Message(3, bucket)))));
        var reader = new ExpositionProtobufReader(body);
        while (reader.Next() && reader.Entry != ExpositionEntry.Sample)
        {
        }

        Assert.False(reader.NextExemplar());
        Assert.Equal(1, reader.ExemplarsRefused);
    }

    internal static byte[] Body(params Proto[] families)
    {
        var body = new List<byte>();
        foreach (var family in families)
        {
            // The length as a field's, without its tag.
            var bytes = new Proto().Bytes(1, family.ToArray()).ToArray();
            body.AddRange(bytes.AsSpan(1));
        }

        return [.. body];
    }

    internal static Proto Family(string name, int type, string help, params Proto[] metrics)
    {
        var family = new Proto().Text(1, name).Varint(3, (ulong)type);
        if (help.Length > 0)
        {
            family.Text(2, help);
        }

        foreach (var metric in metrics)
        {
            family.Message(4, metric);
        }

        return family;
    }

    internal static Proto Metric(Proto value, params (string Name, string Value)[] labels)
    {
        foreach (var (name, text) in labels)
        {
            value.Message(1, new Proto().Text(1, name).Text(2, text));
        }

        return value;
    }

    internal static Proto Quantile(double quantile, double value) => new Proto().Double(1, quantile).Double(2, value);

    internal static Proto Span(int offset, uint length) => new Proto().Varint(1, ZigZag(offset)).Varint(2, length);

    internal static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    internal static Proto Time(long seconds, int nanos) => new Proto().Varint(1, (ulong)seconds).Varint(2, (ulong)nanos);

    internal static Proto Exemplar(string trace, double value, long seconds, int nanos) =>
        new Proto().Message(1, new Proto().Text(1, "trace_id").Text(2, trace)).Double(2, value).Message(3, Time(seconds, nanos));
}
