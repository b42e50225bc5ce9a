using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Forwarding.Buffer;

namespace Toka.Features.Tests.Forwarding;

public sealed class RecordTests
{
    private static readonly Gen<LabelSet> s_labels = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3]).Select(static (a, b) => LabelSet.Of((LabelSet.MetricName, $"m{a}"), ("l", new string('x', b * 50))));

    private static readonly Gen<double> s_values = Gen.OneOf(Gen.Double, Gen.Int.Select(static i => (double)i), Gen.Const(0.0), Gen.Const(StaleMarker.Value), Gen.Const(double.NegativeInfinity));

    private static readonly Gen<long> s_times = Gen.OneOf(Gen.Long[-5, 5], Gen.Long);

    private static readonly Gen<NativeHistogram> s_histograms = Gen.Select(Gen.Int[-4, 8], Gen.Int[0, 5].SelectMany(static n => s_values.Array[n]), Gen.Enum<HistogramResetHint>(), s_values)
        .Select(static (schema, buckets, hint, sum) => new NativeHistogram(new HistogramLayout(schema, 0.1, [new(-3, buckets.Length)], [], []), hint, 1, 2, sum, buckets));

    [Fact]
    public void A_batch_comes_back_from_its_records_bit_by_bit() =>
        Gen.Select(Gen.Select(s_labels, s_times, s_values).Array[0, 60], Gen.Select(s_labels, s_times, s_histograms).Array[0, 6], Gen.Select(s_labels, s_labels, s_times, s_values).Array[0, 6], Gen.Select(s_labels, s_times, s_times).Array[0, 6])
            .Sample((rows, histograms, exemplars, created) =>
            {
                using var batch = new WriteBatch();
                foreach (var (labels, time, value) in rows)
                {
                    batch.Add(labels, time, value);
                }

                foreach (var (labels, time, histogram) in histograms)
                {
                    batch.AddHistogram(labels, time, histogram);
                }

                foreach (var (labels, own, time, value) in exemplars)
                {
                    batch.AddExemplar(labels, new Exemplar(own, time, value));
                }

                foreach (var (labels, time, began) in created)
                {
                    batch.AddCreated(labels, time, began);
                }

                var encoder = new RecordEncoder();
                encoder.Encode(batch, 5);
                var sink = new Sink();
                var entries = Decode(encoder.Written, sink);
                Assert.Equal(rows.Length + histograms.Length + exemplars.Length, entries);
                Assert.Equal(entries, encoder.Entries);
                Assert.Equal(rows.Select(static r => (r.Item1, r.Item2, BitConverter.DoubleToUInt64Bits(r.Item3))), sink.Samples);
                Assert.Equal(histograms, sink.Histograms);
                Assert.Equal(exemplars.Select(static e => (e.Item1, e.Item2, e.Item3, BitConverter.DoubleToUInt64Bits(e.Item4))), sink.Exemplars);
                Assert.Equal(created.Select(static c => (c.Item1, c.Item3)), sink.Begun);

                // What comes next in the segment needs no definition any more.
                var before = encoder.Written.Length;
                encoder.Encode(batch, 6);
                Assert.Equal(0, encoder.DefinitionBytes);
                Assert.True(encoder.Written.Length <= before);
                Assert.Equal(entries, Decode(encoder.Written, sink));
            });

    [Fact]
    public void Any_bytes_are_decoded_or_refused() =>
        Gen.Byte.Array[0, 200].Sample(static bytes => { _ = RecordDecoder.TryDecode(bytes, new Sink()); }, iter: 20_000);

    private static int Decode(ReadOnlySpan<byte> records, Sink sink)
    {
        var entries = 0;
        while (!records.IsEmpty)
        {
            var head = FrameHead.Read(records);
            Assert.True(head.IsSound && FrameHead.Checks(records[..head.Bytes]));
            Assert.True(RecordDecoder.TryDecode(records.Slice(QueueFormat.FrameHeadBytes, head.PayloadBytes), sink));
            entries += head.Entries;
            records = records[head.Bytes..];
        }

        return entries;
    }

    private sealed class Sink : IRecordSink
    {
        private readonly Dictionary<int, LabelSet> _series = [];

        public List<(LabelSet, long, ulong)> Samples { get; } = [];

        public List<(LabelSet, long, NativeHistogram)> Histograms { get; } = [];

        public List<(LabelSet, LabelSet, long, ulong)> Exemplars { get; } = [];

        public List<(LabelSet, long)> Begun { get; } = [];

        public void Define(int reference, ReadOnlySpan<byte> labels) => _series[reference] = LabelSet.FromEncoded(labels);

        public bool IsDefined(int reference) => _series.ContainsKey(reference);

        public void Created(int reference, long createdMs) => Begun.Add((_series[reference], createdMs));

        public void Sample(int reference, long timeMs, double value) => Samples.Add((_series[reference], timeMs, BitConverter.DoubleToUInt64Bits(value)));

        public void Histogram(int reference, long timeMs, NativeHistogram histogram) => Histograms.Add((_series[reference], timeMs, histogram));

        public void Exemplar(int reference, long timeMs, double value, ReadOnlySpan<byte> labels) =>
            Exemplars.Add((_series[reference], LabelSet.FromEncoded(labels), timeMs, BitConverter.DoubleToUInt64Bits(value)));
    }
}
