using CsCheck;
using Toka.Core.Series;

namespace Toka.Core.Tests.Series;

public sealed class SummaryColumnTests
{
    private static readonly Gen<Summary> s_summary =
        Gen.Select(Gen.Long, Gen.Double, Gen.Double, Gen.Double, Gen.Long, Gen.Double, Gen.Double)
            .Select(static t => new Summary(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6, t.Item7));

    [Fact]
    public void Every_bucket_comes_back_however_the_column_grew() =>
        s_summary.Array[0, 200].Sample(static summaries =>
        {
            using var column = new SummaryColumn(1);
            foreach (var summary in summaries)
            {
                column.Add(summary);
            }

            Assert.Equal(summaries, Enumerable.Range(0, column.Count).Select(i => column[i]));
        });

    [Fact]
    public void Buckets_filled_in_by_a_decoder_stand_behind_those_that_were_there()
    {
        var summaries = Enumerable.Range(1, 40).Select(static i => new Summary(i, -i, i, 3 * i, i, i + 0.5, i / 4.0)).ToArray();
        using var from = new SummaryColumn();
        using var column = new SummaryColumn(4);
        foreach (var summary in summaries)
        {
            from.Add(summary);
        }

        column.Add(summaries[0]);
        var into = column.Extend(39);
        for (var i = 1; i < 40; i++)
        {
            into.Timestamps[i - 1] = from.Timestamps[i];
            into.Min[i - 1] = from.Min[i];
            into.Max[i - 1] = from.Max[i];
            into.Sum[i - 1] = from.Sum[i];
            into.Counts[i - 1] = from.Counts[i];
            into.Last[i - 1] = from.Last[i];
            into.Increase[i - 1] = from.Increase[i];
        }

        Assert.Equal(summaries, Enumerable.Range(0, column.Count).Select(i => column[i]));

        into.Slice(9, 30).CopyTo(into);
        column.Truncate(31);
        Assert.Equal(summaries[10], column[1]);
        Assert.Equal(summaries[39], column[30]);
        Assert.Throws<ArgumentOutOfRangeException>(() => column.Truncate(32));
    }

    [Fact]
    public void A_cleared_column_is_empty_and_is_used_again()
    {
        using var column = new SummaryColumn();
        column.Add(new Summary(1, 1, 1, 1, 1, 1, 1));
        column.Clear();
        Assert.Equal(0, column.Count);

        column.Add(new Summary(2, 1, 3, 4, 2, 3, 2));
        Assert.Equal([2L], column.Timestamps.ToArray());
    }
}
