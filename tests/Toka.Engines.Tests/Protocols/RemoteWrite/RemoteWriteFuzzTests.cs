using System.Globalization;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.RemoteWrite;

namespace Toka.Engines.Tests.Protocols.RemoteWrite;

/// <summary>
/// Requests made of good ones by flipped bytes, cuts and splices, for TOKA_FUZZ_SECONDS (5, or 300 with TOKA_TEST_LONG) in all.
/// Each is read or refused by name; nothing else may come of it, and what it takes is bounded by its bytes and the limits.
/// </summary>
public sealed class RemoteWriteFuzzTests
{
    /// <summary>What decoding may allocate whatever the input, in bytes.</summary>
    private const long AllocatedMax = 256 * 1024;

    /// <summary>What each byte of input may cost: an empty span of a histogram has two bytes and becomes eight, several times.</summary>
    private const long AllocatedPerByteMax = 2048;

    private static double Seconds =>
        double.TryParse(Environment.GetEnvironmentVariable("TOKA_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds
        : Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1" ? 300
        : 5;

    [Fact]
    public void No_request_does_anything_but_be_read_or_refused()
    {
        var seed = Environment.GetEnvironmentVariable("TOKA_FUZZ_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var random = new Random(seed);
        var corpus = Corpus();
        var until = TimeProvider.System.GetTimestamp() + (long)(Seconds * TimeProvider.System.TimestampFrequency);
        var decoder = new RemoteWriteDecoder(new RemoteWriteLimits { LabelsMax = 20, SamplesPerRequestMax = 1000 });
        var count = 0;
        var read = 0;
        byte[] body = [];
        try
        {
            do
            {
                using var batch = new WriteBatch();
                body = Mutated(corpus, random);
                var before = GC.GetAllocatedBytesForCurrentThread();
                read += Read(decoder, (RemoteWriteVersion)random.Next(2), body, batch) ? 1 : 0;
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax + (AllocatedPerByteMax * body.Length));
                Check(batch);
                count++;
            }
            while (TimeProvider.System.GetTimestamp() < until);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"TOKA_FUZZ_SEED={seed}, input {count}: {Convert.ToBase64String(body)}\n{e}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} inputs, {read} of them read, TOKA_FUZZ_SEED={seed}");
        Assert.True(count > 0);
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
                    using var batch = new WriteBatch();
                    Read(decoder, version, body[..cut], batch);
                    Check(batch);
                }
            }
        }
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

    private static byte[] Mutated(List<byte[]> corpus, Random random)
    {
        List<byte> body = [.. corpus[random.Next(corpus.Count)]];
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(body.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < body.Count:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < body.Count:
                    body[at] = (byte)random.Next(256);
                    break;
                case 2:
                    body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at));
                    break;
                case 3:
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
