using System.Buffers.Binary;
using Toka.Core.Codecs;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.Wire;

namespace Toka.Engines.Tests.Protocols.RemoteRead;

/// <summary>A chunk of a frame.</summary>
internal sealed record ReadChunk(long MinMs, long MaxMs, int Encoding, byte[] Data);

/// <summary>Reads answers of remote read as a client does.</summary>
internal static class ResponseReader
{
    /// <summary>For each query its series.</summary>
    public static List<List<(LabelSet Labels, List<(long Time, double Value)> Floats, List<(long Time, NativeHistogram Histogram)> Histograms)>> Samples(ReadOnlySpan<byte> message)
    {
        var results = new List<List<(LabelSet, List<(long, double)>, List<(long, NativeHistogram)>)>>();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            Assert.Equal((1 << 3) | 2u, reader.Tag);
            var result = new ProtobufReader(reader.Bytes());
            var series = new List<(LabelSet, List<(long, double)>, List<(long, NativeHistogram)>)>();
            while (result.Next())
            {
                Assert.Equal((1 << 3) | 2u, result.Tag);
                series.Add(Series(result.Bytes()));
            }

            results.Add(series);
        }

        return results;
    }

    /// <summary>The chunks of all frames of a stream, whose checksums are looked at.</summary>
    public static List<(long Query, LabelSet Labels, ReadChunk Chunk)> Chunks(ReadOnlySpan<byte> stream)
    {
        var chunks = new List<(long, LabelSet, ReadChunk)>();
        while (!stream.IsEmpty)
        {
            var (length, shift, at) = (0, 0, 0);
            do
            {
                length |= (stream[at] & 0x7f) << shift;
                shift += 7;
            }
            while (stream[at++] >= 0x80);
            var message = stream.Slice(at + sizeof(uint), length);
            Assert.Equal(BinaryPrimitives.ReadUInt32BigEndian(stream[at..]), Crc32C.Of(message));
            stream = stream[(at + sizeof(uint) + length)..];
            Frame(message, chunks);
        }

        return chunks;
    }

    private static void Frame(ReadOnlySpan<byte> message, List<(long, LabelSet, ReadChunk)> into)
    {
        long query = 0;
        var labels = new LabelSetBuilder();
        var chunks = new List<ReadChunk>();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == (2 << 3))
            {
                query = (long)reader.Varint();
                continue;
            }

            Assert.Equal((1 << 3) | 2u, reader.Tag);
            var series = new ProtobufReader(reader.Bytes());
            while (series.Next())
            {
                if (series.Tag == ((1 << 3) | 2))
                {
                    Label(series.Bytes(), labels);
                }
                else
                {
                    chunks.Add(Chunk(series.Bytes()));
                }
            }
        }

        into.AddRange(chunks.Select(chunk => (query, labels.Build(), chunk)));
    }

    private static ReadChunk Chunk(ReadOnlySpan<byte> message)
    {
        var numbers = new long[4];
        byte[] data = [];
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag == ((4 << 3) | 2))
            {
                data = reader.Bytes().ToArray();
            }
            else
            {
                numbers[reader.Tag >> 3] = (long)reader.Varint();
            }
        }

        return new ReadChunk(numbers[1], numbers[2], (int)numbers[3], data);
    }

    private static (LabelSet, List<(long, double)>, List<(long, NativeHistogram)>) Series(ReadOnlySpan<byte> message)
    {
        var labels = new LabelSetBuilder();
        var floats = new List<(long, double)>();
        var histograms = new List<(long, NativeHistogram)>();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Tag >> 3)
            {
                case 1:
                    Label(reader.Bytes(), labels);
                    break;
                case 2:
                    floats.Add(Sample(reader.Bytes()));
                    break;
                case 4:
                    histograms.Add(Histogram(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (labels.Build(), floats, histograms);
    }

    private static void Label(ReadOnlySpan<byte> message, LabelSetBuilder into)
    {
        ReadOnlySpan<byte> name = default, value = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag >> 3 == 1)
            {
                name = reader.Bytes();
            }
            else
            {
                value = reader.Bytes();
            }
        }

        into.Set(name, value);
    }

    private static (long, double) Sample(ReadOnlySpan<byte> message)
    {
        (long time, double value) = (0, 0);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag >> 3 == 1)
            {
                value = reader.Double();
            }
            else
            {
                time = (long)reader.Varint();
            }
        }

        return (time, value);
    }

    private static (long, NativeHistogram) Histogram(ReadOnlySpan<byte> message)
    {
        double count = 0, sum = 0, zeroThreshold = 0, zeroCount = 0;
        long time = 0;
        var (schema, hint) = (0, 0UL);
        var lists = new Dictionary<uint, double[]>();
        var spans = new Dictionary<uint, List<HistogramSpan>> { [8] = [], [11] = [] };
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            var field = reader.Tag >> 3;
            switch (field)
            {
                case 2: count = reader.Double(); break;
                case 3: sum = reader.Double(); break;
                case 4: schema = ZigZag(reader.Varint()); break;
                case 5: zeroThreshold = reader.Double(); break;
                case 7: zeroCount = reader.Double(); break;
                case 8 or 11: spans[field].Add(Span(reader.Bytes())); break;
                case 10 or 13 or 16: lists[field] = Doubles(reader.Bytes()); break;
                case 14: hint = reader.Varint(); break;
                case 15: time = (long)reader.Varint(); break;
                default: Assert.Fail($"field {field} is not expected"); break;
            }
        }

        var layout = new HistogramLayout(schema, zeroThreshold, [.. spans[11]], [.. spans[8]], lists.GetValueOrDefault(16u, []));
        return (time, new NativeHistogram(layout, (HistogramResetHint)hint, zeroCount, count, sum, [.. lists.GetValueOrDefault(13u, []), .. lists.GetValueOrDefault(10u, [])]));
    }

    private static HistogramSpan Span(ReadOnlySpan<byte> message)
    {
        var (offset, length) = (0, 0);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag >> 3 == 1)
            {
                offset = ZigZag(reader.Varint());
            }
            else
            {
                length = (int)reader.Varint();
            }
        }

        return new HistogramSpan(offset, length);
    }

    private static double[] Doubles(ReadOnlySpan<byte> packed)
    {
        var values = new List<double>();
        for (; !packed.IsEmpty; packed = packed[sizeof(double)..])
        {
            values.Add(BinaryPrimitives.ReadDoubleLittleEndian(packed));
        }

        return [.. values];
    }

    private static int ZigZag(ulong value) => (int)(value >> 1) ^ -(int)(value & 1);
}
