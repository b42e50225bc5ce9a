using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Head;

/// <content>Late samples: those not newer than their series' last one, and those of a time that blocks have.</content>
internal sealed partial class SampleHead
{
    private readonly FloatColumn _probe = new();
    private readonly List<SealedChunk> _walk = [];
    private Dictionary<int, Overlap> _overlaps = [];
    private Dictionary<int, Overlap> _frozen = [];
    private (byte[]? Data, int Id, long FirstMs, long LastMs) _found;
    private readonly HashSet<long> _lateDays = [];

    /// <summary>Days of late samples that a seal is writing, or that one which failed was to write.</summary>
    private readonly HashSet<long> _frozenDays = [];
    private long _lateBytes;
    private long _lateDay = long.MinValue;

    /// <summary>The days with floats that no block has yet, also those that a seal is writing.</summary>
    public UnsealedDays Unsealed => new(OldestMs, _lateDays.Count + _frozenDays.Count == 0 ? [] : [.. _lateDays, .. _frozenDays]);

    /// <summary>Whether any series may have samples of a range of time.</summary>
    public bool MayHaveAny(long from, long to) =>
        (OldestMs <= to && NewestMs >= from)
        || _overlaps.Values.Concat(_frozen.Values).Any(overlap => overlap.NewestMs >= from && overlap.OldestMs <= to);

    /// <summary>Whether there are late samples that no seal has taken up.</summary>
    public bool HasLate => _overlaps.Count > 0 || _frozen.Count > 0 || _hasLateSide;

    /// <summary>Whether a time lies where blocks may have samples, so that they must be asked first.</summary>
    public bool IsInBlocks(long time) => time < BoundaryMs || time >= CeilingMs;

    private bool MayHaveLate(int id, long from, long to) =>
        (_overlaps.Count > 0 && _overlaps.TryGetValue(id, out var overlap) && overlap.NewestMs >= from && overlap.OldestMs <= to)
        || (_frozen.Count > 0 && _frozen.TryGetValue(id, out overlap) && overlap.NewestMs >= from && overlap.OldestMs <= to);

    private void CaptureLate(int id, long from, long to, SeriesCapture into)
    {
        if (_frozen.TryGetValue(id, out var frozen))
        {
            into.TakeLate(frozen, from, to);
        }

        if (_overlaps.TryGetValue(id, out var overlap))
        {
            into.TakeLate(overlap, from, to);
        }
    }

    private AppendOutcome AppendLate(ref HeadSeries series, int id, long time, ulong bits)
    {
        if (time == series.LastTime)
        {
            return bits == series.LastBits ? AppendOutcome.Duplicate : AppendOutcome.Conflict;
        }

        if (TryFind(in series, id, time, out var known))
        {
            return bits == known ? AppendOutcome.Duplicate : AppendOutcome.Conflict;
        }

        if (!TryMakeRoom() || time <= FloorMs)
        {
            return AppendOutcome.TooOld;
        }

        if (!_overlaps.TryGetValue(id, out var overlap))
        {
            _overlaps.Add(id, overlap = new Overlap());
            _lateBytes += overlap.Bytes;
        }

        _lateBytes -= overlap.Bytes;
        overlap.Add(time, BitConverter.UInt64BitsToDouble(bits));
        _lateBytes += overlap.Bytes;
        if (_lateDay != (_lateDay = TierLayout.DayStart(time)))
        {
            _lateDays.Add(_lateDay);
        }

        return AppendOutcome.Accepted;
    }

    /// <summary>What comes from now on is not in the blocks that are about to be written: its days are noted anew.</summary>
    private void FreezeLateDays(long boundary)
    {
        _frozenDays.UnionWith(_lateDays);
        _lateDays.RemoveWhere(day => LastOf(day) < boundary);
        _lateDay = long.MinValue;
    }

    private void ForgetLateDays(long boundary) => _frozenDays.RemoveWhere(day => LastOf(day) < boundary);

    private static long LastOf(long day) => day + TierLayout.DayMs - 1;

    private bool TryFind(in HeadSeries series, int id, long time, out ulong bits)
    {
        if ((_overlaps.TryGetValue(id, out var overlap) && overlap.TryGet(time, out bits))
            || (_frozen.TryGetValue(id, out overlap) && overlap.TryGet(time, out bits)))
        {
            return true;
        }

        bits = 0;
        if (series.Encoder.Count > 0 && time >= FirstOf(in series))
        {
            if (time > series.LastTime)
            {
                return false;
            }

            Span<byte> open = stackalloc byte[ChunkBytesMax + ChunkCodec.Slack];
            _blocks.CopyTo(series.FirstBlock, open[..BytesOf(in series.Encoder)]);
            Probe(open, series.Encoder.Count);
            _found = default;
        }
        else if (_found.Data is null || _found.Id != id || time < _found.FirstMs || time > _found.LastMs)
        {
            // A backfill mostly goes on in the chunk where the sample before was looked for.
            _found = default;
            _walk.Clear();
            SealedChunks.Walk(_sealed.Table, series.SealedPage, series.SealedOffset, time, time, _walk);
            if (_walk.Count == 0)
            {
                return false;
            }

            Probe(_walk[0].Data.AsSpan(_walk[0].Offset), _walk[0].Count);
            _found = (_walk[0].Data, id, _walk[0].FirstMs, _walk[0].LastMs);
        }

        var at = _probe.Timestamps.BinarySearch(time);
        bits = at >= 0 ? BitConverter.DoubleToUInt64Bits(_probe.Values[at]) : 0;
        return at >= 0;
    }

    private void Probe(ReadOnlySpan<byte> chunk, int count)
    {
        _probe.Clear();
        _probe.Extend(count, out var times, out var values);
        ChunkCodec.Decode(chunk, times, values);
    }

    /// <summary>Forgets late samples not after the floor; what is frozen a seal is reading, and goes with it.</summary>
    private int DropLate()
    {
        var dropped = 0;
        foreach (var (id, overlap) in _overlaps)
        {
            if (overlap.OldestMs > FloorMs)
            {
                continue;
            }

            _lateBytes -= overlap.Bytes;
            dropped += overlap.TakeBefore(FloorMs + 1)?.Count ?? 0;
            if (overlap.Count == 0)
            {
                _overlaps.Remove(id);
            }
            else
            {
                _lateBytes += overlap.Bytes;
            }
        }

        return dropped;
    }
}
