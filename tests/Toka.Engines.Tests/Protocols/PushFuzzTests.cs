using System.Globalization;
using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.Protocols.StatsD;
using Toka.Protocols.Exposition;
using Toka.Protocols.Influx;
using Toka.Protocols.StatsD;
using Toka.Protocols.TextPush;

namespace Toka.Engines.Tests.Protocols;

/// <summary>
/// What is pushed, made of good inputs by flipped bytes, cuts and splices, for TOKA_FUZZ_SECONDS (10, or 300 with
/// TOKA_TEST_LONG) in all. Nothing may throw, go on for ever, or hold more than a multiple of its input.
/// </summary>
public sealed class PushFuzzTests
{
    /// <summary>What decoding may allocate whatever the input, in bytes: tables, and the first faults in words.</summary>
    private const long AllocatedMax = 256 * 1024;

    /// <summary>What each byte of input may cost in managed memory: metadata and created times are the dearest.</summary>
    private const long AllocatedPerByteMax = 512;

    private static readonly string[] s_corpus =
    [
        "cpu,cpu=cpu-total,host=web01 usage_user=1.5,usage_idle=97i,up=true,note=\"a \\\" b\" 1700000000000000000\nmem\\ x,a\\,b=c\\=d value=1u\n# c\n",
        "weather,location=us-midwest temperature=82 1465839830100400200\nm t=\"two\nlines\",b=f -5\n",
        "page.views:1|c|@0.1|#env:prod,on\ng:1|c:320|ms|@0.1:333|g\na,env=prod:1:2:3|h\nb;x=y:u1|s\n_e{1,1}:a|b\n",
        "# HELP a text\n# TYPE a counter\na_total{x=\"1\"} 3 # {t=\"1\"} 0.5 1.5\na_created{x=\"1\"} 0.25\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\nh_sum 1\nh_created 1\n# EOF\n",
        "job/a/b@base64/YQ==/c/%2F",
    ];

    private static readonly string[] s_pieces = ["\"", "\\", ",", "=", " ", "\n", ":", "|", "|c", "|#", "@", "/", "%", "é", "\u00ff", "1", "i", "u", "1e309", "_created", "@base64", "\\\n", "=\""];

    private static double Seconds =>
        double.TryParse(Environment.GetEnvironmentVariable("TOKA_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds
        : Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1" ? 300
        : 10;

    [Fact]
    public void No_input_crashes_a_reader_or_makes_it_go_on_for_ever()
    {
        var seed = Environment.GetEnvironmentVariable("TOKA_FUZZ_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var random = new Random(seed);
        var until = TimeProvider.System.GetTimestamp() + (long)(Seconds * TimeProvider.System.TimestampFrequency);
        var count = 0;
        byte[] body = [];
        try
        {
            do
            {
                body = Mutated(random);
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
    public void No_input_that_is_cut_anywhere_or_has_any_piece_put_in_crashes_a_reader()
    {
        foreach (var text in s_corpus)
        {
            var body = Encoding.UTF8.GetBytes(text);
            for (var cut = 0; cut <= body.Length; cut++)
            {
                foreach (var piece in s_pieces)
                {
                    Read([.. body.AsSpan(0, cut), .. Encoding.UTF8.GetBytes(piece), .. body.AsSpan(cut)]);
                }
            }
        }
    }

    private static void Read(byte[] body)
    {
        using var batch = new WriteBatch();
        var influx = new InfluxDecoder().Decode(body, InfluxPrecision.Seconds, "db"u8, 0, batch);
        Assert.True(influx.Points + influx.Refused <= body.Length);
        foreach (var fault in influx.Faults)
        {
            Assert.True(fault is { Line: > 0, Column: > 0, Message.Length: > 0 and < 400 }, fault.ToString());
        }

        Assert.True(StatsDReaderTests.Read(body).Count <= body.Length);
        foreach (var format in (ReadOnlySpan<ExpositionFormat>)[ExpositionFormat.Text, ExpositionFormat.OpenMetrics, ExpositionFormat.Protobuf])
        {
            new PushDecoder().Decode(body, format, LabelSet.Of(("job", "j")), 5000, batch);
        }

        foreach (ref readonly var row in batch.Rows)
        {
            Assert.True(LabelSet.IsCanonical(batch.LabelsOf(row)));
        }

        try
        {
            GroupingKey.Parse(Encoding.UTF8.GetString(body));
        }
        catch (BadInputException e)
        {
            Assert.InRange(e.Message.Length, 1, 400);
        }
    }

    private static byte[] Mutated(Random random)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1 + random.Next(3)).Select(_ => s_corpus[random.Next(s_corpus.Length)]))).ToList();
        for (var i = random.Next(8); i > 0 && body.Count > 0; i--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1:
                    body.RemoveRange(at, Math.Min(random.Next(20), body.Count - at));
                    break;
                case 2:
                    body.InsertRange(at, Encoding.UTF8.GetBytes(s_pieces[random.Next(s_pieces.Length)]));
                    break;
                default:
                    body.InsertRange(at, body.GetRange(at, Math.Min(random.Next(40), body.Count - at)));
                    break;
            }
        }

        return [.. body];
    }
}
