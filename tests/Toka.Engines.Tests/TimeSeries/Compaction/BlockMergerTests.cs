using System.Buffers.Binary;
using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Disk;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Disk;
using static Toka.Engines.Tests.TimeSeries.Compaction.BlockGen;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class BlockMergerTests
{
    [Fact]
    public void A_merge_holds_every_sample_once_and_of_differing_values_the_one_written_first() =>
        Model.Small.Array[1, 5].Sample(
            static models =>
            {
                using var folder = new BlockFolder();
                var inputs = models.Select(folder.Add).ToList();
                var output = folder.Merger().Run(inputs, Day, Removal.None(inputs.Count), long.MaxValue, CancellationToken.None);

                var expected = models.Aggregate(new Model(), static (all, model) => all.Add(model));
                var info = Assert.Single(output.Blocks);
                Model.Of(folder.Open(info)).AssertIs(expected);
                Assert.Equal(expected.SampleCount, info.Samples);
                Assert.Equal(inputs.Select(static input => input.Info.Sequence), info.Sources);
                Assert.True(output.Tally.IsBalanced);
                Assert.Equal(models.Sum(static model => model.SampleCount), output.Tally.Read);
                Assert.Equal(info.Samples, output.Tally.Written);
                Assert.Equal(output.Tally.Conflicts > 0, output.Tally.FirstConflict is not null);
                Assert.Empty(folder.Open(info).Verify());
            },
            iter: 300);

    [Fact]
    public void What_is_removed_is_gone_and_nothing_else() =>
        Gen.Select(Model.Small.Array[1, 3], Gen.Int[0, 2], Gen.Long[0, 300], Gen.Long[0, 300]).Sample(
            static (models, metric, a, b) =>
            {
                using var folder = new BlockFolder();
                var inputs = models.Select(folder.Add).ToList();
                var matcher = new LabelMatcher("__name__", MatchOperator.Equal, $"metric{metric}");
                var (from, to) = (Math.Min(a, b) * 60_000, Math.Max(a, b) * 60_000);
                var removal = new Removal(from, to, [.. inputs.Select(input => input.Select([matcher], long.MinValue, long.MaxValue))]);
                var output = folder.Merger().Run(inputs, null, removal, long.MaxValue, CancellationToken.None);

                var expected = models.Aggregate(new Model(), static (all, model) => all.Add(model)).Remove((labels, time) => matcher.IsMatch(labels) && time >= from && time <= to);
                (output.Blocks.Count == 0 ? [] : Model.Of(folder.Open(output.Blocks[0]))).AssertIs(expected);
                Assert.True(output.Tally.IsBalanced);
                Assert.Equal(inputs.Count + output.Blocks.Count, folder.Files.Count);
            },
            iter: 300);

    [Fact]
    public void A_merge_over_boundaries_is_cut_there_and_only_the_last_output_replaces_the_inputs() =>
        Model.Small.Array[1, 3].Sample(
            static models =>
            {
                using var folder = new BlockFolder();
                var inputs = models.Select(folder.Add).ToList();
                var output = folder.Merger().Run(inputs, Hour, Removal.None(inputs.Count), long.MaxValue, CancellationToken.None);

                Assert.All(output.Blocks, static block => Assert.True(Ladder.Fits(block.MinMs, block.MaxMs, Hour)));
                Assert.Equal(output.Blocks.Count, output.Blocks.DistinctBy(static block => Ladder.StartOf(block.MinMs, Hour)).Count());
                Assert.All(output.Blocks.SkipLast(1), static block => Assert.Empty(block.Sources));
                Assert.Equal(inputs.Count, output.Blocks[^1].Sources.Count);
                var expected = models.Aggregate(new Model(), static (all, model) => all.Add(model));
                output.Blocks.Aggregate(new Model(), (all, block) => all.Add(Model.Of(folder.Open(block)))).AssertIs(expected);
            },
            iter: 200);

    [Fact]
    public void Large_chunks_that_overlap_nothing_are_copied_and_the_others_are_written_anew()
    {
        using var folder = new BlockFolder();
        var first = folder.Add(Line(0, 5000));
        var second = folder.Add(Line(5000, 5000));
        var small = folder.Add(Line(10_000, 10));
        var output = folder.Merger().Run([first, second, small], Day, Removal.None(3), long.MaxValue, CancellationToken.None);
        Assert.Equal(10_000, output.Tally.Copied);
        Assert.Equal(10_010, output.Blocks[0].Samples);
        Model.Of(folder.Open(output.Blocks[0])).AssertIs(Line(0, 10_010));

        var over = folder.Add(Line(4999, 2));
        output = folder.Merger().Run([first, second, over], Day, Removal.None(3), long.MaxValue, CancellationToken.None);
        Assert.Equal(0, output.Tally.Copied);
        Assert.Equal(2, output.Tally.Duplicates);
        Model.Of(folder.Open(output.Blocks[0])).AssertIs(Line(0, 10_000));
    }

    [Fact]
    public void A_conflict_names_the_series_and_the_time()
    {
        using var folder = new BlockFolder();
        var first = new Model { [Model.Series(0)] = new() { [60_000] = BitConverter.DoubleToInt64Bits(1), [120_000] = BitConverter.DoubleToInt64Bits(1) } };
        var second = new Model { [Model.Series(0)] = new() { [60_000] = BitConverter.DoubleToInt64Bits(1), [120_000] = BitConverter.DoubleToInt64Bits(2) } };
        var tally = folder.Merger().Run([folder.Add(first), folder.Add(second)], Day, Removal.None(2), long.MaxValue, CancellationToken.None).Tally;
        Assert.Equal(1, tally.Conflicts);
        Assert.Equal(1, tally.Duplicates);
        Assert.Equal("metric0{instance=\"0\",kind=\"even\"} at 1970-01-01T00:02:00.000Z", tally.FirstConflict);
    }

    [Fact]
    public void Of_two_days_of_summaries_the_later_written_one_stands_for_the_whole_day()
    {
        using var folder = new BlockFolder();
        var first = folder.AddSummaries((9_000, 1), (29_000, 2), (Day - 1, 3), (Day, 4), (Day + 9_000, 5));
        var second = folder.AddSummaries((17_000, 20), (31_000, 40));
        var output = folder.Merger().Run([first, second], 8 * Day, Removal.None(2), long.MaxValue, CancellationToken.None);
        var merged = folder.Open(Assert.Single(output.Blocks));
        using var column = new SummaryColumn();
        merged.ReadSummaries(0, long.MinValue, long.MaxValue, column);
        Assert.Equal([17_000, 31_000, Day, Day + 9_000], column.Timestamps.ToArray());
        Assert.Equal([20.0, 40, 4, 5], column.Sum.ToArray());
        Assert.Equal(3, output.Tally.Duplicates);
        Assert.Equal(Ladder.Tier10s, merged.Info.TierMs);
    }

    [Fact]
    public void Payloads_are_merged_by_their_merger_and_large_ones_copied()
    {
        using var folder = new BlockFolder();
        var large = folder.AddPayload(ChunkKind.Histograms, [.. Enumerable.Range(0, 5000).Select(static i => (long)i)]);
        var small = folder.AddPayload(ChunkKind.Histograms, [6000, 6001]);
        var over = folder.AddPayload(ChunkKind.Histograms, [6001, 6002]);
        var output = folder.Merger(new TimesMerger()).Run([large, small, over], Day, new Removal(6000, 6000, [[0], [0], [0]]), long.MaxValue, CancellationToken.None);
        Assert.Equal(5000, output.Tally.Copied);
        Assert.Equal(1, output.Tally.Duplicates);
        Assert.Equal(1, output.Tally.Removed);
        Assert.Equal(5002, output.Blocks[0].Samples);
        Assert.Throws<NotSupportedException>(() => folder.Merger().Run([small, over], Day, Removal.None(2), long.MaxValue, CancellationToken.None));
    }

    [Fact]
    public void A_payload_that_cannot_be_decoded_ends_a_merge_and_its_block_is_named()
    {
        using var folder = new BlockFolder();
        var good = folder.Add(Line(0, 5));
        var bad = folder.AddPayload(ChunkKind.Exemplars, [1, 2]);
        var e = Assert.Throws<BlockDamagedException>(() => folder.Merger(new PayloadMerger()).Run([good, bad], Day, Removal.None(2), long.MaxValue, CancellationToken.None));
        Assert.Equal(bad.Info.Path, e.Fault.Path);
        Assert.Equal(2, folder.Files.Count);
    }

    [Fact]
    public void What_is_known_of_families_is_kept_the_later_word_first()
    {
        using var folder = new BlockFolder();
        var first = folder.Add(Line(0, 1), new MetricMetadata("a", MetricType.Counter, "old", ""), new MetricMetadata("b", MetricType.Gauge, "", ""));
        var second = folder.Add(Line(1, 1), new MetricMetadata("a", MetricType.Counter, "new", ""));
        var output = folder.Merger().Run([first, second], Day, Removal.None(2), long.MaxValue, CancellationToken.None);
        Assert.Equal(["new", ""], folder.Open(output.Blocks[0]).Metadata().OrderBy(static family => family.Family).Select(static family => family.Help));
    }

    [Fact]
    public void A_merge_that_is_stopped_or_too_large_or_fails_leaves_no_file()
    {
        var disk = new FailingDisk();
        using var folder = new BlockFolder(disk);
        var inputs = new[] { folder.Add(Line(0, 5000)), folder.Add(Line(5000, 5000)) };
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => folder.Merger().Run(inputs, Hour, Removal.None(2), long.MaxValue, stopped.Token));
        Assert.Throws<OverBudgetException>(() => folder.Merger().Run(inputs, Hour, Removal.None(2), 10, CancellationToken.None));
        Assert.Equal(2, folder.Files.Count);

        // Every operation of the merge in turn fails once.
        var failures = 0;
        for (var operation = 0; ; operation++)
        {
            disk.FailAt(operation);
            try
            {
                folder.Merger().Run(inputs, Hour, Removal.None(2), long.MaxValue, CancellationToken.None);
                break;
            }
            catch (IOException e) when (e.Message == FailingDisk.Message)
            {
                failures++;
                Assert.Equal(["0000000001.tkb", "0000000002.tkb"], folder.Files);
            }
        }

        Assert.True(failures > 5, $"only {failures} operations");
    }

    /// <summary>One series with a sample each second.</summary>
    private static Model Line(int from, int count) => new()
    {
        [Model.Series(0)] = new(Enumerable.Range(from, count).ToDictionary(static i => i * 1000L, static i => BitConverter.DoubleToInt64Bits(i % 97))),
    };

    /// <summary>Payloads that are lists of times; each time once.</summary>
    private sealed class TimesMerger : IPayloadMerger
    {
        public MergedPayloads Merge(ChunkKind kind, IReadOnlyList<byte[]> payloads, long fromMs, long toMs)
        {
            var times = payloads.SelectMany(BlockFolder.TimesOf).Where(time => time >= fromMs && time <= toMs).ToList();
            var merged = times.Distinct().Order().ToArray();
            return new(merged.Length == 0 ? [] : [new MergedPayload(merged[0], merged[^1], merged.Length, BlockFolder.BytesOf(merged))], times.Count, times.Count - merged.Length, 0);
        }
    }
}

/// <summary>Blocks in a folder of their own.</summary>
internal sealed class BlockFolder : IDisposable
{
    private readonly IStoreDisk _disk;
    private readonly string _directory = Directory.CreateTempSubdirectory("toka-merge-").FullName;
    private readonly List<Block> _open = [];
    private long _sequence;

    public BlockFolder(IStoreDisk? disk = null) => _disk = disk ?? new StoreDisk();

    public IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(_directory).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public BlockMerger Merger(IPayloadMerger? payloads = null) => new(_disk, _directory, () => ++_sequence, payloads ?? new MaintenanceHooks().Payloads);

    public Block Add(Model model) => Add(model, []);

    public Block Add(Model model, params MetricMetadata[] metadata) => Open(model.Write(_disk, _directory, ++_sequence, 0, metadata));

    public Block AddSummaries(params (long Time, double Sum)[] buckets)
    {
        using var column = new SummaryColumn();
        foreach (var (time, sum) in buckets)
        {
            column.Add(new Summary(time, 0, sum, sum, 2, sum, 0));
        }

        using var writer = new BlockWriter(_disk, _directory, ++_sequence, Ladder.Tier10s, []);
        writer.BeginSeries(Model.Series(0).Encoded);
        writer.AddSummaries(column);
        return Open(writer.Finish()!);
    }

    public Block AddPayload(ChunkKind kind, long[] times)
    {
        using var writer = new BlockWriter(_disk, _directory, ++_sequence, 0, []);
        writer.BeginSeries(Model.Series(0).Encoded);
        writer.AddPayload(kind, times[0], times[^1], times.Length, BytesOf(times));
        return Open(writer.Finish()!);
    }

    public Block Open(BlockInfo info)
    {
        _open.Add(Block.Open(_disk, info.Path));
        return _open[^1];
    }

    public void Dispose()
    {
        _open.ForEach(static block => block.Release());
        Directory.Delete(_directory, recursive: true);
    }

    public static byte[] BytesOf(long[] times)
    {
        var bytes = new byte[times.Length * sizeof(long)];
        for (var i = 0; i < times.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), times[i]);
        }

        return bytes;
    }

    public static IEnumerable<long> TimesOf(byte[] bytes) => Enumerable.Range(0, bytes.Length / sizeof(long)).Select(i => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * sizeof(long))));
}
