using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

public sealed class BlockWriterTests
{
    [Fact]
    public void Nothing_added_leaves_no_file()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer();
        writer.AddMetadata(new MetricMetadata("a", MetricType.Counter, "", ""));
        writer.BeginSeries(Fixture.Labels("a").Encoded);

        Assert.Null(writer.Finish());
        Assert.Empty(Directory.GetFiles(fixture.Path));
    }

    [Fact]
    public void A_series_without_chunks_is_left_out()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer();
        writer.BeginSeries(Fixture.Labels("a").Encoded);
        writer.BeginSeries(Fixture.Labels("b").Encoded);
        writer.AddFloats([1], [1]);
        writer.BeginSeries(Fixture.Labels("c").Encoded);
        var block = fixture.Open(writer.Finish()!);

        Assert.Equal(1, block.Info.Series);
        Assert.Equal(Fixture.Labels("b"), block.LabelsOf(0));
        Assert.Equal(-1, block.Find(Fixture.Labels("a").Encoded));
    }

    [Fact]
    public void What_was_not_finished_is_deleted_and_a_remnant_of_a_crash_is_written_over()
    {
        using var fixture = new BlockFixture();
        File.WriteAllText(BlockFormat.PathOf(fixture.Path, BlockFixture.First) + ".tmp", "remnant");
        using (var writer = fixture.Writer())
        {
            writer.BeginSeries(Fixture.Labels("a").Encoded);
            writer.AddFloats([1], [1]);
            writer.BeginSeries(Fixture.Labels("b").Encoded);
            Assert.Equal([BlockFormat.PathOf(fixture.Path, BlockFixture.First) + ".tmp"], Directory.GetFiles(fixture.Path));
            Assert.True(writer.BytesWritten > BlockFormat.HeaderBytes);
        }

        Assert.Empty(Directory.GetFiles(fixture.Path));
    }

    [Fact]
    public void A_finished_block_has_its_name_its_length_and_what_it_replaces()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer(0, 7, 9);
        writer.BeginSeries(Fixture.Labels("a").Encoded);
        writer.AddFloats([1, 2], [1, 2]);
        var info = writer.Finish()!;

        Assert.Equal(Path.Combine(fixture.Path, $"{BlockFixture.First:D10}.tkb"), info.Path);
        Assert.Equal([info.Path], Directory.GetFiles(fixture.Path));
        Assert.Equal(new FileInfo(info.Path).Length, info.Bytes);
        var opened = fixture.Open(info).Info;
        Assert.Equal([7L, 9L], opened.Sources);
        Assert.Equal(info with { Sources = [] }, opened with { Sources = [] });
    }

    [Fact]
    public void Series_out_of_order_are_a_fault_of_the_caller()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer();
        writer.BeginSeries(Fixture.Labels("b").Encoded);

        foreach (var bytes in new[] { Fixture.Labels("a").Encoded.ToArray(), Fixture.Labels("b").Encoded.ToArray(), [1] })
        {
            Assert.StartsWith("BUG: ", Assert.Throws<InvalidOperationException>(() => writer.BeginSeries(bytes)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Times_out_of_order_are_a_fault_of_the_caller()
    {
        using var fixture = new BlockFixture();
        using var writer = fixture.Writer();
        Assert.Throws<InvalidOperationException>(() => writer.AddPayload(ChunkKind.Exemplars, 1, 1, 1, []));
        writer.BeginSeries(Fixture.Labels("a").Encoded);
        writer.AddFloats([1, 3], [1, 3]);
        writer.AddFloats([2], [2]);

        Assert.StartsWith("BUG: ", Assert.Throws<InvalidOperationException>(writer.Finish).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => writer.AddFloats([1, 2], [1]));
        Assert.Throws<InvalidOperationException>(() => writer.AddPayload(ChunkKind.Floats, 1, 1, 1, []));
    }

    [Fact]
    public void Long_labels_and_times_at_the_ends_of_the_range_come_back()
    {
        using var fixture = new BlockFixture();
        var labels = LabelSet.Of(("a", new string('x', 65_000)), ("b", new string('y', 30_000)));
        var block = fixture.Write(
            TestSeries.Of(labels, (long.MinValue, 1), (long.MaxValue, 2)),
            TestSeries.Of(LabelSet.Of(("a", new string('x', 64_999) + "z")), (0, 3)));

        Assert.Equal(labels, block.LabelsOf(0));
        Assert.Equal([(long.MinValue, BitConverter.DoubleToInt64Bits(1)), (long.MaxValue, BitConverter.DoubleToInt64Bits(2))], BlockFixture.Read(block, 0));
        Assert.Equal([1], block.Select([new LabelMatcher("a", MatchOperator.Matches, "x+z")], long.MinValue, long.MaxValue));
    }

    [Fact]
    public void A_block_is_unmapped_by_its_last_holder_and_then_cannot_be_held()
    {
        using var fixture = new BlockFixture();
        var path = fixture.Write(TestSeries.Of(Fixture.Labels("a"), (1, 1))).Info.Path;
        var block = Block.Open(fixture.Disk, path);

        Assert.True(block.TryAcquire());
        block.Release();
        Assert.Equal(Fixture.Labels("a"), block.LabelsOf(0));
        block.Release();
        Assert.False(block.TryAcquire());
        Assert.Throws<InvalidOperationException>(block.Release);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("rename")]
    [InlineData("directory")]
    public void A_disk_that_fails_leaves_no_file_behind(string what)
    {
        using var fixture = new BlockFixture();
        using (var writer = new BlockWriter(new FailingDisk(what), fixture.Path, 1, 0, []))
        {
            writer.BeginSeries(Fixture.Labels("a").Encoded);
            writer.AddFloats([1], [1]);
            Assert.Throws<IOException>(writer.Finish);
        }

        Assert.Empty(Directory.GetFiles(fixture.Path));
    }

    [Fact]
    public void Many_threads_read_one_block_at_the_same_time()
    {
        using var fixture = new BlockFixture();
        TestSeries[] series = [.. Enumerable.Range(0, 300).Select(static i => TestSeries.Of(Fixture.Labels($"m{i:D3}", "shard", $"{i % 4}"), (i, i), (i + 1, -i)))];
        var block = fixture.Write(series);

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            Assert.True(block.TryAcquire());
            var ordinals = block.Select([new LabelMatcher("shard", MatchOperator.Equal, $"{i % 4}")], 0, 1000);
            Assert.Equal(75, ordinals.Length);
            foreach (var ordinal in ordinals)
            {
                Assert.Equal(series[ordinal].Labels, block.LabelsOf(ordinal));
                Assert.Equal(BlockFixture.Samples(series[ordinal]), BlockFixture.Read(block, ordinal));
            }

            block.Release();
        });
    }

    [Fact]
    public void Numbers_that_are_on_the_disk_stay_as_they_are()
    {
        Assert.Equal("TKBK", System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(BlockFormat.Magic)));
        Assert.Equal(1u, BlockFormat.Version);
        Assert.Equal(
            ["Floats=1", "Histograms=2", "Exemplars=3", "Created=4", "Summaries=5"],
            Enum.GetValues<ChunkKind>().Select(static k => $"{k}={(int)k}"));
        Assert.Equal(
            ["Data=1", "TimeColumns=2", "NameTexts=3", "Names=4", "Values=5", "ValueGroups=6", "Postings=7", "Shapes=8", "ShapeTable=9", "Series=10", "SeriesGroups=11", "Metadata=12"],
            Enum.GetValues<SectionKind>().Select(static k => $"{k}={(int)k}"));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], Enum.GetValues<MetricType>().Take(7).Select(static t => (int)t));
    }

    private sealed class FailingDisk(string what) : PassingDisk
    {
        public override IStoreFile Create(string path) => new FailingFile(base.Create(path), what);

        public override void Rename(string from, string to)
        {
            Fail("rename");
            base.Rename(from, to);
        }

        public override void SyncDirectory(string path) => Fail("directory");

        private void Fail(string now)
        {
            if (now == what)
            {
                throw new IOException("No space left on device");
            }
        }
    }

    private sealed class FailingFile(IStoreFile file, string what) : IStoreFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) => file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (what == "write")
            {
                throw new IOException("No space left on device");
            }

            file.Write(bytes, offset);
        }

        public void Truncate(long length) => file.Truncate(length);

        public void Sync()
        {
            if (what == "sync")
            {
                throw new IOException("Input/output error");
            }

            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
