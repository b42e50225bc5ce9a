using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Columns;

namespace Toka.Engines.Tests.TimeSeries.Columns;

public sealed class PayloadMergeTests
{
    [Fact]
    public void A_merge_gives_what_a_dictionary_gives_where_the_first_one_stays() =>
        Gen.Select(Samples.Run.Array[1, 4], Gen.Long[-500_000, 500_000], Gen.Long[0, 1_000_000]).Sample(static (runs, from, length) =>
        {
            var model = new SortedDictionary<long, NativeHistogram>();
            long conflicts = 0, duplicates = 0;
            using var merge = new PayloadMerge();
            merge.Begin(PayloadKind.Histograms, from, from + length);
            foreach (var run in runs)
            {
                using var column = Samples.Column(run);
                merge.Add(PayloadTests.Encode(column));
                foreach (var (time, histogram) in run.Where(r => r.Time >= from && r.Time <= from + length))
                {
                    if (!model.TryAdd(time, histogram))
                    {
                        (conflicts, duplicates) = model[time].Equals(histogram) ? (conflicts, duplicates + 1) : (conflicts + 1, duplicates);
                    }
                }
            }

            Assert.Equal((conflicts, duplicates), (merge.Conflicts, merge.Duplicates));
            Assert.Equal(model.Select(m => (m.Key, m.Value)), Samples.ListOf(Finish(merge)));
        });

    [Fact]
    public void The_same_histogram_twice_is_a_duplicate_and_another_one_a_conflict()
    {
        var layout = new HistogramLayout(0, 0, [new HistogramSpan(0, 1)], [], []);
        var one = Samples.Make(layout, HistogramResetHint.Unknown, 0, 1, [1]);
        var other = Samples.Make(layout, HistogramResetHint.Unknown, 0, 1, [2]);
        using var merge = new PayloadMerge();
        merge.Begin(PayloadKind.Histograms, long.MinValue, long.MaxValue);
        foreach (var histogram in (NativeHistogram[])[one, one, other])
        {
            using var column = Samples.Column([(5, histogram)]);
            merge.Add(PayloadTests.Encode(column));
        }

        Assert.Equal((1, 1), (merge.Duplicates, merge.Conflicts));
        Assert.Equal([(5, one)], Samples.ListOf(Finish(merge)));
    }

    [Fact]
    public void Exemplars_of_one_time_and_other_labels_all_stay()
    {
        var a = LabelSet.Of(("trace_id", "aa"));
        var b = LabelSet.Of(("trace_id", "bb"));
        using var first = Samples.Column([new Exemplar(a, 1, 1), new Exemplar(b, 2, 1)]);
        using var second = Samples.Column([new Exemplar(b, 1, 1), new Exemplar(b, 2, 9)]);
        using var merge = new PayloadMerge();
        merge.Begin(PayloadKind.Exemplars, 0, 10);
        Add(merge, first);
        Add(merge, first);
        Add(merge, second);
        var sink = new KeptPayloads();
        merge.Finish(sink);
        using var back = new ExemplarColumn();
        ExemplarPayload.Decode(Assert.Single(sink.All).Bytes, 0, 10, back);
        Assert.Equal([(1, 1.0, a), (1, 1.0, b), (2, 1.0, b)], Samples.ListOf(back).Select(e => (e.Time, BitConverter.UInt64BitsToDouble(e.Bits), e.Labels)));
        Assert.Equal((2, 1), (merge.Duplicates, merge.Conflicts));
    }

    [Fact]
    public void Steps_that_change_nothing_are_left_out()
    {
        using var merge = new PayloadMerge();
        merge.Begin(PayloadKind.Created, 150, 1000);
        Add(merge, (100, 50), (300, 290));
        Add(merge, (200, 50), (400, 290), (500, 490));
        var sink = new KeptPayloads();
        merge.Finish(sink);
        using var back = new CreatedColumn();
        CreatedPayload.Decode(Assert.Single(sink.All).Bytes, 0, 1000, back);
        Assert.Equal([(150, 50), (300, 290), (500, 490)], Samples.ListOf(back));
        Assert.Equal(0, merge.Conflicts);
    }

    [Fact]
    public void Nothing_in_the_range_gives_no_payload()
    {
        using var merge = new PayloadMerge();
        merge.Begin(PayloadKind.Histograms, 100, 200);
        using var column = Samples.Column([(5, NativeHistogram.Stale)]);
        merge.Add(PayloadTests.Encode(column));
        var sink = new KeptPayloads();
        merge.Finish(sink);
        Assert.Empty(sink.All);
    }

    private static HistogramColumn Finish(PayloadMerge merge)
    {
        var sink = new KeptPayloads();
        merge.Finish(sink);
        var column = new HistogramColumn();
        foreach (var payload in sink.All)
        {
            HistogramPayload.Decode(payload.Bytes, long.MinValue, long.MaxValue, column);
        }

        return column;
    }

    private static void Add(PayloadMerge merge, ExemplarColumn column)
    {
        ExemplarPayload.Encode(column, 0, out var payload);
        merge.Add(payload);
    }

    private static void Add(PayloadMerge merge, params (long Time, long Created)[] steps)
    {
        using var column = new CreatedColumn();
        foreach (var (time, created) in steps)
        {
            column.Add(time, created);
        }

        CreatedPayload.Encode(column, 0, out var payload);
        merge.Add(payload);
    }
}
