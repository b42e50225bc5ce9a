using Toka.Core.Errors;
using Toka.Protocols.RemoteRead;
using Toka.Protocols.Wire;
using Toka.Tests.Fuzzing;

namespace Toka.Engines.Tests.Protocols.RemoteRead;

/// <summary>A request of remote read is read or refused by name, packed or not; a block never unpacks to more than is allowed.</summary>
[Collection(FuzzCollection.Name)]
public sealed class RemoteReadFuzzTests
{
    private const int UnpackedBytesMax = 64 * 1024;

    /// <summary>A regular expression of a few bytes may take some hundred KB, and a request has 256 of them at most.</summary>
    private const long AllocatedMax = 64 << 20;

    [Fact]
    public void A_request_is_read_or_refused_and_a_block_is_no_larger_than_allowed()
    {
        var corpus = Corpus();
        new FuzzRun(FuzzTarget.RemoteRead) { Corpus = corpus, Pieces = [[0x0a], [0x1a], [0x10, 0x01], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xfe, 0x01, 0x00], "(a{9}){9}|"u8.ToArray(), ".*"u8.ToArray()], AllocatedMax = AllocatedMax, HeldMax = 32 << 20 }
            .Run(static (bytes, _) =>
            {
                var isTaken = Read(bytes);
                try
                {
                    using var unpacked = SnappyBlock.Unpack(bytes, UnpackedBytesMax);
                    Assert.InRange(unpacked.Memory.Length, 0, UnpackedBytesMax);
                    Assert.Equal(SnappyBlock.LengthOf(bytes, UnpackedBytesMax), unpacked.Memory.Length);
                    var into = new byte[unpacked.Memory.Length];
                    SnappyBlock.Unpack(bytes, into);
                    Assert.True(into.AsSpan().SequenceEqual(unpacked.Memory.Span), "the block unpacks in two ways");
                    return isTaken | Read(unpacked.Memory.Span);
                }
                catch (Exception e) when (e is BadInputException or LimitExceededException)
                {
                    return isTaken;
                }
            });
    }

    private static bool Read(ReadOnlySpan<byte> message)
    {
        try
        {
            var request = ReadRequestDecoder.Decode(message);
            Assert.InRange(request.Queries.Count, 0, ReadRequestDecoder.QueriesMax);
            Assert.InRange(request.Queries.Sum(static query => query.Matchers.Count), 0, ReadRequestDecoder.MatchersMax);
            Assert.All(request.Queries, static query => Assert.True(query.FromMs <= query.ToMs));
            return true;
        }
        catch (BadInputException e)
        {
            Assert.InRange(e.Message.Length, 1, 600);
            return false;
        }
    }

    private static List<byte[]> Corpus()
    {
        using var writer = new ProtobufWriter();
        for (ulong i = 0; i < 3; i++)
        {
            var query = writer.Begin(1);
            writer.Varint(1, 1_700_000_000_000 + i);
            writer.Varint(2, 1_700_000_600_000);
            foreach (var (type, name, value) in ((ulong, string, string)[])[(0, "__name__", "up"), (1, "job", "é"), (2 + (i & 1), "instance", "web-[0-9]+:9100|db.*")])
            {
                var matcher = writer.Begin(3);
                writer.Varint(1, type);
                writer.Bytes(2, System.Text.Encoding.UTF8.GetBytes(name));
                writer.Bytes(3, System.Text.Encoding.UTF8.GetBytes(value));
                writer.End(matcher);
            }

            writer.End(query);
        }

        writer.Bytes(2, [1, 0]);
        using var packed = SnappyBlock.Pack(writer.Written);
        using var twice = SnappyBlock.Pack([.. writer.Written, .. writer.Written]);
        return [writer.Written.ToArray(), packed.Memory.ToArray(), twice.Memory.ToArray()];
    }
}
