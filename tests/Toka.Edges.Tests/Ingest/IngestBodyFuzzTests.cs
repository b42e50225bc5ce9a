using System.Text;
using Toka.Core.Errors;
using Toka.Tests.Fuzzing;
using Toka.Web.Ingest;

namespace Toka.Edges.Tests.Ingest;

/// <summary>A packed body comes out within its limit or is refused by name.</summary>
[Collection(FuzzCollection.Name)]
public sealed class IngestBodyFuzzTests
{
    private const int BytesMax = 256 * 1024;

    [Fact]
    public void A_body_is_unpacked_within_its_limit_or_refused()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(static i => $"line {i * 7919}\n")));
        string[] encodings = ["gzip", "zstd", "snappy"];
        var corpus = encodings.SelectMany(encoding => (byte[][])[IngestBodyTests.Pack(encoding, lines), IngestBodyTests.Pack(encoding, []), IngestBodyTests.Pack(encoding, new byte[BytesMax])]).ToList();
        // Twice the limit from few bytes: read as the other encodings too, it is never taken, so it is a piece and no corpus.
        var pieces = encodings.Select(static encoding => IngestBodyTests.Pack(encoding, new byte[2 * BytesMax])).Append([0x1f, 0x8b, 0x08, 0x00]).Append([0x28, 0xb5, 0x2f, 0xfd]).Append([0xff, 0xff, 0xff, 0xff, 0x0f]).ToList();
        new FuzzRun(FuzzTarget.IngestBody) { Corpus = corpus, Pieces = pieces, AllocatedMax = 16 * BytesMax, HeldMax = 32 << 20 }.Run(static (bytes, _) =>
            Read(bytes, BodyEncoding.Gzip) | Read(bytes, BodyEncoding.Zstd) | Read(bytes, BodyEncoding.Snappy));
    }

    private static bool Read(byte[] bytes, BodyEncoding encoding)
    {
        try
        {
            using var body = IngestBody.Read(new MemoryStream(bytes), encoding, BytesMax);
            Assert.InRange(body.Memory.Length, 0, BytesMax);
            return true;
        }
        catch (Exception e) when (e is BadInputException or LimitExceededException)
        {
            Assert.InRange(e.Message.Length, 1, 500);
            return false;
        }
    }
}
