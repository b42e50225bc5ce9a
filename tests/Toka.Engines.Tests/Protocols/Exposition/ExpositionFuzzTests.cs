using System.Text;
using Toka.Core.Labels;
using Toka.Engines.Tests.Protocols.Otlp;
using Toka.Protocols.Exposition;
using Toka.Protocols.Exposition.Checks;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Protocols.Exposition;

/// <summary>
/// Nothing may throw, go on for ever, or hold more than its input: each reader's entries are bounded by the body's bytes.
/// </summary>
[Collection(FuzzCollection.Name)]
public sealed class ExpositionFuzzTests
{
    private static readonly string[] s_pieces =
    [
        "# EOF\n", "# TYPE a counter\n", "# HELP a \\n\\\\\n", "# UNIT a_s s\n", "\n", "\"", "\\", "\"\"", "{", "}", "{}", "=\"", "\",", " # {", " st@", "NaN", "+Inf", "1e308", "-0.0", "0x", "\r",
        "a_bucket{le=\"+Inf\"} 1\n", "{\"a b\"} 1\n", "é", "\u00ff", "\t", "99999999999999999999", "_created", "__name__",
    ];

    /// <summary>What each byte may cost, read and checked six times: the shortest fault is a line of two bytes, told in some hundred.</summary>
    private const long AllocatedPerByteMax = 4096;

    [Fact]
    public void No_input_crashes_a_reader_or_makes_it_go_on_for_ever() =>
        new FuzzRun(FuzzTarget.Exposition) { Corpus = Corpus(), Pieces = FuzzMutator.Texts(s_pieces), AllocatedPerByteMax = AllocatedPerByteMax }.Run(static (body, _) =>
        {
            Read(body);
            return true;
        });

    [Fact]
    public void No_input_that_is_cut_anywhere_or_after_any_piece_crashes_a_reader()
    {
        foreach (var body in Corpus())
        {
            for (var cut = 0; cut <= body.Length; cut++)
            {
                ReadEntries(body[..cut]);
                foreach (var piece in s_pieces)
                {
                    ReadEntries([.. body.AsSpan(0, cut), .. Encoding.UTF8.GetBytes(piece)]);
                }
            }
        }
    }

    private static void ReadEntries(byte[] body)
    {
        ReadText(body, isOpenMetrics: false);
        ReadText(body, isOpenMetrics: true);
        ReadProtobuf(body);
    }

    private static void Read(byte[] body)
    {
        ReadEntries(body);
        ExpositionFormats.Detect(body);
        OpenMetricsChecker.Check(body, isLinting: true);
        TextChecker.Check(body, isLinting: true);
        ProtobufChecker.Check(body, isLinting: true);
    }

    private static void ReadText(byte[] body, bool isOpenMetrics)
    {
        var builder = new LabelSetBuilder();
        var entries = 0;
        var reader = new ExpositionTextReader(body, isOpenMetrics, new ExpositionLimits { LabelsMax = 20 });
        while (reader.Next())
        {
            Assert.True(++entries <= body.Length + 1, "there are more entries than bytes");
            switch (reader.Entry)
            {
                case ExpositionEntry.Sample or ExpositionEntry.Created:
                    builder.Clear();
                    reader.ReadLabels(builder);
                    Assert.True(LabelSet.IsCanonical(builder.Build().Encoded));
                    Assert.False(reader.Series.IsEmpty);
                    if (reader.HasExemplar)
                    {
                        builder.Clear();
                        reader.ReadExemplarLabels(builder);
                    }

                    break;
                case ExpositionEntry.Help:
                    reader.ReadHelp();
                    break;
                case ExpositionEntry.Fault:
                    Assert.True(reader.Fault is { Line: > 0, Column: > 0, Message.Length: > 0 and < 400 }, reader.Fault.ToString());
                    break;
            }
        }
    }

    private static void ReadProtobuf(byte[] body)
    {
        var builder = new LabelSetBuilder();
        var entries = 0;
        var reader = new ExpositionProtobufReader(body);
        while (reader.Next())
        {
            Assert.True(++entries <= (body.Length * 4) + 1, "there are far more entries than bytes");
            if (reader.Entry == ExpositionEntry.Sample)
            {
                builder.Clear();
                reader.ReadLabels(builder);
                Assert.True(LabelSet.IsCanonical(builder.Build().Encoded));
                Assert.False(reader.Series.IsEmpty);
                while (reader.NextExemplar())
                {
                    builder.Clear();
                    reader.ReadExemplarLabels(builder);
                }
            }
            else if (reader.Entry == ExpositionEntry.Fault)
            {
                Assert.True(reader.Fault is { Line: > 0, Column: > 0, Message.Length: > 0 and < 600 }, reader.Fault.ToString());
            }
        }
    }

    private static List<byte[]> Corpus()
    {
        string[] texts =
        [
            "# HELP a Help, \\\\ and \\n.\n# TYPE a counter\na{b=\"c\",d=\"\\\"e\\\\\\n\"} 1.5 1700000000000\na 2\n",
            "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\n",
            "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x\na_seconds_total{b=\"c\"} 1.0 1520879607.789 # {t=\"é\"} 0.5 1\na_seconds_created{b=\"c\"} 1e9\n# EOF\n",
            "# TYPE \"a.b\" gauge\n{\"a.b\",\"c d\"=\"1\"} 1 st@5 # {} 1\n# TYPE s stateset\ns{s=\"x\"} 1\n# TYPE i info\ni_info{a=\"b\"} 1\n# EOF\n",
            "# TYPE g gaugehistogram\ng_bucket{le=\"-1\"} 0 1\ng_bucket{le=\"+Inf\"} 1 1\ng_gsum -1 1\ng_gcount 1 1\n# EOF\n",
        ];
        var native = new Proto().Varint(1, 3).Double(2, 4).Varint(5, ProtobufReaderTests.ZigZag(3)).Message(12, ProtobufReaderTests.Span(0, 2)).PackedVarints(13, [2, 0])
            .Double(6, 0.5).Varint(7, 1).Message(16, ProtobufReaderTests.Exemplar("a", 1, 2, 3)).Message(3, new Proto().Varint(1, 3).Double(2, 5).Message(3, ProtobufReaderTests.Exemplar("b", 1, 2, 3)));
        return
        [
            .. texts.Select(Encoding.UTF8.GetBytes),
            ProtobufReaderTests.Body(
                ProtobufReaderTests.Family("a_total", 0, "Help.", ProtobufReaderTests.Metric(new Proto().Message(3, new Proto().Double(1, 5).Message(3, ProtobufReaderTests.Time(1, 2))), ("b", "c")).Varint(6, 1234)),
                ProtobufReaderTests.Family("s", 2, "", ProtobufReaderTests.Metric(new Proto().Message(4, new Proto().Varint(1, 1).Message(3, ProtobufReaderTests.Quantile(0.5, 1))), ("b", "c")))),
            ProtobufReaderTests.Body(ProtobufReaderTests.Family("h", 4, "", ProtobufReaderTests.Metric(new Proto().Message(7, native), ("b", "c")))),
        ];
    }
}
