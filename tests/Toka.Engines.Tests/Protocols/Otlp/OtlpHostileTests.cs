using System.Text;
using CsCheck;
using Toka.Core.Errors;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>Bytes that are wrong in any way end in the named error or in refused points, and never in anything else.</summary>
public sealed class OtlpHostileTests
{
    private const string Json = """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeMetrics":[{"scope":{"name":"l"},
        "metrics":[{"name":"h","unit":"s","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1","count":"2","sum":2,
        "bucketCounts":["1",1],"explicitBounds":[1],"attributes":[{"key":"a","value":{"arrayValue":{"values":[{"bytesValue":"AQI="},{"doubleValue":1e5}]}}}]}]}}]}]}]}
        """;

    private static readonly byte[] Whole = RequestOf(
        new Proto().Attribute(1, "service.name", "s").Attribute(1, "x.y", "z"),
        new Proto().Text(1, "lib").Attribute(3, "k", "v"),
        Gauge("g", "s", Number(1).Attribute(7, "a.b", "1").Attribute(7, "a_b", "2")),
        Sum("c", "By", 1, true, Number(5)),
        Metric("h", "1", 9, Points(new Proto().Fixed(3, TimeNs).Fixed(4, 3).Double(5, 1).Packed(6, [1, 2]).Packed(7, [0])).Varint(2, 2)),
        Metric("q", "", 11, Points(new Proto().Fixed(3, TimeNs).Message(6, new Proto().Double(1, 0.5).Double(2, 7)))),
        Metric("e", "", 10, Points(new Proto()).Varint(2, 2)));

    [Fact]
    public void A_message_cut_at_any_place_is_read_or_refused_by_name()
    {
        var bench = new OtlpBench();
        Assert.Equal(4, bench.Decode(Whole).Accepted);
        for (var length = 0; length < Whole.Length; length++)
        {
            Decode(bench, Whole[..length]);
        }

        var json = Encoding.UTF8.GetBytes(Json);
        Assert.Equal(1, bench.Decoder.DecodeJson(json, bench.Batch).Accepted);
        for (var length = 0; length < json.TrimEnd((byte)'\n').Length - 1; length++)
        {
            Assert.Throws<BadInputException>(() => bench.Decoder.DecodeJson(json.AsSpan(0, length), bench.Batch));
        }
    }

    [Fact]
    public void A_message_with_any_bytes_changed_is_read_or_refused_by_name()
    {
        var bench = new OtlpBench();
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Byte).Array[1, 6].Sample(changes =>
        {
            var bytes = Whole.ToArray();
            foreach (var (at, to) in changes)
            {
                bytes[at] = to;
            }

            Decode(bench, bytes);
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void Json_with_any_bytes_changed_is_read_or_refused_by_name()
    {
        var bench = new OtlpBench();
        var json = Encoding.UTF8.GetBytes(Json);
        Gen.Select(Gen.Int[0, json.Length - 1], Gen.Byte).Array[1, 3].Sample(changes =>
        {
            var bytes = json.ToArray();
            foreach (var (at, to) in changes)
            {
                bytes[at] = to;
            }

            bench.Batch.Clear();
            try
            {
                bench.Decoder.DecodeJson(bytes, bench.Batch);
            }
            catch (BadInputException)
            {
                // The named error.
            }
        }, iter: 10_000, threads: 1);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_by_name() =>
        Gen.Byte.Array[0, 60].Sample(bytes => Decode(new OtlpBench(), bytes), iter: 5_000);

    [Fact]
    public void Nested_values_without_end_do_not_overflow_the_stack()
    {
        var value = new Proto();
        for (var depth = 0; depth < 2_000; depth++)
        {
            value = new Proto().Message(5, new Proto().Message(1, value));
        }

        var result = new OtlpBench().Decode(Request(Gauge("g", "", Number(1).Message(7, new Proto().Text(1, "a").Message(2, value)), Number(2))));
        Assert.Equal((1, 1), (result.Accepted, result.Rejected));
        var json = """{"resourceMetrics":""" + new string('[', 100_000);
        Assert.Throws<BadInputException>(() => new OtlpBench().Decoder.DecodeJson(Encoding.UTF8.GetBytes(json), new()));
    }

    private static void Decode(OtlpBench bench, byte[] bytes)
    {
        try
        {
            var result = bench.Decode(bytes);
            Assert.True(result.Accepted >= 0 && result.Rejected >= 0);
            bench.Rows();
        }
        catch (BadInputException e)
        {
            Assert.Contains("OTLP", e.Message, StringComparison.Ordinal);
        }
    }
}
