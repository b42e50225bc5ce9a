using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Engines.Tests.Protocols.Otlp;
using Toka.Protocols.Exposition;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Engines.Tests.Protocols.Exposition;

/// <summary>
/// Inputs made of good ones by flipped bytes, cuts and splices, for TOKA_FUZZ_SECONDS (10, or 300 with TOKA_TEST_LONG) in all.
/// Nothing may throw, go on for ever, or hold more than its input: each reader's entries are bounded by the body's bytes.
/// </summary>
public sealed class FuzzTests
{
    private static readonly string[] s_pieces =
    [
        "# EOF\n", "# TYPE a counter\n", "# HELP a \\n\\\\\n", "# UNIT a_s s\n", "\n", "\"", "\\", "\"\"", "{", "}", "{}", "=\"", "\",", " # {", " st@", "NaN", "+Inf", "1e308", "-0.0", "0x", "\r",
        "a_bucket{le=\"+Inf\"} 1\n", "{\"a b\"} 1\n", "é", "\u00ff", "\t", "99999999999999999999", "_created", "__name__",
    ];

    /// <summary>What reading and checking may allocate whatever the input, in bytes: the readers' and the checkers' tables.</summary>
    private const long AllocatedMax = 256 * 1024;

    /// <summary>What each byte of input may cost: the shortest fault is a line of two bytes, told in some hundred.</summary>
    private const long AllocatedPerByteMax = 2048;

    private static double Seconds =>
        double.TryParse(Environment.GetEnvironmentVariable("TOKA_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds
        : Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1" ? 300
        : 10;

    [Fact]
    public void No_input_crashes_a_reader_or_makes_it_go_on_for_ever()
    {
        var seed = Environment.GetEnvironmentVariable("TOKA_FUZZ_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var random = new Random(seed);
        var corpus = Corpus();
        var until = TimeProvider.System.GetTimestamp() + (long)(Seconds * TimeProvider.System.TimestampFrequency);
        var count = 0;
        byte[] body = [];
        try
        {
            do
            {
                body = Mutated(corpus, random);
                var before = GC.GetAllocatedBytesForCurrentThread();
                Read(body);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax + (AllocatedPerByteMax * body.Length));
                count++;
            }
            while (TimeProvider.System.GetTimestamp() < until);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"TOKA_FUZZ_SEED={seed}, input {count}: {Convert.ToBase64String(body)}\n{e}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} inputs, TOKA_FUZZ_SEED={seed}");
        Assert.True(count > 0);
    }

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

    private static byte[] Mutated(List<byte[]> corpus, Random random)
    {
        List<byte> body = [.. corpus[random.Next(corpus.Count)]];
        for (var changes = random.Next(1, 8); changes > 0; changes--)
        {
            var at = random.Next(body.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < body.Count:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < body.Count:
                    body[at] = (byte)random.Next(256);
                    break;
                case 2:
                    body.RemoveRange(at, Math.Min(random.Next(1, 40), body.Count - at));
                    break;
                case 3:
                    body.InsertRange(at, Encoding.UTF8.GetBytes(s_pieces[random.Next(s_pieces.Length)]));
                    break;
                case 4:
                    var other = corpus[random.Next(corpus.Count)];
                    var from = random.Next(other.Length);
                    body.InsertRange(at, other.AsSpan(from, Math.Min(random.Next(1, 200), other.Length - from)));
                    break;
                default:
                    body.RemoveRange(at, body.Count - at);
                    break;
            }
        }

        return [.. body];
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
