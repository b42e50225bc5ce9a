using System.Globalization;
using Toka.Core.Series;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Limits;

namespace Toka.TimeSeries.Writing;

/// <content>What is done with a batch before it is logged: refusals by time, series found or made, late samples looked up in the blocks.</content>
internal sealed partial class Committer
{
    /// <summary>No series: <see cref="_refusal"/> says why.</summary>
    private const int Refused = -1;

    private readonly SeriesGate _gate;
    private readonly FreedTimes _freed = new();
    private string? _refusal;

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

            if (_freed.Has(row.TimestampMs))
            {
                tally.Freed(batch, row);
                continue;
            }

            if (row.TimestampMs > future)
            {
                tally.TooFarInFuture(batch, row);
                continue;
            }

            var labels = batch.LabelsOf(row);
            var id = last >= 0 && lastStart == row.LabelsStart ? last : FindOrAdd(labels, row.Hash, batch.IsOwn);
            (last, lastStart) = (id, row.LabelsStart);
            if (id < 0)
            {
                tally.OverSeriesLimit(batch, row, _refusal!);
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
                Define(id, labels, epoch);
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
        PrepareSide(write, cutoff, FutureMs(), ref newest);
    }

    /// <summary>Defines a series in the segment, once.</summary>
    private void Define(int id, ReadOnlySpan<byte> labels, int epoch)
    {
        if (_definedIn[id] != epoch)
        {
            _definitions.Series(id, labels);
            _definedIn[id] = epoch;
            _lastLogged[id] = 0;
        }
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

    private bool MayAdd(ReadOnlySpan<byte> labels, bool isOwn)
    {
        if (_index.Count < _options.SeriesMax)
        {
            return _gate.TryAdmit(labels, _clock.NowMs, isOwn, out _refusal);
        }

        _refusal = $"the store has as many series in memory as it may ({_options.SeriesMax.ToString(CultureInfo.InvariantCulture)}, storage.series_max)";
        _gate.Refused(labels, _refusal, _clock.NowMs);
        return false;
    }

    private int FindOrAdd(ReadOnlySpan<byte> labels, ulong hash, bool isOwn = false)
    {
        var id = _index.Find(labels, hash);
        if (id >= 0)
        {
            return id;
        }

        if (labels.Length > LabelSetBytesMax)
        {
            _refusal = $"its labels take more than {LabelSetBytesMax} bytes";
            return Refused;
        }

        // What the log has was admitted once.
        if (!_options.ReadOnly && !_isRecovering && !MayAdd(labels, isOwn))
        {
            return Refused;
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
