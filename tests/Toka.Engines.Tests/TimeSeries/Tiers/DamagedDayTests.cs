using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries;
using Toka.TimeSeries.Blocks;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>A day that has summaries loses a block of raw samples to damage: what is answered, and what becomes of late samples.</summary>
public sealed class DamagedDayTests : IDisposable
{
    private const long Second = 1000;
    private const long Hour = 3600 * Second;

    private readonly Fixture _fixture = new();
    private readonly LabelSet _series = Fixture.Labels("m");
    private readonly long _dayMs = Fixture.Start.ToUnixTimeMilliseconds();

    /// <summary>The samples of the block that stays, one a second: so many, of random bits, that the other block is not merged with it.</summary>
    private readonly double[] _stays = [.. Enumerable.Range(0, 2000).Select(static i => new Random(i).NextDouble())];

    /// <summary>When the block that stays begins: within a bucket of 10 s, of which it has eight samples.</summary>
    private long StaysMs => _dayMs + (12 * Hour) + (3 * Second);

    /// <summary>The only sample of the block that is damaged.</summary>
    private long DamagedMs => _dayMs + Hour;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_late_sample_meets_the_sample_that_a_block_still_has_although_a_summary_answers_for_its_bucket()
    {
        await DamageAsync();
        await using var store = _fixture.OnDisk();
        Assert.Single(store.SetAsideBlocks);

        // Summaries stand in for the damaged block, and for the whole bucket in which the other one begins.
        List<(long, double)> expected = [(DamagedMs, 1), .. _stays.Select((value, i) => (StaysMs + (i * Second), value)).Skip(7)];
        Assert.Equal(expected, await AnswerAsync(store));

        // A sample that the bucket does not show is there all the same: the first value of a time stands.
        var write = await Fixture.Write(store, (_series, StaysMs, _stays[0]), (_series, StaysMs, 2));
        Assert.Equal((0, 1, 1), (write.Accepted, write.Duplicates, write.Conflicting));
        Assert.Contains("another value stands", write.FirstReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_late_sample_is_taken_and_answered_where_the_damaged_block_had_one_and_after_a_restart()
    {
        await DamageAsync();
        var late = (DamagedMs + Second, 10.0);
        await using (var store = _fixture.OnDisk())
        {
            // What the damaged block had at its time nobody knows: any value is taken.
            var write = await Fixture.Write(store, (_series, DamagedMs, 5), (_series, late.Item1, late.Item2));
            Assert.Equal((2, 0), (write.Accepted, write.Refused));
            Assert.Contains(late, await AnswerAsync(store));
            Assert.True(store.Seal());
            Assert.Contains(late, await AnswerAsync(store));
        }

        await using var again = _fixture.OnDisk();
        Assert.Contains(late, await AnswerAsync(again));
        var repeated = await Fixture.Write(again, (_series, late.Item1, late.Item2), (_series, late.Item1, 0));
        Assert.Equal((0, 1, 1), (repeated.Accepted, repeated.Duplicates, repeated.Conflicting));
    }

    /// <summary>Two blocks of raw samples and the summaries of their day; the footer of the older block is damaged.</summary>
    private async Task DamageAsync()
    {
        IReadOnlyList<BlockInfo> blocks = [];
        await using (var store = _fixture.OnDisk())
        {
            _fixture.Time.Advance(TimeSpan.FromHours(23));
            var write = await Fixture.Write(store, [.. _stays.Select((value, i) => (_series, StaysMs + (i * Second), value))]);
            Assert.Equal(_stays.Length, write.Accepted);
            Assert.True(store.Seal());

            // A late sample in a block of its own, which waits for more of them before it is merged.
            Assert.Equal(1, (await Fixture.Write(store, (_series, DamagedMs, 1))).Accepted);
            _fixture.Time.Advance(TimeSpan.FromHours(8));
            store.Maintain();
            store.ChangeBlocks(catalog => blocks = catalog.Infos);
        }

        Assert.Equal(2, blocks.Count(static block => block.TierMs == 0));
        Assert.Contains(blocks, static block => block.TierMs == 10 * Second);
        var damaged = blocks.Single(block => block.TierMs == 0 && block.MinMs == DamagedMs).Path;
        await using var bytes = File.Open(damaged, FileMode.Open);
        bytes.SetLength(bytes.Length - 3);
    }

    private async Task<List<(long Time, double Value)>> AnswerAsync(MetricStore store)
    {
        using var set = await store.SelectAsync(new SelectRequest { FromMs = _dayMs, ToMs = _fixture.NowMs }, CancellationToken.None);
        using var column = new FloatColumn();
        set.ReadFloats(0, column);
        Assert.Contains(set.Warnings, static warning => warning.Contains("a damaged block cannot be used", StringComparison.Ordinal));
        Assert.Contains(set.Warnings, static warning => warning.Contains("answered from 10s summaries", StringComparison.Ordinal));
        return [.. column.Timestamps.ToArray().Zip(column.Values.ToArray())];
    }
}
