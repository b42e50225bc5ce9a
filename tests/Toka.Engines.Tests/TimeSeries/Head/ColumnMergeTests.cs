using CsCheck;
using Toka.Core.Series;
using Toka.TimeSeries.Head;

namespace Toka.Engines.Tests.TimeSeries.Head;

public sealed class ColumnMergeTests
{
    [Fact]
    public void Two_runs_become_one_with_each_time_once_and_the_first_ones_value() =>
        Gen.Select(Gen.Int[0, 50].Array[0, 30], Gen.Int[0, 50].Array[0, 30]).Sample(static (a, b) =>
        {
            var (first, second) = (a.Distinct().Order().ToArray(), b.Distinct().Order().ToArray());
            using var column = new FloatColumn(1);
            column.Add(99, 99);
            Array.ForEach(first, time => column.Add(time, 1));
            Array.ForEach(second, time => column.Add(time, 2));

            ColumnMerge.Tail(column, 1, 1 + first.Length);

            var expected = first.Select(static t => (Time: (long)t, Value: 1.0)).Concat(second.Except(first).Select(static t => (Time: (long)t, Value: 2.0))).OrderBy(static s => s.Time);
            Assert.Equal([(99L, 99.0), .. expected], Enumerable.Range(0, column.Count).Select(i => (column.Timestamps[i], column.Values[i])));
        });
}
