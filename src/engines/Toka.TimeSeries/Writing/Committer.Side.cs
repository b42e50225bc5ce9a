using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Wal;

namespace Toka.TimeSeries.Writing;

/// <content>
/// Native histograms, exemplars and counters' begins. A histogram is a sample and answered as one. Exemplars and begins belong
/// to samples: what of them is not kept is counted, and refuses nothing.
/// </content>
internal sealed partial class Committer
{
    /// <inheritdoc/>
    void IWalSink.Histogram(int series, long time, NativeHistogram histogram)
    {
        if (time < _sealedBeforeMs)
        {
            _sealedSamples++;
            return;
        }

        _ = _head.AppendHistogram(series, time, histogram);
    }

    /// <inheritdoc/>
    void IWalSink.Exemplar(int series, long time, double value, ReadOnlySpan<byte> labels)
    {
        if (time >= _sealedBeforeMs)
        {
            _ = _head.AppendExemplar(series, time, value, labels);
        }
    }

    /// <inheritdoc/>
    void IWalSink.Created(int series, long time, long created)
    {
        if (time >= _sealedBeforeMs)
        {
            _ = _head.AppendCreated(series, time, created);
        }
    }

    private void PrepareSide(PendingWrite write, long cutoff, long future, ref long newest)
    {
        var batch = write.Batch;
        var count = batch.Histograms.Count + batch.Exemplars.Count + batch.Created.Count;
        if (count == 0)
        {
            return;
        }

        if (write.SideIds.Length < count)
        {
            write.SideIds = new int[count];
        }

        var epoch = _wal?.Epoch ?? 0;
        var tally = new WriteTally(write.Result);
        var at = 0;
        foreach (var row in batch.Histograms)
        {
            var id = write.SideIds[at++] = PrepareHistogram(batch, row, cutoff, future, ref tally);
            if (id >= 0 && _wal is not null)
            {
                Define(id, batch.LabelsOf(row.Series), epoch);
                _samples.Histogram(id, row.TimestampMs, row.Histogram);
                newest = Math.Max(newest, row.TimestampMs);
            }
        }

        foreach (var row in batch.Exemplars)
        {
            var id = Find(batch, row.Series, row.TimestampMs, cutoff, future, _counters.Exemplars);
            if (id >= 0)
            {
                var outcome = _head.Side.Judge(id, row.TimestampMs, row.Value, batch.LabelsOf(row.Labels));
                if (outcome != SideOutcome.Accepted)
                {
                    _counters.Exemplars.Count(outcome);
                    tally.Exemplars += outcome == SideOutcome.Duplicate ? 1 : 0;
                    id = -1;
                }
            }

            write.SideIds[at++] = id;
            if (id >= 0 && _wal is not null)
            {
                Define(id, batch.LabelsOf(row.Series), epoch);
                _samples.Exemplar(id, row.TimestampMs, row.Value, batch.LabelsOf(row.Labels));
                newest = Math.Max(newest, row.TimestampMs);
            }
        }

        write.Result = tally.Result;
        PrepareCreated(write, cutoff, future, at, ref newest);
    }

    private void PrepareCreated(PendingWrite write, long cutoff, long future, int at, ref long newest)
    {
        var batch = write.Batch;
        foreach (var row in batch.Created)
        {
            var id = Find(batch, row.Series, row.TimestampMs, cutoff, future, _counters.Created);
            if (id >= 0)
            {
                var outcome = _head.Side.JudgeCreated(id, row.TimestampMs, row.CreatedMs);
                if (outcome != SideOutcome.Accepted)
                {
                    _counters.Created.Count(outcome);
                    id = -1;
                }
            }

            write.SideIds[at++] = id;
            if (id >= 0 && _wal is not null)
            {
                Define(id, batch.LabelsOf(row.Series), _wal.Epoch);
                _samples.Created(id, row.TimestampMs, row.CreatedMs);
                newest = Math.Max(newest, row.TimestampMs);
            }
        }
    }

    private int PrepareHistogram(WriteBatch batch, in HistogramRow row, long cutoff, long future, ref WriteTally tally)
    {
        var named = NamedBy(row);
        if (row.TimestampMs <= cutoff)
        {
            tally.TooOld(batch, named);
            return -1;
        }

        if (_freed.Has(row.TimestampMs))
        {
            tally.Freed(batch, named);
            return -1;
        }

        if (row.TimestampMs > future)
        {
            tally.TooFarInFuture(batch, named);
            return -1;
        }

        var fault = HistogramRule.Check(row.Histogram.View);
        if (fault != HistogramFault.None)
        {
            tally.Unstorable(batch, named, HistogramRule.Sentence(fault));
            return -1;
        }

        var id = FindOrAdd(batch.LabelsOf(row.Series), row.Series.Hash, batch.IsOwn);
        if (id < 0)
        {
            tally.OverSeriesLimit(batch, named, _refusal!);
        }

        return Math.Max(id, -1);
    }

    /// <summary>The series of something that belongs to a sample; −1, counted, where it is not kept.</summary>
    private int Find(WriteBatch batch, in RowLabels series, long time, long cutoff, long future, SideCounters counters)
    {
        if (time <= cutoff || _freed.Has(time))
        {
            counters.Count(SideOutcome.TooOld);
            return -1;
        }

        if (time > future)
        {
            counters.TooFarInFuture.Add();
            return -1;
        }

        var id = _index.Find(batch.LabelsOf(series), series.Hash);
        if (id < 0)
        {
            counters.UnknownSeries.Add();
        }

        return id;
    }

    private void ApplySide(PendingWrite write, ref WriteTally tally)
    {
        var batch = write.Batch;
        var at = 0;
        foreach (var row in batch.Histograms)
        {
            var id = write.SideIds[at++];
            if (id >= 0)
            {
                Tally(_head.AppendHistogram(id, row.TimestampMs, row.Histogram), batch, row, ref tally);
            }
        }

        foreach (var row in batch.Exemplars)
        {
            var id = write.SideIds[at++];
            if (id >= 0)
            {
                var outcome = _head.AppendExemplar(id, row.TimestampMs, row.Value, batch.LabelsOf(row.Labels));
                _counters.Exemplars.Count(outcome);
                tally.Exemplars += outcome is SideOutcome.Accepted or SideOutcome.Duplicate ? 1 : 0;
            }
        }

        foreach (var row in batch.Created)
        {
            var id = write.SideIds[at++];
            if (id >= 0)
            {
                _counters.Created.Count(_head.AppendCreated(id, row.TimestampMs, row.CreatedMs));
            }
        }
    }

    private static void Tally(SideOutcome outcome, WriteBatch batch, in HistogramRow row, ref WriteTally tally)
    {
        switch (outcome)
        {
            case SideOutcome.Accepted:
                tally.Accepted++;
                tally.Histograms++;
                break;
            case SideOutcome.Duplicate:
                tally.Duplicates++;
                tally.Histograms++;
                break;
            case SideOutcome.Conflict:
                tally.Conflicting(batch, NamedBy(row));
                break;
            case SideOutcome.TooOld:
                tally.TooOld(batch, NamedBy(row));
                break;
            default:
                tally.OverMemory(batch, NamedBy(row), $"histograms in memory take {SideColumns.DefaultBytesMax >> 20} MiB already, and sealing does not keep up");
                break;
        }
    }

    /// <summary>A row as a refusal names it.</summary>
    private static WriteRow NamedBy(in HistogramRow row) => new(row.Series.Start, row.Series.Length, row.Series.Hash, row.TimestampMs, double.NaN);
}
