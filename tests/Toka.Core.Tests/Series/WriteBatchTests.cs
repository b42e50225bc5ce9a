using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Tests.Labels;

namespace Toka.Core.Tests.Series;

public sealed class WriteBatchTests
{
    [Fact]
    public void Gives_back_every_row_whether_it_came_as_a_set_or_as_a_builder() =>
        Gen.Select(LabelGen.Set, Gen.Long, Gen.Double).Array[0, 200].Sample(rows =>
        {
            using var batch = new WriteBatch();
            foreach (var (labels, time, value) in rows)
            {
                if (time % 2 == 0)
                {
                    batch.Add(labels, time, value);
                }
                else
                {
                    batch.Add(labels.ToBuilder(), time, value);
                }
            }

            Assert.Equal(rows.Length, batch.Count);
            for (var i = 0; i < rows.Length; i++)
            {
                var row = batch.Rows[i];
                Assert.Equal(rows[i].Item1, LabelSet.FromEncoded(batch.LabelsOf(row)));
                Assert.Equal(rows[i].Item1.Hash, row.Hash);
                Assert.Equal(rows[i].Item2, row.TimestampMs);
                Assert.Equal(BitConverter.DoubleToInt64Bits(rows[i].Item3), BitConverter.DoubleToInt64Bits(row.Value));
            }
        });

    [Fact]
    public void One_more_sample_of_the_same_series_shares_its_labels()
    {
        using var batch = new WriteBatch();
        var labels = LabelSet.Of(("__name__", "up"));
        batch.Add(labels, 1, 1);
        batch.AddSameSeries(2, StaleMarker.Value);
        Assert.Equal(batch.Rows[0].LabelsStart, batch.Rows[1].LabelsStart);
        Assert.Equal(labels, LabelSet.FromEncoded(batch.LabelsOf(batch.Rows[1])));
        Assert.True(StaleMarker.Is(batch.Rows[1].Value));
    }

    [Fact]
    public void The_same_series_of_an_empty_batch_is_a_fault_that_is_named()
    {
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of(("a", "1")), 1, 1);
        batch.Clear();
        Assert.Throws<InvalidOperationException>(() => batch.AddSameSeries(1, 1));
    }

    [Fact]
    public void A_cleared_batch_is_used_again_and_a_disposed_one_disposes_again()
    {
        var batch = new WriteBatch();
        batch.Add(LabelSet.Of(("a", "1")), 1, 1);
        batch.AddMetadata(new MetricMetadata("a", MetricType.Gauge, "", ""));
        batch.Clear();
        Assert.Equal(0, batch.Count);
        Assert.Empty(batch.Metadata);
        batch.Add(LabelSet.Of(("b", "2")), 2, 2);
        Assert.Equal("2", LabelSet.FromEncoded(batch.LabelsOf(batch.Rows[0]))["b"]);
        batch.Dispose();
        batch.Dispose();
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void Gives_back_histograms_exemplars_and_begins_and_forgets_them()
    {
        using var batch = new WriteBatch();
        Assert.True(batch.IsEmpty);
        Assert.Throws<InvalidOperationException>(() => batch.AddCreatedOfLastRow(1));
        Assert.Throws<InvalidOperationException>(() => batch.AddCreatedOfLastHistogram(1));
        var a = LabelSet.Of(("__name__", "a"));
        var b = LabelSet.Of(("__name__", "b"), ("c", "d"));
        var trace = LabelSet.Of(("trace_id", "1234"));
        batch.AddHistogram(a, 1, NativeHistogram.Stale);
        batch.AddHistogram(b.ToBuilder(), 2, NativeHistogram.Stale);
        batch.AddCreatedOfLastHistogram(0);
        batch.AddExemplar(a, new Exemplar(trace, 3, 0.5));
        batch.AddExemplar(b.ToBuilder(), trace.ToBuilder(), 4, 1.5);
        batch.Add(a, 5, 1);
        batch.AddCreatedOfLastRow(4);
        batch.AddCreated(b, 6, 5);
        Assert.Equal([(a, 1), (b, 2)], batch.Histograms.Select(h => (LabelSet.FromEncoded(batch.LabelsOf(h.Series)), h.TimestampMs)));
        Assert.Equal(
            [(a, trace, 3, 0.5), (b, trace, 4, 1.5)],
            batch.Exemplars.Select(e => (LabelSet.FromEncoded(batch.LabelsOf(e.Series)), LabelSet.FromEncoded(batch.LabelsOf(e.Labels)), e.TimestampMs, e.Value)));
        Assert.Equal(
            [(b, 2, 0), (a, 5, 4), (b, 6, 5)],
            batch.Created.Select(c => (LabelSet.FromEncoded(batch.LabelsOf(c.Series)), c.TimestampMs, c.CreatedMs)));
        Assert.All(batch.Histograms, h => Assert.Equal(LabelSet.HashOf(batch.LabelsOf(h.Series)), h.Series.Hash));
        batch.Clear();
        Assert.True(batch.IsEmpty);
    }
}
