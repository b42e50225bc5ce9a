using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.RemoteWrite;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Protocols.RemoteWrite;

/// <summary>
/// Each request is read or refused by name; nothing else may come of it, and what it takes is bounded by its bytes and the limits.
/// </summary>
[Collection(FuzzCollection.Name)]
public sealed class RemoteWriteFuzzTests
{
    [Fact]
    public void No_request_does_anything_but_be_read_or_refused()
    {
        var decoder = new RemoteWriteDecoder(new RemoteWriteLimits { LabelsMax = 20, SamplesPerRequestMax = 1000 });
        new FuzzRun(FuzzTarget.RemoteWrite) { Corpus = Corpus() }.Run((body, random) =>
        {
            // Each version reads what was made for the other, too.
            var first = (RemoteWriteVersion)random.Next(2);
            return ReadAndCheck(decoder, first, body) | ReadAndCheck(decoder, 1 - first, body);
        });
    }

    [Fact]
    public void A_request_cut_at_any_place_is_read_or_refused()
    {
        var decoder = new RemoteWriteDecoder(RemoteWriteLimits.Default);
        foreach (var body in Corpus())
        {
            for (var cut = 0; cut <= body.Length; cut++)
            {
                foreach (var version in Enum.GetValues<RemoteWriteVersion>())
                {
                    ReadAndCheck(decoder, version, body[..cut]);
                }
            }
        }
    }

    private static bool ReadAndCheck(RemoteWriteDecoder decoder, RemoteWriteVersion version, byte[] body)
    {
        using var batch = new WriteBatch();
        var isRead = Read(decoder, version, body, batch);
        Check(batch);
        return isRead;
    }

    private static bool Read(RemoteWriteDecoder decoder, RemoteWriteVersion version, byte[] body, WriteBatch batch)
    {
        try
        {
            var result = decoder.Decode(version, body, batch);
            Assert.Equal((batch.Count, batch.Histograms.Count, batch.Exemplars.Count), (result.Samples, result.Histograms, result.Exemplars));
            Assert.Equal(result.Refused + result.RefusedExemplars > 0, result.Reasons is not null);
            return true;
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    private static void Check(WriteBatch batch)
    {
        foreach (var row in batch.Rows)
        {
            Assert.True(LabelSet.IsCanonical(batch.LabelsOf(row)));
            Assert.Equal(LabelSet.HashOf(batch.LabelsOf(row)), row.Hash);
        }

        foreach (var row in batch.Histograms)
        {
            Assert.Equal(HistogramFault.None, HistogramRule.Check(row.Histogram.View));
        }

        foreach (var row in batch.Exemplars)
        {
            Assert.True(LabelSet.IsCanonical(batch.LabelsOf(row.Labels)));
        }
    }

    private static List<byte[]> Corpus()
    {
        using var batch = new WriteBatch();
        var series = LabelSet.Of(("__name__", "a_total"), ("job", "é"), ("long", new string('x', 200)));
        batch.AddMetadata(new MetricMetadata("a_total", MetricType.Counter, "Help.", "seconds"));
        batch.Add(series, 1_700_000_000_000, 1.5);
        batch.AddSameSeries(1_700_000_015_000, 0);
        batch.AddCreatedOfLastRow(1_600_000_000_000);
        batch.AddExemplar(series, new Exemplar(LabelSet.Of(("trace_id", "abc")), 1_700_000_000_000, 3));
        var histogram = LabelSet.Of(("__name__", "h"));
        batch.AddHistogram(histogram, 1_700_000_000_000, new NativeHistogram(new HistogramLayout(2, 0.1, [new(-1, 2), new(2, 1)], [new(0, 1)], []), HistogramResetHint.Gauge, 1, 10, 4.5, [1, 2, 3, 3]));
        batch.AddHistogram(histogram, 1_700_000_015_000, new NativeHistogram(new HistogramLayout(-53, 0, [new(0, 2)], [], [1, 2]), HistogramResetHint.Unknown, 0, 3.5, 4.5, [1.5, 2]));
        var corpus = new List<byte[]>();
        foreach (var version in Enum.GetValues<RemoteWriteVersion>())
        {
            using var encoder = RemoteWriteEncoder.Of(version);
            encoder.Begin(batch);
            Assert.True(encoder.Next(1000, 1_000_000));
            corpus.Add(encoder.Written.ToArray());
        }

        return corpus;
    }
}
