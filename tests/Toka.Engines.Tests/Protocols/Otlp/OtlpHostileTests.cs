using System.Text;
using CsCheck;
using Toka.Core.Errors;
using Toka.Core.Samples;
using Toka.Protocols.Otlp;
using Toka.Protocols.Wire;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>Bytes that are wrong in any way end in the named error or in refused points, and never in anything else.</summary>
public sealed class OtlpHostileTests
{
    internal const string Json = """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeMetrics":[{"scope":{"name":"l"},
        "metrics":[{"name":"h","unit":"s","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1","count":"2","sum":2,
        "bucketCounts":["1",1],"explicitBounds":[1],"attributes":[{"key":"a","value":{"arrayValue":{"values":[{"bytesValue":"AQI="},{"doubleValue":1e5}]}}}]}]}}]}]}]}
        """;

    internal static readonly byte[] Whole = RequestOf(
        new Proto().Attribute(1, "service.name", "s").Attribute(1, "x.y", "z"),
        new Proto().Text(1, "lib").Attribute(3, "k", "v"),
        Gauge("g", "s", Number(1).Attribute(7, "a.b", "1").Attribute(7, "a_b", "2")),
        Sum("c", "By", 1, true, Number(5)),
        Metric("h", "1", 9, Points(new Proto().Fixed(3, TimeNs).Fixed(4, 3).Double(5, 1).Packed(6, [1, 2]).Packed(7, [0])).Varint(2, 2)),
        Metric("q", "", 11, Points(new Proto().Fixed(3, TimeNs).Message(6, new Proto().Double(1, 0.5).Double(2, 7)))),
        Metric("e", "", 10, Points(new Proto()).Varint(2, 2)),
        Metric("x", "", 10, Points(new Proto().Fixed(3, TimeNs).Fixed(4, 3).Double(5, 1).ZigZag(6, 9).Fixed(7, 1).Double(14, 0.001)
            .Message(8, new Proto().ZigZag(1, -2).PackedVarints(2, [1, 0, 1])).Attribute(1, "k.l", "v")
            .Message(11, new Proto().Fixed(2, TimeNs).Double(3, 1).Bytes(5, [1, 2]).Attribute(7, "a", "b"))).Varint(2, 1)).Attribute(12, "prometheus.type", "info"));

    [Fact]
    public void A_message_cut_at_any_place_is_read_or_refused_by_name()
    {
        var bench = new OtlpBench();
        Assert.Equal(5, Decode(bench, Whole));
        for (var length = 0; length < Whole.Length; length++)
        {
            Decode(bench, Whole[..length]);
        }

        AssertUnharmed(bench);

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
        AssertUnharmed(bench);
    }

    [Theory]
    [InlineData(OtlpTranslationStrategy.NoTranslation)]
    [InlineData(OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes)]
    [InlineData(OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes)]
    public void Other_translations_stand_changed_bytes_too(OtlpTranslationStrategy strategy)
    {
        var bench = new OtlpBench();
        bench.Decoder.Translation = new OtlpTranslationOptions
        {
            Strategy = strategy, PromoteAllResourceAttributes = true, KeepIdentifyingResourceAttributes = true, ConvertHistogramsToNhcb = true,
            LabelNameUnderscoreSanitization = false, LabelNamePreserveMultipleUnderscores = false,
        };
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var bytes = Whole.ToArray();
            foreach (var (at, to) in changes)
            {
                bytes[at] = to;
            }

            Decode(bench, bytes);
        }, iter: 5_000, threads: 1);
        bench.Decoder.Translation = OtlpTranslationOptions.Default;
        AssertUnharmed(bench);
    }

    [Fact]
    public void Points_that_are_refused_leave_their_neighbours_as_they_are()
    {
        // A point between two good ones, with any of its bytes changed: the message as a whole stays well formed.
        byte[] point = Number(1, TimeNs, TimeNs - 1).Attribute(7, "a.b", "c").Message(5, new Proto().Fixed(2, TimeNs).Double(3, 1).Bytes(5, [1])).ToArray();
        Gen.Select(Gen.Int[0, point.Length - 1], Gen.Byte).Array[1, 3].Sample(changes =>
        {
            var changed = point.ToArray();
            foreach (var (at, to) in changes)
            {
                changed[at] = to;
            }

            var bench = new OtlpBench();
            var accepted = Decode(bench, Request(Sum("before", "", 2, true, Number(1)), Metric("m", "", 7, new Proto().Bytes(1, changed).Varint(2, 2)), Sum("after", "", 2, true, Number(2))));
            Assert.True(accepted is null or 2 or 3);
            if (accepted is not null)
            {
                Assert.Equal($"before_total 1 @{TimeMs}", bench.Rows()[0]);
                Assert.Equal($"after_total 2 @{TimeMs}", bench.Rows()[^1]);
            }
        }, iter: 5_000);
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
                var result = bench.Decoder.DecodeJson(bytes, bench.Batch);
                Assert.True(result.Accepted + result.Rejected is 0 or 1);
                bench.Rows();
                bench.Deltas.Forget(bench.Batch);
            }
            catch (BadInputException e)
            {
                Assert.Contains("OTLP", e.Message, StringComparison.Ordinal);
            }
        }, iter: 10_000, threads: 1);
        AssertUnharmed(bench);
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

    /// <summary>Every point is accepted or refused, and what was accepted can be stored; null where the message was refused by name.</summary>
    private static long? Decode(OtlpBench bench, byte[] bytes)
    {
        try
        {
            var result = bench.Decode(bytes);
            Assert.Equal(PointsOf(bytes), result.Accepted + result.Rejected);
            Assert.Equal(result.Rejected == 0, result.Reasons is null);
            bench.Rows();
            Assert.All(bench.Batch.Histograms, h => Assert.Equal(HistogramFault.None, HistogramRule.Check(h.Histogram.View)));
            bench.Deltas.Forget(bench.Batch);
            return result.Accepted;
        }
        catch (BadInputException e)
        {
            Assert.Contains("OTLP", e.Message, StringComparison.Ordinal);
            return null;
        }
    }

    /// <summary>After all that the decoder reads a good message as a new one does, and keeps no totals of the bad ones.</summary>
    internal static void AssertUnharmed(OtlpBench bench)
    {
        Assert.Equal(0, bench.Deltas.Count);
        var other = new OtlpBench();
        Assert.Equal(Decode(other, Whole), Decode(bench, Whole));
        Assert.Equal(other.Rows(), bench.Rows());
        Assert.Equal(other.Batch.Histograms[0].Histogram, bench.Batch.Histograms[0].Histogram);
    }

    internal static long PointsOf(ReadOnlySpan<byte> request)
    {
        var points = 0L;
        foreach (var resource in Children(request, [OtlpTags.RequestResourceMetrics]))
        {
            foreach (var scope in Children(resource, [OtlpTags.ResourceMetricsScopeMetrics]))
            {
                foreach (var metric in Children(scope, [OtlpTags.ScopeMetricsMetrics]))
                {
                    foreach (var data in Children(metric, [OtlpTags.MetricGauge, OtlpTags.MetricSum, OtlpTags.MetricHistogram, OtlpTags.MetricExponentialHistogram, OtlpTags.MetricSummary]))
                    {
                        points += OtlpTags.CountOf(data, OtlpTags.DataPoints);
                    }
                }
            }
        }

        return points;
    }

    private static List<byte[]> Children(ReadOnlySpan<byte> message, uint[] tags)
    {
        var children = new List<byte[]>();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (tags.Contains(reader.Tag))
            {
                children.Add(reader.Bytes().ToArray());
            }
            else
            {
                reader.Skip();
            }
        }

        return children;
    }
}
