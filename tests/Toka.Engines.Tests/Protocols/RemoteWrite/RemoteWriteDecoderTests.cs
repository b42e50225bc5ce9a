using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Engines.Tests.Protocols.Otlp;
using Toka.Protocols.RemoteWrite;
using static Toka.Engines.Tests.Protocols.RemoteWrite.RemoteWriteBench;

namespace Toka.Engines.Tests.Protocols.RemoteWrite;

public sealed class RemoteWriteDecoderTests : IDisposable
{
    private static readonly string[] s_symbols = ["", "__name__", "a_total", "job", "j", "Help.", "seconds", "trace_id", "é1"];

    private readonly RemoteWriteBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_request_of_1_0_becomes_rows_metadata_histograms_and_exemplars()
    {
        var request = new Proto()
            .Message(1, Series1(("__name__", "up"), ("job", "é")).Message(2, Sample(1)).Message(2, Sample(-0.5, TimeMs + 1)).Message(2, new Proto().Varint(2, TimeMs + 2)))
            .Message(1, Series1(("__name__", "h")).Message(4, Histogram()).Message(3, new Proto().Message(1, Label1("trace_id", "t")).Double(2, 7)))
            .Message(3, new Proto().Varint(1, 1).Text(2, "a_total").Text(4, "Help.").Text(5, "seconds"));
        var result = _bench.Decode(RemoteWriteVersion.V1, request.ToArray());
        Assert.Equal(new RemoteWriteDecodeResult(3, 1, 1, 0, 0, null), result);
        Assert.Equal(["""up{job="é"} 1700000000123 1""", """up{job="é"} 1700000000124 -0.5""", """up{job="é"} 1700000000125 0"""], _bench.Rows);
        var (series, time, histogram) = Assert.Single(_bench.Histograms);
        Assert.Equal((LabelSet.Of(("__name__", "h")), TimeMs), (series, time));
        Assert.Equal(new NativeHistogram(new HistogramLayout(3, 0.5, [new(-2, 2)], [], []), HistogramResetHint.NoReset, 1, 6, 4.5, [3, 2]), histogram);

        // An exemplar without a time has that of the sample it came with.
        Assert.Equal((series, new Exemplar(LabelSet.Of(("trace_id", "t")), TimeMs, 7)), Assert.Single(_bench.Exemplars));
        Assert.Equal(new MetricMetadata("a_total", MetricType.Counter, "Help.", "seconds"), Assert.Single(_bench.Batch.Metadata));
        Assert.Empty(_bench.Dropped);
    }

    [Fact]
    public void A_request_of_2_0_becomes_the_same_with_its_symbols_resolved_and_when_counters_began()
    {
        var result = _bench.Decode2(
            s_symbols,
            Series2(1, 2, 3, 4).Message(2, Sample(5)).Message(5, new Proto().Varint(1, 1).Varint(3, 5).Varint(4, 6)).Varint(6, TimeMs - 9),
            Series2(1, 2, 3, 8).Message(2, Sample(6).Varint(3, TimeMs - 4)).Message(5, new Proto().Varint(1, 1).Varint(3, 5).Varint(4, 6)),
            new Proto().Varint(1, 1).Varint(1, 4).Message(3, Histogram().Varint(17, TimeMs - 5)).Message(4, Series2(7, 8).Double(2, 7).Varint(3, 99)));
        Assert.Equal(new RemoteWriteDecodeResult(2, 1, 1, 0, 0, null), result);
        Assert.Equal(["""a_total{job="j"} 1700000000123 5""", """a_total{job="é1"} 1700000000123 6"""], _bench.Rows);
        var series = Assert.Single(_bench.Histograms).Series;
        Assert.Equal(LabelSet.Of(("__name__", "j")), series);
        Assert.Equal((series, new Exemplar(LabelSet.Of(("trace_id", "é1")), 99, 7)), Assert.Single(_bench.Exemplars));
        Assert.Equal([TimeMs - 9, TimeMs - 4, TimeMs - 5], _bench.Created.Select(static c => c.Created));
        Assert.Equal(new MetricMetadata("a_total", MetricType.Counter, "Help.", "seconds"), Assert.Single(_bench.Batch.Metadata));
    }

    [Fact]
    public void Metadata_of_parts_of_a_histogram_is_that_of_its_family()
    {
        string[] symbols = ["", "__name__", "h_bucket", "h_sum", "x_sum", "Help."];
        var metadata = new Proto().Varint(1, 3).Varint(3, 5);
        _bench.Decode2(
            symbols,
            Series2(1, 2).Message(2, Sample(1)).Message(5, metadata),
            Series2(1, 3).Message(2, Sample(1)).Message(5, metadata),
            Series2(1, 4).Message(2, Sample(1)).Message(5, new Proto().Varint(1, 2)));
        Assert.Equal(
            [new("h", MetricType.Histogram, "Help.", ""), new("h", MetricType.Histogram, "Help.", ""), new MetricMetadata("x_sum", MetricType.Gauge, "", "")], _bench.Batch.Metadata);
    }

    [Fact]
    public void Labels_out_of_order_are_sorted_and_empty_values_are_left_out()
    {
        _bench.Decode1(Series1(("job", "j"), ("Z", "z"), ("empty", ""), ("__name__", "up")).Message(2, Sample(1)));
        Assert.Equal("""up{Z="z",job="j"} 1700000000123 1""", Assert.Single(_bench.Rows));
        Assert.True(LabelSet.IsCanonical(_bench.Batch.LabelsOf(_bench.Batch.Rows[0])));
        Assert.Equal(LabelSet.Of(("__name__", "up"), ("job", "j"), ("Z", "z")).Hash, _bench.Batch.Rows[0].Hash);

        _bench.Decode2(s_symbols, Series2(3, 4, 1, 2, 5, 0).Message(2, Sample(1)));
        Assert.Equal("""a_total{job="j"} 1700000000123 1""", Assert.Single(_bench.Rows));
    }

    [Theory]
    [InlineData("no_name", "__name__ is missing", "job", "j")]
    [InlineData("no_name", "__name__ is missing", "__name__", "", "job", "j")]
    [InlineData("bad_label_name", "empty name", "", "j", "__name__", "a")]
    [InlineData("duplicate_label", "twice", "__name__", "a", "job", "j", "job", "k")]
    [InlineData("duplicate_label", "twice", "job", "j", "__name__", "a", "job", "j")]
    [InlineData("labels_limit", "LabelsMax", "__name__", "a", "b", "1", "c", "1", "d", "1", "e", "1")]
    [InlineData("name_bytes_limit", "NameBytesMax", "__name__", "a", "a_name_of_17_char", "1")]
    [InlineData("name_bytes_limit", "NameBytesMax", "__name__", "a_name_of_17_char")]
    [InlineData("label_value_bytes_limit", "LabelValueBytesMax", "__name__", "a", "b", "a_value_of_more_than_20_bytes")]
    public void A_bad_series_is_refused_by_name_and_those_beside_it_are_taken(string reason, string sentence, params string[] texts)
    {
        using var bench = new RemoteWriteBench(new RemoteWriteLimits { LabelsMax = 4, NameBytesMax = 16, LabelValueBytesMax = 20 });
        var labels = texts.Chunk(2).Select(static pair => (pair[0], pair[1])).ToArray();
        var bad = Series1(labels).Message(2, Sample(1)).Message(2, Sample(2)).Message(4, Histogram()).Message(3, new Proto());
        var result = bench.Decode1(Series1(("__name__", "good")).Message(2, Sample(1)), bad, Series1(("__name__", "good")).Message(2, Sample(2)));
        Check(bench, result, reason, sentence);

        var symbols = new List<string> { "", "__name__", "good" };
        var refs = texts.Select(text =>
        {
            symbols.Add(text);
            return (ulong)symbols.Count - 1;
        }).ToArray();
        bad = Series2(refs).Message(2, Sample(1)).Message(2, Sample(2)).Message(3, Histogram()).Message(4, new Proto()).Message(5, new Proto().Varint(1, 1));
        Check(bench, bench.Decode2([.. symbols], Series2(1, 2).Message(2, Sample(1)), bad, Series2(1, 2).Message(2, Sample(2))), reason, sentence);
    }

    [Fact]
    public void References_out_of_range_or_without_a_partner_lose_their_series_only()
    {
        foreach (var bad in (ulong[][])[[1, 2, 3], [1, 99], [1, ulong.MaxValue], [99, 2]])
        {
            var result = _bench.Decode2(s_symbols, Series2(bad).Message(2, Sample(1)), Series2(1, 2).Message(2, Sample(1)));
            Assert.Equal((1, 1), (result.Samples, result.Refused));
            Assert.Contains("references", result.Reasons, StringComparison.Ordinal);
            Assert.Equal(["metrics bad_reference 1"], _bench.Dropped);
        }

        // A reference of an exemplar or of metadata costs no sample.
        var taken = _bench.Decode2(s_symbols, Series2(1, 2).Message(2, Sample(1)).Message(4, Series2(7, 99)).Message(5, new Proto().Varint(3, 99)));
        Assert.Equal((1, 0, 1), (taken.Samples, taken.Refused, taken.RefusedExemplars));
        Assert.Equal(["exemplars bad_reference 1", "metadata bad_reference 1"], _bench.Dropped);
    }

    [Fact]
    public void Text_that_is_not_utf8_loses_its_series_only()
    {
        var bad = new Proto().Message(1, Label1("__name__", "a")).Message(1, new Proto().Text(1, "b").Bytes(2, [0x61, 0xff])).Message(2, Sample(1));
        Assert.Equal(1, _bench.Decode1(bad, Series1(("__name__", "good")).Message(2, Sample(1))).Samples);
        Assert.Equal(["metrics bad_utf8 1"], _bench.Dropped);

        var request = new Proto().Text(4, "").Text(4, "__name__").Bytes(4, [0xff]).Text(4, "good").Message(5, Series2(1, 2).Message(2, Sample(1))).Message(5, Series2(1, 3).Message(2, Sample(1)));
        Assert.Equal(1, _bench.Decode(RemoteWriteVersion.V2, request.ToArray()).Samples);
        Assert.Equal(["metrics bad_utf8 1"], _bench.Dropped);
    }

    [Fact]
    public void A_bad_histogram_is_refused_with_the_rule_it_breaks_and_the_samples_of_its_series_stay()
    {
        var result = _bench.Decode1(Series1(("__name__", "h")).Message(4, Histogram().Varint(1, 7)).Message(4, Histogram()).Message(2, Sample(1)));
        Assert.Equal((1, 1, 1), (result.Samples, result.Histograms, result.Refused));
        Assert.Contains("add up to the count", result.Reasons, StringComparison.Ordinal);
        Assert.Equal(["metrics bad_histogram 1"], _bench.Dropped);
    }

    [Fact]
    public void A_stale_histogram_is_the_stale_one_whatever_its_buckets_say()
    {
        _bench.Decode1(Series1(("__name__", "h")).Message(4, new Proto().Double(3, StaleMarker.Value).Varint(1, 7).Varint(15, TimeMs)));
        Assert.Same(NativeHistogram.Stale, Assert.Single(_bench.Histograms).Histogram);
    }

    [Fact]
    public void Limits_of_a_request_refuse_what_goes_beyond()
    {
        using var bench = new RemoteWriteBench(new RemoteWriteLimits { SeriesPerRequestMax = 2, SamplesPerRequestMax = 3 });
        var one = Series1(("__name__", "a")).Message(2, Sample(1));
        var two = Series1(("__name__", "b")).Message(2, Sample(1)).Message(2, Sample(2)).Message(3, new Proto());
        var result = bench.Decode1(one, one, one);
        Assert.Equal((2, 1), (result.Samples, result.Refused));
        Assert.Equal(["metrics request_series_limit 1"], bench.Dropped);
        result = bench.Decode1(two, two);
        Assert.Equal((2, 2, 1, 1), (result.Samples, result.Refused, result.Exemplars, result.RefusedExemplars));
        Assert.Equal(["metrics samples_limit 2", "exemplars samples_limit 1"], bench.Dropped);
    }

    [Fact]
    public void A_small_body_cannot_expand_to_labels_without_end()
    {
        using var bench = new RemoteWriteBench(new RemoteWriteLimits { LabelBytesPerRequestMax = 13_000 });
        var series = Series2(1, 2, 3, 4).Message(2, Sample(1)).Message(5, new Proto().Varint(3, 4));
        var result = bench.Decode2(["", "__name__", "a", "b", new string('x', 4000)], series, series, series);
        Assert.Equal((2, 1), (result.Samples, result.Refused));
        Assert.Equal(["metrics label_bytes_limit 1"], bench.Dropped.Take(1));
    }

    [Fact]
    public void A_counter_that_began_after_its_sample_keeps_the_sample()
    {
        var result = _bench.Decode2(s_symbols, Series2(1, 2).Message(2, Sample(1)).Varint(6, TimeMs + 1));
        Assert.Equal((1, 0), (result.Samples, result.Refused));
        Assert.Empty(_bench.Created);
        Assert.Equal(["created start_after_time 1"], _bench.Dropped);
    }

    [Theory]
    [InlineData(RemoteWriteVersion.V1, new byte[] { 0x0a, 5, 1 })]
    [InlineData(RemoteWriteVersion.V1, new byte[] { 0x0a, 2, 0x0a, 9 })]
    [InlineData(RemoteWriteVersion.V2, new byte[] { 0x2a, 3, 0x12, 5, 1 })]
    [InlineData(RemoteWriteVersion.V2, new byte[] { 0x22, 200, 1, 1 })]
    public void A_malformed_message_is_refused_by_its_name(RemoteWriteVersion version, byte[] body)
    {
        var thrown = Assert.Throws<BadInputException>(() => _bench.Decode(version, body));
        Assert.Contains(RemoteWriteHeaders.MessageOf(version), thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_of_the_other_version_says_nothing()
    {
        var of1 = Request1(Series1(("__name__", "a")).Message(2, Sample(1)));
        var of2 = Request2(s_symbols, Series2(1, 2).Message(2, Sample(1)));
        Assert.Equal(default, _bench.Decode(RemoteWriteVersion.V2, of1));
        Assert.Equal(default, _bench.Decode(RemoteWriteVersion.V1, of2));
        Assert.True(_bench.Batch.IsEmpty);
    }

    [Fact]
    public void Series_with_many_labels_and_values_longer_than_127_bytes_are_read_too()
    {
        var labels = Enumerable.Range(0, 100).Select(static i => ($"label_{i:D3}", new string((char)('a' + (i % 26)), 1 + (i * 5)))).Prepend(("__name__", "a")).ToArray();
        _bench.Decode1(Series1(labels).Message(2, Sample(1)));
        Assert.Equal(LabelSet.Of(labels), LabelSet.FromEncoded(_bench.Batch.LabelsOf(_bench.Batch.Rows[0])));
    }

    private static void Check(RemoteWriteBench bench, RemoteWriteDecodeResult result, string reason, string sentence)
    {
        Assert.Equal((2, 0, 0, 3, 1), (result.Samples, result.Histograms, result.Exemplars, result.Refused, result.RefusedExemplars));
        Assert.StartsWith("3 samples refused, the first of series ", result.Reasons, StringComparison.Ordinal);
        Assert.Contains(sentence, result.Reasons, StringComparison.Ordinal);
        Assert.Equal(["good 1700000000123 1", "good 1700000000123 2"], bench.Rows);
        Assert.Equal([$"metrics {reason} 3", $"exemplars {reason} 1"], bench.Dropped);
    }

    /// <summary>Of whole counts: schema 3, zero bucket 1, then 3 and 2.</summary>
    private static Proto Histogram() => new Proto().Varint(1, 6).Double(3, 4.5).ZigZag(4, 3).Double(5, 0.5).Varint(6, 1)
        .Message(11, new Proto().ZigZag(1, -2).Varint(2, 2)).PackedVarints(12, [6, 1]).Varint(14, 2).Varint(15, TimeMs);
}
