using CsCheck;
using Snappier;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Columns;
using Toka.Protocols.RemoteWrite;

namespace Toka.Engines.Tests.Protocols.RemoteWrite;

/// <summary>What the encoders write the decoders read, whatever it is and wherever it is cut.</summary>
public sealed class RemoteWriteRoundTripTests
{
    private static readonly MetricMetadata[] s_metadata =
    [
        new("m0", MetricType.Counter, "Counts é.", "seconds"), new("m1", MetricType.Histogram, "", ""), new("m2", MetricType.StateSet, "x", ""),
    ];

    private static readonly Gen<LabelSet> s_series = Gen.Select(Gen.Int[0, 5], Gen.Dictionary(Gen.String[1, 6], Gen.String[0, 200])[0, 5]).Select(static (name, others) =>
    {
        var builder = new LabelSetBuilder();
        foreach (var (label, value) in others)
        {
            builder.Set(label, value);
        }

        builder.Set("__name__", FormattableString.Invariant($"m{name}"));
        return builder.Build();
    });

    private static readonly Gen<(LabelSet Series, (long Time, double Value)[] Rows, NativeHistogram[] Histograms, Exemplar[] Exemplars, long Created)> s_content = Gen.Select(
        s_series, Gen.Select(Gen.Long[0, 2_000_000_000_000], Gen.Double).Array[0, 4], Samples.Histogram.Array[0, 2], Samples.Exemplars, Gen.Long[0, 3],
        static (series, rows, histograms, exemplars, created) => (series, rows, histograms, exemplars.Take((int)created).ToArray(), created));

    [Theory]
    [InlineData(RemoteWriteVersion.V1)]
    [InlineData(RemoteWriteVersion.V2)]
    public void Everything_comes_back_in_requests_of_the_size_asked_for(RemoteWriteVersion version) =>
        Gen.Select(s_content.Array[0, 8], Gen.Int[1, 20], Gen.Int[1, 2000]).Sample((contents, samplesMax, bytesMax) =>
        {
            using var written = Batch(contents);
            using var encoder = RemoteWriteEncoder.Of(version);
            using var bench = new RemoteWriteBench();
            var (rows, histograms, exemplars, created) = (new List<string>(), new List<(LabelSet, long, NativeHistogram)>(), new List<(LabelSet, Exemplar)>(), new List<(LabelSet, long, long)>());
            var metadata = new HashSet<MetricMetadata>();
            encoder.Begin(written);
            while (encoder.Next(samplesMax, bytesMax))
            {
                Assert.InRange(encoder.Samples + encoder.Histograms, 0, samplesMax);
                var result = bench.Decode(version, Snappy.DecompressToArray(encoder.Packed.Span));
                Assert.Equal(new RemoteWriteDecodeResult(encoder.Samples, encoder.Histograms, encoder.Exemplars, 0, 0, null), result);
                rows.AddRange(bench.Rows);
                histograms.AddRange(bench.Histograms);
                exemplars.AddRange(bench.Exemplars);
                created.AddRange(bench.Created);
                metadata.UnionWith(bench.Batch.Metadata);
                Assert.Empty(bench.Dropped);
            }

            using var expected = new RemoteWriteBench();
            Fill(expected.Batch, contents);
            Assert.Equal(expected.Rows, rows);
            Assert.Equal(expected.Histograms.Select(static h => (h.Series, h.Time, h.Histogram.IsStale ? NativeHistogram.Stale : h.Histogram)), histograms);
            Assert.Equal(expected.Exemplars.Select(Text).Order(), exemplars.Select(Text).Order());
            if (version == RemoteWriteVersion.V2)
            {
                Assert.Subset(expected.Created.ToHashSet(), created.ToHashSet());
                Assert.Subset(s_metadata.ToHashSet(), metadata);
            }
            else
            {
                Assert.Equal(s_metadata.ToHashSet(), metadata);
            }
        }, iter: 300);

    [Theory]
    [InlineData(RemoteWriteVersion.V1)]
    [InlineData(RemoteWriteVersion.V2)]
    public void A_request_has_a_sample_however_few_bytes_it_may_have(RemoteWriteVersion version)
    {
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of(("__name__", "a")), 1, 1);
        batch.Add(LabelSet.Of(("__name__", "b")), 1, 1);
        using var encoder = RemoteWriteEncoder.Of(version);
        encoder.Begin(batch);
        var samples = 0;
        while (encoder.Next(100, 1))
        {
            Assert.Equal(1, encoder.Samples);
            samples++;
        }

        Assert.Equal(2, samples);
    }

    [Fact]
    public void Metadata_of_2_0_stands_with_each_series_of_a_family_and_its_parts()
    {
        using var batch = new WriteBatch();
        batch.AddMetadata(new("h", MetricType.Histogram, "Help.", "bytes"));
        batch.AddMetadata(new("g", MetricType.Gauge, "Other.", ""));
        batch.Add(LabelSet.Of(("__name__", "h_bucket"), ("le", "1")), 1, 1);
        batch.Add(LabelSet.Of(("__name__", "g_sum")), 1, 1);
        batch.Add(LabelSet.Of(("__name__", "g")), 1, 1);
        using var encoder = RemoteWriteEncoder.Of(RemoteWriteVersion.V2);
        encoder.Begin(batch);
        Assert.True(encoder.Next(100, 10_000));
        Assert.Equal(2, encoder.Metadata);
        using var bench = new RemoteWriteBench();
        bench.Decode(RemoteWriteVersion.V2, encoder.Written.ToArray());
        Assert.Equal(batch.Metadata, bench.Batch.Metadata);
        Assert.False(encoder.Next(100, 10_000));
    }

    [Fact]
    public void Encoding_and_decoding_again_makes_no_garbage_for_series_and_samples()
    {
        using var batch = new WriteBatch();
        for (var i = 0; i < 2000; i++)
        {
            batch.Add(LabelSet.Of(("__name__", "m0"), ("instance", FormattableString.Invariant($"host-{i}")), ("job", "j")), 1_700_000_000_000 + i, i);
        }

        foreach (var version in Enum.GetValues<RemoteWriteVersion>())
        {
            using var encoder = RemoteWriteEncoder.Of(version);
            var decoder = new RemoteWriteDecoder(RemoteWriteLimits.Default);
            using var read = new WriteBatch();
            Run(encoder, decoder, batch, read);
            Run(encoder, decoder, batch, read);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Run(encoder, decoder, batch, read);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
        }
    }

    private static void Run(RemoteWriteEncoder encoder, RemoteWriteDecoder decoder, WriteBatch batch, WriteBatch read)
    {
        encoder.Begin(batch);
        var samples = 0L;
        while (encoder.Next(500, 1_000_000))
        {
            read.Clear();
            Assert.True(encoder.Packed.Length < encoder.Written.Length);
            samples += decoder.Decode(encoder.Version, encoder.Written, read).Samples;
        }

        Assert.Equal(batch.Count, samples);
    }

    private static WriteBatch Batch((LabelSet, (long, double)[], NativeHistogram[], Exemplar[], long)[] contents)
    {
        var batch = new WriteBatch();
        foreach (var metadata in s_metadata)
        {
            batch.AddMetadata(metadata);
        }

        Fill(batch, contents);
        return batch;
    }

    private static void Fill(WriteBatch batch, (LabelSet Series, (long Time, double Value)[] Rows, NativeHistogram[] Histograms, Exemplar[] Exemplars, long Created)[] contents)
    {
        foreach (var (series, rows, histograms, exemplars, created) in contents)
        {
            foreach (var (time, value) in rows)
            {
                batch.Add(series, time, value);
                if (created > 0 && created < time)
                {
                    batch.AddCreatedOfLastRow(created);
                }
            }

            for (var i = 0; i < histograms.Length; i++)
            {
                batch.AddHistogram(series, 1000 + i, histograms[i]);
            }

            foreach (var exemplar in exemplars)
            {
                batch.AddExemplar(series, exemplar);
            }
        }
    }

    private static string Text((LabelSet Series, Exemplar Exemplar) row) => FormattableString.Invariant($"{row.Series} {row.Exemplar.Labels} {row.Exemplar.TimestampMs} {row.Exemplar.Value:R}");
}
