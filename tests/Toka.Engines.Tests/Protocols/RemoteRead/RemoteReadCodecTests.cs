using CsCheck;
using Snappier;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Columns;
using Toka.Protocols.PrometheusTsdb;
using Toka.Protocols.RemoteRead;
using Toka.Protocols.Wire;

namespace Toka.Engines.Tests.Protocols.RemoteRead;

public sealed class RemoteReadCodecTests
{
    private static readonly LabelSet Up = LabelSet.Of(("__name__", "up"), ("job", "é\"x"));

    [Fact]
    public void A_request_has_its_queries_matchers_and_response_types()
    {
        using var writer = new ProtobufWriter();
        var query = writer.Begin(1);
        writer.Varint(1, unchecked((ulong)-5));
        writer.Varint(2, 1000);
        Matcher(writer, 0, "__name__", "up");
        Matcher(writer, 3, "job", "a|b");
        writer.Bytes(4, "\u0008\u0001"u8);
        writer.End(query);
        writer.Bytes(2, [1, 0]);
        writer.Varint(2, 7);

        var request = ReadRequestDecoder.Decode(writer.Written);
        var read = Assert.Single(request.Queries);
        Assert.Equal((-5, 1000), (read.FromMs, read.ToMs));
        Assert.Equal(["""__name__="up" """.TrimEnd(), """job!~"a|b" """.TrimEnd()], read.Matchers.Select(static m => m.ToString()));
        Assert.Equal([1, 0, 7], request.Accepted.Select(static t => (int)t));
        Assert.Equal(ReadResponseType.StreamedXorChunks, request.Negotiated);
    }

    [Theory]
    [InlineData(new int[0], 0)]
    [InlineData(new[] { 0, 1 }, 0)]
    [InlineData(new[] { 9, 1 }, 1)]
    [InlineData(new[] { 9 }, null)]
    public void The_first_response_type_that_is_known_is_taken(int[] accepted, int? taken) =>
        Assert.Equal(taken, (int?)new ReadRequest([], [.. accepted.Select(static a => (ReadResponseType)a)]).Negotiated);

    [Fact]
    public void Any_bytes_are_a_request_or_bad_input() => Gen.Byte.Array[0, 200].Sample(static bytes =>
    {
        try
        {
            ReadRequestDecoder.Decode(bytes);
        }
        catch (BadInputException)
        {
        }
    });

    [Fact]
    public void Too_many_matchers_in_all_and_a_regular_expression_that_is_too_long_are_refused()
    {
        using var many = new ProtobufWriter();
        foreach (var matchers in new[] { ReadRequestDecoder.MatchersMax, 1 })
        {
            var query = many.Begin(1);
            for (var i = 0; i < matchers; i++)
            {
                Matcher(many, 0, "job", "a");
            }

            many.End(query);
        }

        using var lengthy = new ProtobufWriter();
        var longest = lengthy.Begin(1);
        Matcher(lengthy, 3, "job", new string('a', ReadRequestDecoder.PatternBytesMax + 1));
        lengthy.End(longest);

        Assert.Contains("more than 256 matchers", Assert.Throws<BadInputException>(() => ReadRequestDecoder.Decode(many.Written)).Message, StringComparison.Ordinal);
        Assert.Contains("65537 bytes; the limit is 65536", Assert.Throws<BadInputException>(() => ReadRequestDecoder.Decode(lengthy.Written)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_queries_and_times_in_the_wrong_order_are_refused()
    {
        using var writer = new ProtobufWriter();
        for (var i = 0; i <= ReadRequestDecoder.QueriesMax; i++)
        {
            writer.Bytes(1, []);
        }

        Assert.Contains("more than 64 queries", Assert.Throws<BadInputException>(() => ReadRequestDecoder.Decode(writer.Written)).Message, StringComparison.Ordinal);
        Assert.Contains("before it starts", Assert.Throws<BadInputException>(static () => ReadRequestDecoder.Decode([0x0a, 0x02, 0x08, 0x05])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_that_announces_more_than_is_allowed_is_refused_before_anything_is_allocated()
    {
        // 4 GiB − 1 in five bytes of preamble, and nothing behind it.
        byte[] bomb = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<LimitExceededException>(() => SnappyBlock.Unpack(bomb, 1 << 20));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        Assert.Throws<LimitExceededException>(static () => SnappyBlock.Unpack(Snappy.CompressToArray(new byte[100_000]), 99_999));
        using var whole = SnappyBlock.Unpack(Snappy.CompressToArray(new byte[100_000]), 100_000);
        Assert.Equal(100_000, whole.Memory.Length);
    }

    [Fact]
    public void What_is_no_block_is_bad_input() => Gen.Byte.Array[0, 100].Sample(static bytes =>
    {
        try
        {
            SnappyBlock.Unpack(bytes, 1 << 20).Dispose();
        }
        catch (Exception e) when (e is BadInputException or LimitExceededException)
        {
        }
    });

    [Fact]
    public void Samples_and_histograms_of_each_query_come_in_one_block()
    {
        using var floats = new FloatColumn();
        floats.Add(-1, 1.5);
        floats.Add(2, double.NaN);
        using var none = new FloatColumn();
        using var noHistograms = new HistogramColumn();
        using var answer = new SampledResponse(10, 1 << 20);
        answer.BeginQuery();
        answer.Add(Up, floats, noHistograms);
        answer.BeginQuery();
        using var block = answer.Pack();

        var results = ResponseReader.Samples(Snappy.DecompressToArray(block.Memory.Span));
        Assert.Equal(2, results.Count);
        var (labels, read, histograms) = Assert.Single(results[0]);
        Assert.Equal(Up, labels);
        Assert.Equal([(-1, 1.5), (2, double.NaN)], read);
        Assert.Empty(histograms);
        Assert.Empty(results[1]);
    }

    [Fact]
    public void Histograms_in_a_block_have_all_their_bits() => Samples.Run.Sample(static run =>
    {
        using var column = new HistogramColumn();
        foreach (var (time, histogram) in run)
        {
            column.Add(time, histogram);
        }

        using var none = new FloatColumn();
        using var answer = new SampledResponse(1000, 1 << 24);
        answer.BeginQuery();
        answer.Add(Up, none, column);
        using var block = answer.Pack();
        var (_, _, histograms) = ResponseReader.Samples(Snappy.DecompressToArray(block.Memory.Span)).Single().Single();
        Assert.Equal(run.Select(static r => (r.Time, r.Histogram)), histograms);
    });

    [Fact]
    public void More_samples_than_allowed_end_with_Prometheus_own_words()
    {
        using var floats = new FloatColumn();
        floats.Add(1, 1);
        floats.Add(2, 2);
        using var histograms = new HistogramColumn();
        using var answer = new SampledResponse(3, 1 << 20);
        answer.BeginQuery();
        answer.Add(Up, floats, histograms);
        Assert.Equal("exceeded sample limit (3)", Assert.Throws<BadInputException>(() => answer.Add(Up, floats, histograms)).Message);
        answer.BeginQuery();
        answer.Add(Up, floats, histograms);
    }

    [Fact]
    public void Frames_carry_a_series_in_chunks_with_length_and_checksum() => Gen.Select(Gen.Int[0, 1000], Samples.Run, Gen.Int[1, 5000]).Sample(
        static (samples, run, frameBytes) =>
        {
            using var floats = new FloatColumn();
            for (var i = 0; i < samples; i++)
            {
                floats.Add((i * 2500L) + 1, i % 7);
            }

            // Times of the two kinds never meet.
            using var histograms = new HistogramColumn();
            foreach (var (time, histogram) in run.DistinctBy(static r => r.Time / 2500))
            {
                histograms.Add((time / 2500 * 2500) + 2, histogram);
            }

            using var frames = new ChunkedResponse(frameBytes);
            frames.Begin(3, Up, floats, histograms);
            var stream = new List<byte>();
            Span<byte> head = stackalloc byte[14];
            while (frames.TryNext(head, out var length, out var message))
            {
                stream.AddRange(head[..length]);
                stream.AddRange(message);
            }

            using var read = new FloatColumn();
            var readHistograms = new List<long>();
            var last = long.MinValue;
            foreach (var (query, labels, chunk) in ResponseReader.Chunks([.. stream]))
            {
                Assert.Equal((3, Up), (query, labels));
                Assert.True(chunk.MinMs > last && chunk.MaxMs >= chunk.MinMs, "chunks ascend and do not overlap");
                last = chunk.MaxMs;
                if (chunk.Encoding == 1)
                {
                    FloatChunk.Read(chunk.Data, read);
                }
                else
                {
                    Assert.Equal(3, chunk.Encoding);
                    readHistograms.AddRange(HistogramChunkReader.Read(chunk.Data).Select(static h => h.Time));
                }
            }

            Assert.Equal(floats.Timestamps.ToArray(), read.Timestamps.ToArray());
            Assert.Equal(floats.Values.ToArray(), read.Values.ToArray());
            Assert.Equal(histograms.Timestamps.ToArray(), readHistograms);
        });

    [Fact]
    public void Labels_longer_than_a_frame_still_get_a_chunk_in_each()
    {
        using var floats = new FloatColumn();
        for (var i = 0; i < 121; i++)
        {
            floats.Add(i, i);
        }

        using var none = new HistogramColumn();
        using var frames = new ChunkedResponse(1);
        frames.Begin(0, Up, floats, none);
        Span<byte> head = stackalloc byte[14];
        Assert.True(frames.TryNext(head, out _, out _));
        Assert.True(frames.TryNext(head, out _, out _));
        Assert.False(frames.TryNext(head, out _, out _));
    }

    private static void Matcher(ProtobufWriter writer, ulong type, string name, string value)
    {
        var matcher = writer.Begin(3);
        writer.Varint(1, type);
        writer.Bytes(2, System.Text.Encoding.UTF8.GetBytes(name));
        writer.Bytes(3, System.Text.Encoding.UTF8.GetBytes(value));
        writer.End(matcher);
    }
}
