using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Engines.Tests.TimeSeries.Columns;
using Toka.TimeSeries.Head;

namespace Toka.Engines.Tests.TimeSeries.Head;

public sealed class SideColumnsTests : IDisposable
{
    private const long Hour = 3_600_000;

    private readonly SideColumns _side = new(SideColumns.DefaultBytesMax);
    private readonly SideCapture _capture = new();

    [Fact]
    public void Histograms_in_any_order_read_as_a_dictionary_reads_them() =>
        Gen.Select(Gen.Select(Gen.Int[0, 600], Samples.Histogram).Array[1, 300], Gen.Long[0, 600], Gen.Long[0, 600]).Sample((samples, from, length) =>
        {
            var side = new SideColumns(SideColumns.DefaultBytesMax);
            using var capture = new SideCapture();
            var model = new SortedDictionary<long, NativeHistogram>();
            foreach (var (time, histogram) in samples)
            {
                var expected = model.TryGetValue(time, out var known) ? known.Equals(histogram) ? SideOutcome.Duplicate : SideOutcome.Conflict : SideOutcome.Accepted;
                Assert.Equal(expected, side.AddHistogram(7, time, histogram));
                model.TryAdd(time, histogram);
            }

            Assert.Equal((model.Keys.First(), model.Keys.Last()), (side.OldestOf(7), side.NewestOf(7)));
            Assert.Equal(model.Where(m => m.Key >= from && m.Key <= from + length).Select(m => (m.Key, m.Value)), Read(side, capture, 7, from, from + length));
        }, iter: 200);

    [Fact]
    public void A_descending_backfill_becomes_payloads_and_is_found_again()
    {
        var run = Samples.Counting(500);
        foreach (var (time, histogram) in Enumerable.Reverse(run))
        {
            Assert.Equal(SideOutcome.Accepted, _side.AddHistogram(1, time, histogram));
        }

        foreach (var (time, histogram) in run)
        {
            Assert.Equal(SideOutcome.Duplicate, _side.AddHistogram(1, time, histogram));
        }

        Assert.Equal(run, Read(_side, _capture, 1, long.MinValue, long.MaxValue));
        Assert.True(_side.Bytes < 500 * 200, $"{_side.Bytes} bytes for 500 histograms of some 40 buckets.");
    }

    [Fact]
    public void What_is_sealed_is_dropped_and_its_memory_given_back()
    {
        var run = Samples.Counting(500);
        foreach (var (time, histogram) in run)
        {
            _side.AddHistogram(1, time, histogram);
            _side.AddExemplar(1, time, 1, LabelSet.Of(("trace_id", $"{time:x}")).Encoded);
        }

        _side.AddCreated(1, run[0].Time, 5);
        var middle = run[250].Time;
        _side.DropBefore(middle);
        Assert.Equal(run.Skip(250), Read(_side, _capture, 1, middle, long.MaxValue));
        Assert.All(_capture.Exemplars.Timestamps.ToArray(), t => Assert.True(t >= middle));
        Assert.Equal([(middle, 5)], Samples.ListOf(_capture.Created));
        _side.DropBefore(long.MaxValue);
        Assert.Empty(Read(_side, _capture, 1, long.MinValue, long.MaxValue));
        Assert.Equal(HeadSeries.Never, _side.NewestOf(1));
        Assert.Equal(1, _capture.Created.Count);
        _side.Remove(1);
        Assert.Equal((0, true), (_side.Bytes, _side.IsEmpty));
    }

    [Fact]
    public void Exemplars_are_spread_over_an_hour_and_no_more_than_its_share_is_kept()
    {
        var kept = new List<long>();
        for (var time = 10 * Hour; time < 12 * Hour; time += 1000)
        {
            var labels = LabelSet.Of(("trace_id", $"{time:x}")).Encoded;
            var expected = _side.Judge(1, time, 0.5, labels);
            Assert.Equal(expected, _side.AddExemplar(1, time, 0.5, labels));
            if (expected == SideOutcome.Accepted)
            {
                kept.Add(time);
            }
        }

        Assert.All([10, 11], hour => Assert.InRange(kept.Count(t => t / Hour == hour), SideColumns.ExemplarsPerHourMax - 1, SideColumns.ExemplarsPerHourMax));
        Assert.All(Enumerable.Range(0, 120), minute => Assert.Contains(kept, t => t / 60_000 == (600 + minute)));
        _side.Capture(1, 0, long.MaxValue, _capture);
        Assert.Equal(kept, _capture.Exemplars.Timestamps.ToArray());
    }

    [Fact]
    public void An_exemplar_again_is_a_duplicate_and_with_another_value_a_conflict()
    {
        var labels = LabelSet.Of(("trace_id", "ab")).Encoded.ToArray();
        Assert.Equal(SideOutcome.Accepted, _side.AddExemplar(1, 5, 1, labels));
        Assert.Equal(SideOutcome.Duplicate, _side.AddExemplar(1, 5, 1, labels));
        Assert.Equal(SideOutcome.Conflict, _side.AddExemplar(1, 5, 2, labels));
        Assert.Equal(SideOutcome.Accepted, _side.AddExemplar(1, 5, 2, LabelSet.Of(("trace_id", "cd")).Encoded));
        Assert.Equal(SideOutcome.OverLimit, _side.AddExemplar(1, 6, 2, new byte[SideColumns.ExemplarLabelBytesMax + 1]));
    }

    [Fact]
    public void A_counters_begin_is_news_only_when_it_changes()
    {
        Assert.Equal(SideOutcome.Accepted, _side.JudgeCreated(1, 100, 50));
        Assert.Equal(SideOutcome.Accepted, _side.AddCreated(1, 100, 50));
        Assert.Equal(SideOutcome.Duplicate, _side.JudgeCreated(1, 200, 50));
        Assert.Equal(SideOutcome.Duplicate, _side.AddCreated(1, 200, 50));
        Assert.Equal(SideOutcome.Conflict, _side.AddCreated(1, 100, 60));
        Assert.Equal(SideOutcome.Accepted, _side.AddCreated(1, 300, 250));
        Assert.Equal(SideOutcome.Accepted, _side.AddCreated(1, 20, 10));
        _side.Capture(1, 150, 1000, _capture);
        Assert.Equal([(150, 50), (300, 250)], Samples.ListOf(_capture.Created));
        _side.Capture(1, 0, 99, _capture);
        Assert.Equal([(20, 10)], Samples.ListOf(_capture.Created));
    }

    [Fact]
    public void Beyond_its_memory_nothing_more_is_taken()
    {
        var side = new SideColumns(1);
        Assert.Equal(SideOutcome.Accepted, side.AddHistogram(1, 1, NativeHistogram.Stale));
        Assert.Equal(SideOutcome.OverLimit, side.AddHistogram(1, 2, NativeHistogram.Stale));
        Assert.Equal(SideOutcome.OverLimit, side.AddExemplar(1, 2, 1, []));
        Assert.Equal(SideOutcome.OverLimit, side.AddCreated(2, 2, 1));
    }

    public void Dispose() => _capture.Dispose();

    private static List<(long, NativeHistogram)> Read(SideColumns side, SideCapture capture, int id, long from, long to)
    {
        side.Capture(id, from, to, capture);
        using var column = new HistogramColumn();
        capture.ReadHistograms(column);
        return Samples.ListOf(column);
    }
}
