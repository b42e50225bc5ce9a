using Toka.Core.Series;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Limits;

namespace Toka.TimeSeries;

/// <content>What is done with a batch before it is logged: refusals by time, series found or made, late samples looked up in the blocks.</content>
internal sealed partial class Committer
{
    private const int OverLimit = -1;
    private const int TooLarge = -2;
    private const int NotAdmitted = -3;

    private readonly SeriesGate _gate;
    private string? _notAdmitted;

    private void Prepare(WriteBatch batch, PendingWrite write, long cutoff, long future, ref long newest)
    {
        if (write.Ids.Length < batch.Count)
        {
            write.Ids = new int[Math.Max(batch.Count, 64)];
        }

        var rows = batch.Rows;
        var tally = new WriteTally();
        var epoch = _wal?.Epoch ?? 0;
        var (last, lastStart) = (-1, -1);
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            write.Ids[i] = -1;
            if (row.TimestampMs <= cutoff)
            {
                tally.TooOld(batch, row);
                continue;
            }

            if (row.TimestampMs > future)
            {
                tally.TooFarInFuture(batch, row);
                continue;
            }

            var labels = batch.LabelsOf(row);
            var id = last >= 0 && lastStart == row.LabelsStart ? last : FindOrAdd(labels, row.Hash);
            (last, lastStart) = (id, row.LabelsStart);
            if (id < 0)
            {
                tally.OverSeriesLimit(batch, row, WhyNot(id));
                continue;
            }

            if (_probe is not null && _head.IsInBlocks(row.TimestampMs) && _probe.TryFind(id, _index.IncarnationOf(id), labels, row.TimestampMs, out var known))
            {
                TallyKnown(ref tally, batch, row, known);
                continue;
            }

            write.Ids[i] = id;
            if (_wal is not null)
            {
                if (_definedIn[id] != epoch)
                {
                    _definitions.Series(id, labels);
                    _definedIn[id] = epoch;
                    _lastLogged[id] = 0;
                }

                _samples.Sample(id, row.TimestampMs, BitConverter.DoubleToUInt64Bits(row.Value), ref _lastLogged[id]);
                newest = Math.Max(newest, row.TimestampMs);
            }
        }

        write.Result = tally.Result;
    }

    private void Prepare(PendingWrite write, ref long newest)
    {
        var cutoff = Math.Max(CutoffMs(), _head.FloorMs);
        PrepareMetadata(write.Batch);
        Prepare(write.Batch, write, cutoff, FutureMs(), ref newest);
    }

    private static void TallyKnown(ref WriteTally tally, WriteBatch batch, in WriteRow row, ulong known)
    {
        if (known == BitConverter.DoubleToUInt64Bits(row.Value))
        {
            tally.Duplicates++;
        }
        else
        {
            tally.Conflicting(batch, row);
        }
    }

    private string WhyNot(int id) => id switch
    {
        TooLarge => $"its labels take more than {LabelSetBytesMax} bytes",
        NotAdmitted => _notAdmitted!,
        _ => $"the store has as many series as it may ({_options.SeriesMax}, series_max)",
    };

    private void PrepareMetadata(WriteBatch batch)
    {
        if (_wal is not null && _metadataDefinedIn != _wal.Epoch)
        {
            _metadataDefinedIn = _wal.Epoch;
            foreach (var known in _metadata.List(null, 0))
            {
                _definitions.Metadata(known);
            }
        }

        if (_wal is null)
        {
            return;
        }

        foreach (var metadata in batch.Metadata)
        {
            if (_metadata.IsNews(metadata))
            {
                _definitions.Metadata(metadata);
            }
        }
    }

    private int FindOrAdd(ReadOnlySpan<byte> labels, ulong hash)
    {
        var id = _index.Find(labels, hash);
        if (id >= 0)
        {
            return id;
        }

        if (labels.Length > LabelSetBytesMax)
        {
            return TooLarge;
        }

        if (_index.Count >= _options.SeriesMax && !_options.ReadOnly && !_isRecovering)
        {
            return OverLimit;
        }

        if (!_options.ReadOnly && !_isRecovering && !_gate.TryAdmit(labels, _clock.NowMs, out _notAdmitted))
        {
            return NotAdmitted;
        }

        lock (_headLock)
        {
            id = _index.Add(labels, hash);
            _head.Add(id);
        }

        _definedIn.Ensure(id);
        _lastLogged.Ensure(id);
        _definedIn[id] = 0;
        return id;
    }
}
