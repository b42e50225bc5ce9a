using System.IO.Compression;
using System.Text;
using Toka.Core.Errors;
using Toka.Protocols.RemoteRead;
using Toka.Web.Ingest;
using ZstdSharp;

namespace Toka.Edges.Tests.Ingest;

public sealed class IngestBodyTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i}\n")));

    [Theory]
    [InlineData("", BodyEncoding.Identity)]
    [InlineData("identity", BodyEncoding.Identity)]
    [InlineData("GZIP", BodyEncoding.Gzip)]
    [InlineData("zstd", BodyEncoding.Zstd)]
    [InlineData(" snappy ", BodyEncoding.Snappy)]
    [InlineData("br", null)]
    [InlineData("gzip, zstd", null)]
    public void Encodings_are_known_by_name(string header, object? expected) => Assert.Equal((BodyEncoding?)expected, BodyEncodings.Of(header));

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("snappy")]
    public async Task What_was_packed_comes_out_whole(string encoding)
    {
        using var body = await ReadAsync(Pack(encoding, Text), encoding, Text.Length);
        Assert.Equal(Text, body.Memory.ToArray());
        using var nothing = await ReadAsync(Pack(encoding, []), encoding, 10);
        Assert.Equal(0, nothing.Memory.Length);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("snappy")]
    public async Task One_byte_more_than_allowed_is_refused(string encoding)
    {
        var e = await Assert.ThrowsAsync<LimitExceededException>(() => ReadAsync(Pack(encoding, Text), encoding, Text.Length - 1));
        Assert.Contains((Text.Length - 1).ToString(System.Globalization.CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("snappy")]
    public async Task A_body_that_is_cut_off_is_refused(string encoding)
    {
        var packed = Pack(encoding, Text);
        foreach (var length in new[] { 1, packed.Length / 2, packed.Length - 1 })
        {
            await Assert.ThrowsAsync<BadInputException>(() => ReadAsync(packed[..length], encoding, 1_000_000));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task What_follows_a_packed_body_is_not_passed_over(string encoding) =>
        await Assert.ThrowsAsync<BadInputException>(() => ReadAsync([.. Pack(encoding, Text), .. "and more"u8], encoding, 1_000_000));

    [Fact]
    public async Task Members_of_gzip_that_follow_each_other_are_one_body()
    {
        using var body = await ReadAsync([.. Pack("gzip", Text), .. Pack("gzip", Text)], "gzip", 1_000_000);
        Assert.Equal(Text.Length * 2, body.Memory.Length);
    }

    [Fact]
    public async Task A_frame_that_claims_a_window_of_gigabytes_is_refused()
    {
        // Magic, a header without size, a window of 2 GiB (exponent 21, RFC 8878 3.1.1.1.2), and an empty last block.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        var e = await Assert.ThrowsAsync<BadInputException>(() => ReadAsync(frame, "zstd", 1_000_000));
        Assert.Contains("zstd", e.Message, StringComparison.Ordinal);
    }

    private static Task<IngestBody> ReadAsync(byte[] bytes, string encoding, int bytesMax) =>
        IngestBody.ReadAsync(new MemoryStream(bytes), BodyEncodings.Of(encoding)!.Value, bytesMax, CancellationToken.None).AsTask();

    internal static byte[] Pack(string encoding, byte[] bytes)
    {
        switch (encoding)
        {
            case "gzip":
                using (var stream = new MemoryStream())
                {
                    using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
                    {
                        gzip.Write(bytes);
                    }

                    return stream.ToArray();
                }

            case "zstd":
                using (var compressor = new Compressor())
                {
                    return compressor.Wrap(bytes).ToArray();
                }

            case "snappy":
                using (var block = SnappyBlock.Pack(bytes))
                {
                    return block.Memory.ToArray();
                }

            default:
                return bytes;
        }
    }
}
