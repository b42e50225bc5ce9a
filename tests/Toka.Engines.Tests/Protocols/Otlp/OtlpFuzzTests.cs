using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.Otlp;
using Toka.Tests.Fuzzing;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpBench;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>
/// One decoder for all requests, as a server has it: each is read or refused by name, each point of one that is read is accepted
/// or refused, and now and then a good request is read as a new decoder reads it.
/// </summary>
[Collection(FuzzCollection.Name)]
public sealed class OtlpFuzzTests
{
    private const int GoodOneIn = 500;

    /// <summary>Room for the tables of a translation, and for a batch that has grown.</summary>
    private const long AllocatedMax = 1 << 20;

    private static readonly OtlpTranslationOptions[] s_translations =
    [
        OtlpTranslationOptions.Default,
        new() { Strategy = OtlpTranslationStrategy.NoTranslation, PromoteAllResourceAttributes = true, ConvertHistogramsToNhcb = true },
        new() { Strategy = OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes, KeepIdentifyingResourceAttributes = true, LabelNameUnderscoreSanitization = false, LabelNamePreserveMultipleUnderscores = false },
    ];

    [Fact]
    public void Protobuf_is_read_or_refused_and_each_of_its_points_is_counted()
    {
        var bench = new OtlpBench();
        IReadOnlyList<byte[]> corpus =
        [
            OtlpHostileTests.Whole, Request(Gauge("g", "s", Number(1), Number(2).Attribute(7, "k", "v"))), Request(Sum("c", "By", 1, true, Number(5))), Request(Sum("d", "1", 2, false, Number(5))),
        ];
        // Tags, lengths that are too long, numbers that are too large, an attribute, a point.
        IReadOnlyList<byte[]> pieces =
        [
            [0x0a], [0x12], [0x0a, 0x00], [0x3a, 0x02], [0x42, 0x00], [0x08, 0x01], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], new byte[8],
            BitConverter.GetBytes(double.NaN), BitConverter.GetBytes(ulong.MaxValue), new Proto().Attribute(7, "a.b", "c").ToArray(), new Proto().Message(1, Number(3)).ToArray(),
        ];
        new FuzzRun(FuzzTarget.OtlpProtobuf) { Corpus = corpus, Pieces = pieces, AllocatedMax = AllocatedMax }.Run((bytes, random) =>
            Judge(bench, random, static body => OtlpHostileTests.PointsOf(body), bytes, static (decoder, body, batch) => decoder.DecodeProtobuf(body, batch)));
    }

    [Fact]
    public void Json_is_read_or_refused()
    {
        var bench = new OtlpBench();
        var corpus = FuzzMutator.Texts(
            OtlpHostileTests.Json,
            """{"resource_metrics":[{"scope_metrics":[{"metrics":[{"name":"g","gauge":{"data_points":[{"time_unix_nano":1,"as_double":"NaN"},{"timeUnixNano":"2","asInt":"-5","flags":1}]}}]}]}]}""",
            """{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1","count":"3","scale":2,"zeroCount":1,"positive":{"offset":-1,"bucketCounts":["1","1"]},"exemplars":[{"timeUnixNano":"1","asDouble":1,"traceId":"0102"}]}]}},{"name":"s","summary":{"dataPoints":[{"timeUnixNano":"1","count":"1","sum":1,"quantileValues":[{"quantile":0.5,"value":1}]}]}}]}]}]}""");
        var pieces = FuzzMutator.Texts("{", "}", "[", "]", "\"", ",", ":", "\\u0000", "\\ud800", "null", "true", "1e309", "-", "\"NaN\"", "[[", "{\"a\":", "18446744073709551616", "é", "\u00ff", "\"resourceMetrics\":", "\"attributes\":[{\"key\":\"a\",\"value\":{\"kvlistValue\":{\"values\":[]}}}],");
        new FuzzRun(FuzzTarget.OtlpJson) { Corpus = corpus, Pieces = pieces, AllocatedMax = AllocatedMax }.Run((bytes, random) =>
            Judge(bench, random, null, bytes, static (decoder, body, batch) => decoder.DecodeJson(body, batch)));
    }

    private static bool Judge(OtlpBench bench, Random random, Func<byte[], long>? points, byte[] bytes, Func<OtlpMetricsDecoder, byte[], Core.Series.WriteBatch, OtlpDecodeResult> decode)
    {
        bench.Decoder.Translation = s_translations[random.Next(s_translations.Length)];
        bench.Batch.Clear();
        var isTaken = true;
        try
        {
            var result = decode(bench.Decoder, bytes, bench.Batch);
            Assert.True(result.Accepted + result.Rejected <= bytes.Length, "there are more points than bytes");
            Assert.True(points is null || points(bytes) == result.Accepted + result.Rejected, "a point is neither accepted nor refused");
            Assert.Equal(result.Rejected == 0, result.Reasons is null);
            Check(bench);
            bench.Deltas.Forget(bench.Batch);
        }
        catch (BadInputException e)
        {
            Assert.Contains("OTLP", e.Message, StringComparison.Ordinal);
            isTaken = false;
        }

        if (random.Next(GoodOneIn) == 0)
        {
            bench.Decoder.Translation = OtlpTranslationOptions.Default;
            OtlpHostileTests.AssertUnharmed(bench);
        }

        return isTaken;
    }

    private static void Check(OtlpBench bench)
    {
        foreach (ref readonly var row in bench.Batch.Rows)
        {
            Assert.True(LabelSet.IsCanonical(bench.Batch.LabelsOf(row)), "labels are not canonical");
        }

        foreach (var row in bench.Batch.Histograms)
        {
            Assert.Equal(HistogramFault.None, HistogramRule.Check(row.Histogram.View));
        }

        foreach (var row in bench.Batch.Exemplars)
        {
            Assert.True(LabelSet.IsCanonical(bench.Batch.LabelsOf(row.Labels)), "labels of an exemplar are not canonical");
        }
    }
}
