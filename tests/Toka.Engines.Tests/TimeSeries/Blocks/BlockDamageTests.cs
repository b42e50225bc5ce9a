using CsCheck;
using Toka.Core.Codecs;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Index;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

public sealed class BlockDamageTests
{
    [Fact]
    public void A_flipped_byte_gives_the_right_data_or_is_told()
    {
        var whole = WriteSmall();
        var right = ReadAll(whole);
        Assert.Equal(0, right.Faults);
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var mask in new[] { (byte)(1 << (at % 8)), (byte)0xff })
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= mask;
                AssertToldOrRight(right, damaged, $"byte {at} with {mask:x2}", mustBeTold: true);
            }
        }
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_damaged()
    {
        var whole = WriteSmall();
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            var fault = Assert.Throws<BlockDamagedException>(() => Block.Open(new BytesDisk(cut), "cut.tkb"));
            Assert.StartsWith("cut.tkb: at byte ", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bytes_changed_at_random_give_the_right_data_or_are_told()
    {
        var whole = WriteSmall();
        var right = ReadAll(whole);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255]).Array[1, 20].Sample(changes =>
        {
            byte[] damaged = [.. whole];
            foreach (var (at, mask) in changes)
            {
                damaged[at] ^= mask;
            }

            AssertToldOrRight(right, damaged, "random", mustBeTold: false);
        }, iter: 1000);
    }

    [Fact]
    public void Bytes_that_lie_under_a_right_checksum_never_end_in_another_exception_nor_in_a_loop()
    {
        var whole = WriteSmall();
        var sections = Block.Open(new BytesDisk(whole), "").Sections;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255]).Array[1, 4].Sample(changes =>
        {
            byte[] forged = [.. whole];
            foreach (var (at, mask) in changes)
            {
                forged[at] ^= mask;
            }

            var block = Reseal(forged, sections, whole);
            _ = TryReadAll(block);
            _ = block.Verify().ToList();
        }, iter: 500);
    }

    [Fact]
    public void A_damaged_chunk_is_left_out_and_named_and_the_rest_answers()
    {
        using var fixture = new BlockFixture();
        long[] times = [.. Enumerable.Range(0, 20_000).Select(static i => 1000L * i)];
        double[] values = [.. times.Select(static t => Math.Cos(t))];
        var path = fixture.Write(new TestSeries(Fixture.Labels("a"), times, values), TestSeries.Of(Fixture.Labels("b"), (1, 2))).Info.Path;
        var bytes = File.ReadAllBytes(path);
        var chunk = BlockRoundTripTests.Chunks(Block.Open(new BytesDisk(bytes), path), 0)[1];
        bytes[chunk.Offset + 100] ^= 4;
        var block = Block.Open(new BytesDisk(bytes), path);

        using var column = new FloatColumn();
        var faults = new List<BlockFault>();
        Assert.False(block.ReadFloats(0, 0, long.MaxValue, column, faults));
        Assert.Equal([.. times[..8192], .. times[16_384..]], column.Timestamps.ToArray());
        Assert.True(block.ReadFloats(1, 0, long.MaxValue, column, faults));
        Assert.False(block.TryPayloadOf(chunk, out _));
        var fault = Assert.Single(faults);
        Assert.Equal((path, chunk.Offset), (fault.Path, fault.Offset));
        Assert.Contains("does not have its checksum", fault.What, StringComparison.Ordinal);
        Assert.Equal(fault, Assert.Single(block.Verify()));

        using var writer = fixture.Writer();
        writer.BeginSeries(Fixture.Labels("a").Encoded);
        Assert.Throws<BlockDamagedException>(() => writer.AddChunk(block, chunk));
    }

    [Fact]
    public void A_damaged_time_column_that_many_series_share_is_one_place()
    {
        using var fixture = new BlockFixture();
        long[] times = [.. Enumerable.Range(0, 200).Select(static i => (1000L * i) + (i % 7))];
        var path = fixture.Write([.. Enumerable.Range(100, 50).Select(s => new TestSeries(Fixture.Labels("a", "s", $"{s}"), times, [.. times.Select(t => t * s / 3.0)]))]).Info.Path;
        var bytes = File.ReadAllBytes(path);
        var whole = Block.Open(new BytesDisk(bytes), path);
        var (offset, length) = whole.Index().Series.TimesAt(BlockRoundTripTests.Chunks(whole, 0)[0].TimeColumn);
        bytes[offset + (length / 2)] ^= 1;

        var fault = Assert.Single(Block.Open(new BytesDisk(bytes), path).Verify());

        Assert.Equal(offset, fault.Offset);
        Assert.Contains("a time column", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_of_the_data_that_lies_in_no_chunk_is_named_by_the_section()
    {
        var bytes = WriteSmall();
        var whole = Block.Open(new BytesDisk(bytes), "forged.tkb");

        // A footer with another checksum of the section stands for bytes that no chunk claims.
        var footer = new System.Buffers.ArrayBufferWriter<byte>();
        BlockFormat.WriteFooter(footer, whole.Info, [.. Enum.GetValues<SectionKind>().Select(whole.Sections.PlaceOf).OrderBy(static p => p.Offset).Select(static p => p.Kind == SectionKind.Data ? p with { Crc = p.Crc ^ 1 } : p)]);
        footer.WrittenSpan.CopyTo(bytes.AsSpan(bytes.Length - footer.WrittenCount));

        Assert.Contains("the section Data", Assert.Single(Block.Open(new BytesDisk(bytes), "forged.tkb").Verify(), static fault => fault.IsOfChecksum).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_that_cannot_be_decoded_is_found_though_its_checksum_is_right()
    {
        using var fixture = new BlockFixture();
        foreach (var kind in new[] { ChunkKind.Histograms, ChunkKind.Exemplars, ChunkKind.Created })
        {
            using var writer = fixture.Writer();
            writer.BeginSeries(Fixture.Labels("a").Encoded);
            writer.AddPayload(kind, 5, 900, 2, "0123456789"u8);
            var block = fixture.Open(writer.Finish()!);
            var fault = Assert.Single(block.Verify());
            Assert.Equal((long)BlockFormat.HeaderBytes, fault.Offset);
            Assert.Contains("cannot be decoded", fault.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_footer_that_claims_more_series_than_there_are_is_damage()
    {
        var bytes = WriteSmall();
        var whole = Block.Open(new BytesDisk(bytes), "forged.tkb");
        var footer = new System.Buffers.ArrayBufferWriter<byte>();
        BlockFormat.WriteFooter(footer, whole.Info with { Series = 100_000_000 }, [.. Enum.GetValues<SectionKind>().Select(whole.Sections.PlaceOf).OrderBy(static p => p.Offset)]);
        footer.WrittenSpan.CopyTo(bytes.AsSpan(bytes.Length - footer.WrittenCount));
        var forged = Block.Open(new BytesDisk(bytes), "forged.tkb");
        Assert.Throws<BlockDamagedException>(() => forged.Select([], long.MinValue, long.MaxValue));
    }

    [Fact]
    public void A_block_of_another_version_is_refused_by_name()
    {
        var bytes = WriteSmall();
        bytes[4] = 9;
        BitConverter.GetBytes(Crc32C.Of(bytes.AsSpan(0, 16))).CopyTo(bytes, 16);

        var fault = Assert.Throws<BadInputException>(() => Block.Open(new BytesDisk(bytes), "new.tkb"));
        Assert.Contains("new.tkb: version 9", fault.Message, StringComparison.Ordinal);
    }

    private sealed record Content(string Series, string Data, int Faults);

    private static void AssertToldOrRight(Content right, byte[] damaged, string what, bool mustBeTold)
    {
        Block block;
        try
        {
            block = Block.Open(new BytesDisk(damaged), "damaged.tkb");
        }
        catch (Exception e) when (e is BlockDamagedException or BadInputException)
        {
            return;
        }

        Assert.False(mustBeTold && !block.Verify().Any(), $"{what}: Verify found nothing");
        var read = TryReadAll(block);
        if (read is not null)
        {
            Assert.Equal(right.Series, read.Series);
            Assert.True(read.Faults > 0 || read.Data == right.Data, $"{what}: wrong data");
        }
    }

    private static Content ReadAll(byte[] bytes) => TryReadAll(Block.Open(new BytesDisk(bytes), "whole.tkb"))!;

    /// <summary>Everything that a block can be asked; null where the index is damaged. A chunk is what it was, or a fault.</summary>
    private static Content? TryReadAll(Block block)
    {
        var faults = new List<BlockFault>();
        var data = new List<string>();
        try
        {
            var ordinals = block.Select([new LabelMatcher("__name__", MatchOperator.Matches, ".*(a|b|c).*"), new LabelMatcher("x", MatchOperator.NotEqual, "7")], 0, long.MaxValue);
            var all = block.Select([], long.MinValue, long.MaxValue);
            var names = new FirstTexts(0);
            block.LabelNames(names, all);
            block.LabelValues("x", names, null);
            block.LabelValues("__name__", names, ordinals);
            var series = $"{string.Join(',', ordinals)} {string.Join(',', all.Select(block.LabelsOf))} {string.Join(',', names.ToList())} {string.Join(',', block.Metadata())}"
                + string.Join(',', all.Select(i => block.Find(block.LabelsOf(i).Encoded)));
            foreach (var ordinal in all)
            {
                using var floats = new FloatColumn();
                using var summaries = new SummaryColumn();
                block.ReadFloats(ordinal, long.MinValue, long.MaxValue, floats, faults);
                block.ReadSummaries(ordinal, long.MinValue, long.MaxValue, summaries, faults);
                data.AddRange(BlockFixture.Samples(floats).Select(static s => s.ToString()));
                data.AddRange(Enumerable.Range(0, summaries.Count).Select(i => summaries[i].ToString()));
                foreach (var chunk in block.ChunksOf(ordinal))
                {
                    data.Add(block.TryPayloadOf(chunk, out var payload, faults) ? Convert.ToHexString(payload) : "");
                }
            }

            return new Content(series, string.Join('\n', data), faults.Count);
        }
        catch (BlockDamagedException)
        {
            return null;
        }
    }

    /// <summary>Gives changed bytes the checksums of sections, chunks and footer that they would have had.</summary>
    private static Block Reseal(byte[] bytes, BlockSections sections, byte[] whole)
    {
        var info = Block.Open(new BytesDisk(whole), "forged.tkb").Info;
        var places = Enum.GetValues<SectionKind>().Select(sections.PlaceOf).OrderBy(static p => p.Offset)
            .Select(p => p with { Crc = Crc32C.Of(bytes.AsSpan((int)p.Offset, (int)p.Length)) }).ToList();
        var footer = new System.Buffers.ArrayBufferWriter<byte>();
        BlockFormat.WriteFooter(footer, info, places);
        BlockFormat.WriteHeader(bytes, info.Sequence);
        footer.WrittenSpan.CopyTo(bytes.AsSpan(bytes.Length - footer.WrittenCount));
        return Block.Open(new BytesDisk(bytes), "forged.tkb");
    }

    private static byte[] WriteSmall()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer(60_000, 3, 4);
        writer.AddMetadata(new MetricMetadata("a", MetricType.Counter, "Words about a counter, words about a counter.", "bytes"));
        using var summaries = new SummaryColumn();
        foreach (var name in new[] { "abc", "d" })
        {
            for (var i = 0; i < 10; i++)
            {
                writer.BeginSeries(LabelSet.Of(("__name__", name), ("x", $"{i}")).Encoded);
                long[] times = [.. Enumerable.Range(0, 6).Select(t => (1000L * t) + (i % 3))];
                writer.AddFloats(times, [.. times.Select(t => Math.Sqrt(t + i))]);
                if (i % 4 == 0)
                {
                    writer.AddPayload(ChunkKind.Exemplars, 5, 900, 2, "0123456789"u8);
                    summaries.Clear();
                    summaries.Add(new Summary(4 + i, 1, 2, 3, 2, 2, 1));
                    summaries.Add(new Summary(9000 + i, 3, 5, 8, 2, 5, 3));
                    writer.AddSummaries(summaries);
                }
            }
        }

        return File.ReadAllBytes(writer.Finish()!.Path);
    }
}
