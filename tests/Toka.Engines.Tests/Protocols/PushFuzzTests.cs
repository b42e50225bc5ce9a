using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.Protocols.StatsD;
using Toka.Protocols.Exposition;
using Toka.Protocols.Influx;
using Toka.Protocols.StatsD;
using Toka.Protocols.TextPush;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Protocols;

/// <summary>
/// Nothing that is pushed may throw, go on for ever, or hold more than a multiple of its input.
/// </summary>
[Collection(FuzzCollection.Name)]
public sealed class PushFuzzTests
{
    /// <summary>What each byte of input may cost in managed memory, read five times: faults, metadata and created times are the dearest.</summary>
    private const long AllocatedPerByteMax = 1024;

    private static readonly string[] s_corpus =
    [
        "cpu,cpu=cpu-total,host=web01 usage_user=1.5,usage_idle=97i,up=true,note=\"a \\\" b\" 1700000000000000000\nmem\\ x,a\\,b=c\\=d value=1u\n# c\n",
        "weather,location=us-midwest temperature=82 1465839830100400200\nm t=\"two\nlines\",b=f -5\n",
        "page.views:1|c|@0.1|#env:prod,on\ng:1|c:320|ms|@0.1:333|g\na,env=prod:1:2:3|h\nb;x=y:u1|s\n_e{1,1}:a|b\n",
        "# HELP a text\n# TYPE a counter\na_total{x=\"1\"} 3 # {t=\"1\"} 0.5 1.5\na_created{x=\"1\"} 0.25\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\nh_sum 1\nh_created 1\n# EOF\n",
        "job/a/b@base64/YQ==/c/%2F",
    ];

    private static readonly string[] s_pieces = ["\"", "\\", ",", "=", " ", "\n", ":", "|", "|c", "|#", "@", "/", "%", "é", "\u00ff", "1", "i", "u", "1e309", "_created", "@base64", "\\\n", "=\""];

    [Fact]
    public void No_input_crashes_a_reader_or_makes_it_go_on_for_ever() =>
        new FuzzRun(FuzzTarget.Push) { Corpus = FuzzMutator.Texts(s_corpus), Pieces = FuzzMutator.Texts(s_pieces), AllocatedPerByteMax = AllocatedPerByteMax }.Run(static (body, _) =>
        {
            Read(body);
            return true;
        });

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
}
