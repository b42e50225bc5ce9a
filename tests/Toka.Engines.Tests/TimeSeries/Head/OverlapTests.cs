using CsCheck;
using Toka.Core.Series;
using Toka.TimeSeries.Head;

namespace Toka.Engines.Tests.TimeSeries.Head;

public sealed class OverlapTests
{
    [Fact]
    public void Samples_in_any_order_come_back_in_order_are_found_and_split() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2000].Array[0, 600], Gen.Int[-5, 2005], Gen.Int[-5, 2005]).Sample(static (order, numbers, from, to) =>
        {
            var times = numbers.Distinct().Select(static n => (long)n).ToArray();
            times = order switch { 0 => times, 1 => [.. times.Order()], 2 => [.. times.OrderDescending()], _ => [.. times.Order().Chunk(40).Reverse().SelectMany(static c => c)] };
            var overlap = new Overlap();
            foreach (var time in times)
            {
                Assert.False(overlap.TryGet(time, out _));
                overlap.Add(time, time * 0.5);
                Assert.True(overlap.TryGet(time, out var bits));
                Assert.Equal(time * 0.5, BitConverter.UInt64BitsToDouble(bits));
            }

            Assert.Equal(times.Length, overlap.Count);
            Check(overlap, times, from, to);
            if (times.Length > 0)
            {
                Assert.Equal((times.Min(), times.Max()), (overlap.OldestMs, overlap.NewestMs));
            }

            var taken = overlap.TakeBefore(from);
            Check(overlap, [.. times.Where(t => t >= from)], -10, 3000);
            Assert.Equal(times.Count(t => t < from), taken?.Count ?? 0);
            if (taken is not null)
            {
                Check(taken, [.. times.Where(t => t < from)], -10, 3000);
                taken.AddAll(overlap);
                Check(taken, times, from, to);
            }
        });

    [Fact]
    public void A_descending_backfill_keeps_few_runs_and_little_more_than_its_samples()
    {
        var overlap = new Overlap();
        for (var i = 300_000; i > 0; i--)
        {
            overlap.Add(i, i);
        }

        Assert.Equal(300_000, overlap.Count);
        Assert.InRange(overlap.Bytes, 16 * 300_000, 3 * 16 * 300_000);
        Assert.True(overlap.TryGet(1, out _));
    }

    private static void Check(Overlap overlap, long[] times, long from, long to)
    {
        using var column = new FloatColumn();
        overlap.CopyTo(from, to, column);
        Assert.Equal(times.Where(t => t >= from && t <= to).Order(), column.Timestamps.ToArray());
        Assert.Equal(column.Timestamps.ToArray().Select(static t => t * 0.5), column.Values.ToArray());
    }
}
