using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Compaction;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class FloatMergeTests
{
    private static readonly Gen<SortedDictionary<long, double>> Samples =
        Gen.Select(Gen.Long[-50, 50], Gen.Int[0, 3].Select(static i => new[] { 0.0, -0.0, StaleMarker.Value, double.NaN }[i])).Array[0, 60]
            .Select(static all => new SortedDictionary<long, double>(all.DistinctBy(static x => x.Item1).ToDictionary(static x => x.Item1, static x => x.Item2)));

    [Fact]
    public void Every_time_is_there_once_with_the_value_written_first_and_the_rest_is_counted() =>
        Gen.Select(Samples, Samples).Sample(static (first, second) =>
        {
            using var earlier = Column(first);
            using var later = Column(second);
            using var merged = new FloatColumn();
            var tally = new MergeTally();
            var conflict = FloatMerge.Merge(earlier, later, merged, tally);

            var expected = new SortedDictionary<long, double>(second);
            foreach (var (time, value) in first)
            {
                expected[time] = value;
            }

            Assert.Equal(expected.Keys, merged.Timestamps.ToArray());
            Assert.Equal(expected.Values.Select(BitConverter.DoubleToInt64Bits), merged.Values.ToArray().Select(BitConverter.DoubleToInt64Bits));
            var both = first.Keys.Intersect(second.Keys).ToList();
            var differing = both.Where(time => BitConverter.DoubleToInt64Bits(first[time]) != BitConverter.DoubleToInt64Bits(second[time])).ToList();
            Assert.Equal(differing.Count, tally.Conflicts);
            Assert.Equal(both.Count - differing.Count, tally.Duplicates);
            Assert.Equal(differing.Count == 0 ? null : differing.Min(), conflict);
        });

    [Fact]
    public void What_is_removed_is_what_lies_in_the_range_both_ends_included() =>
        Gen.Select(Samples, Gen.Long[-60, 60], Gen.Long[-60, 60]).Sample(static (samples, from, to) =>
        {
            using var column = Column(samples);
            using var left = new FloatColumn();
            var removed = FloatMerge.AppendWithout(column, from, to, left);
            var expected = samples.Keys.Where(time => time < from || time > to).ToList();
            Assert.Equal(expected, left.Timestamps.ToArray());
            Assert.Equal(samples.Count - expected.Count, removed);
        });

    [Fact]
    public void A_range_without_end_removes_everything_behind_its_beginning()
    {
        using var column = new FloatColumn();
        column.Add(1, 1);
        column.Add(long.MaxValue, 2);
        using var left = new FloatColumn();
        Assert.Equal(1, FloatMerge.AppendWithout(column, 2, long.MaxValue, left));
        Assert.Equal([1L], left.Timestamps.ToArray());
    }

    private static FloatColumn Column(SortedDictionary<long, double> samples)
    {
        var column = new FloatColumn();
        foreach (var (time, value) in samples)
        {
            column.Add(time, value);
        }

        return column;
    }
}
