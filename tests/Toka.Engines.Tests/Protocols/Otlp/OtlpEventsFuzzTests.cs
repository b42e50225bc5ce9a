using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Logs;
using Toka.Protocols.Otlp.Traces;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>
/// One decoder for all requests of traces, and one for logs: each is read or refused by name, whatever a batch holds can be read
/// again, and now and then a good request is read as a new decoder reads it.
/// </summary>
[Collection(FuzzCollection.Name)]
public sealed class OtlpEventsFuzzTests
{
    private const int GoodOneIn = 500;

    /// <summary>Room for a batch that has grown.</summary>
    private const long AllocatedMax = 1 << 20;

    /// <summary>Tags, lengths that are too long, numbers that are too large, attributes, nested lists.</summary>
    private static readonly byte[][] s_pieces =
    [
        [0x0a], [0x12], [0x0a, 0x00], [0x4a, 0x02], [0x5a, 0x00], [0x7a, 0x02, 0x18, 0x02], [0xff, 0xff, 0xff, 0xff, 0x0f],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], new byte[16], BitConverter.GetBytes(double.NaN), BitConverter.GetBytes(ulong.MaxValue),
        new Proto().Attribute(9, "a.b", "c").ToArray(), new Proto().Attribute(6, "", "\"\u0001").ToArray(), new Proto().Message(5, new Proto().Message(1, new Proto())).ToArray(),
        [0xc3, 0x28], [0xed, 0xa0, 0x80],
    ];

    private static readonly string[] s_jsonPieces =
    [
        "{", "}", "[", "]", "\"", ",", ":", "\\u0000", "\\ud800", "null", "true", "1e309", "-", "\"NaN\"", "[[", "{\"a\":", "18446744073709551616", "\u00e9",
        "\"attributes\":[{\"key\":\"a\",\"value\":{\"kvlistValue\":{\"values\":[]}}}],", "\"traceId\":\"00\",", "\"kind\":\"SPAN_KIND_SERVER\",",
    ];

    [Fact]
    public void Protobuf_of_traces_is_read_or_refused() => Traces(
        new FuzzRun(FuzzTarget.OtlpTracesProtobuf)
        {
            Corpus = [OtlpSpans.Request(OtlpTracesTests.Whole), OtlpSpans.Request(OtlpSpans.Span("a"), OtlpSpans.Span("b"), new Proto())], Pieces = s_pieces, AllocatedMax = AllocatedMax,
        },
        static (decoder, body, batch) => decoder.DecodeProtobuf(body, batch));

    [Fact]
    public void Json_of_traces_is_read_or_refused() => Traces(
        new FuzzRun(FuzzTarget.OtlpTracesJson)
        {
            Corpus = FuzzMutator.Texts(OtlpTracesTests.Json, """{"resource_spans":[{"scope_spans":[{"spans":[{"name":1},{}]}]}]}"""), Pieces = FuzzMutator.Texts(s_jsonPieces), AllocatedMax = AllocatedMax,
        },
        static (decoder, body, batch) => decoder.DecodeJson(body, batch));

    [Fact]
    public void Protobuf_of_logs_is_read_or_refused() => Logs(
        new FuzzRun(FuzzTarget.OtlpLogsProtobuf)
        {
            Corpus = [OtlpSpans.Request(OtlpLogsTests.Whole), OtlpSpans.Request(new Proto(), new Proto().Message(5, new Proto().Varint(3, 1)))], Pieces = s_pieces, AllocatedMax = AllocatedMax,
        },
        static (decoder, body, batch) => decoder.DecodeProtobuf(body, batch));

    [Fact]
    public void Json_of_logs_is_read_or_refused() => Logs(
        new FuzzRun(FuzzTarget.OtlpLogsJson) { Corpus = FuzzMutator.Texts(OtlpLogsTests.Json), Pieces = FuzzMutator.Texts(s_jsonPieces), AllocatedMax = AllocatedMax },
        static (decoder, body, batch) => decoder.DecodeJson(body, batch));

    private static void Traces(FuzzRun run, Func<OtlpTracesDecoder, byte[], SpanBatch, EventDecodeResult> decode)
    {
        using var bench = new OtlpSpans();
        var whole = OtlpSpans.Request(OtlpTracesTests.Whole);
        bench.Decode(whole);
        var expected = OtlpSpans.TextOf(bench.Spans()[0]);
        run.Run((bytes, random) =>
        {
            var isTaken = IsTaken(bytes, body =>
            {
                bench.Batch.Clear();
                var result = decode(bench.Decoder, body, bench.Batch);
                Assert.Equal(result.Accepted, bench.Batch.Count);
                return result;
            });
            if (isTaken)
            {
                Assert.All(bench.Spans(), OtlpSpans.AssertReadable);
            }

            if (random.Next(GoodOneIn) == 0)
            {
                Assert.Equal(1, bench.Decode(whole).Accepted);
                Assert.Equal(expected, OtlpSpans.TextOf(bench.Spans()[0]));
            }

            return isTaken;
        });
    }

    private static void Logs(FuzzRun run, Func<OtlpLogsDecoder, byte[], LogBatch, EventDecodeResult> decode)
    {
        using var decoder = new OtlpLogsDecoder(new EventLimits(), TimeProvider.System);
        var batch = new LogBatch();
        run.Run((bytes, _) => IsTaken(bytes, body =>
        {
            batch.Clear();
            var result = decode(decoder, body, batch);
            Assert.Equal(result.Accepted, batch.Count);
            foreach (ref readonly var row in batch.Rows)
            {
                var record = LogRecord.Of(batch, row);
                OtlpSpans.AssertAttributes(record.Attributes.Span);
                OtlpSpans.AssertAttributes(record.Origin.Resource);
                Assert.True(record.TimeNs > 0);
            }

            return result;
        }));
    }

    private static bool IsTaken(byte[] bytes, Func<byte[], EventDecodeResult> decode)
    {
        try
        {
            var result = decode(bytes);
            Assert.True(result.Accepted + result.Rejected <= bytes.Length, "there are more of them than bytes");
            Assert.Equal(result.Rejected == 0, result.Reasons is null);
            return true;
        }
        catch (BadInputException e)
        {
            Assert.Contains("OTLP", e.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
