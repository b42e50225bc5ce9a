using Toka.Core.Limits;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Sealing;
using Toka.TimeSeries.Writing;

namespace Toka.TimeSeries;

/// <content>When the head is sealed, and how a seal ends.</content>
internal sealed partial class StoreKeeper
{
    /// <summary>The boundary of the seal that is due; null where none is.</summary>
    private long? DueBoundary(in HeadTimes times)
    {
        // What can be taken at present is all late: the clock was ahead when blocks were made, or samples lie far ahead of it.
        var beyond = times.FutureMs == long.MaxValue ? long.MaxValue : times.FutureMs + Sealer.BlockSpanMs;
        if (times.NewestMs > beyond || (times.BoundaryMs > times.FutureMs && Window(times, long.MaxValue).From < times.BoundaryMs))
        {
            return long.MaxValue;
        }

        var ended = times.EarlierMs - (long)SealDelay.TotalMilliseconds;
        var boundary = ended - (((ended % Sealer.BlockSpanMs) + Sealer.BlockSpanMs) % Sealer.BlockSpanMs);
        return boundary > times.BoundaryMs && (times.OldestMs < boundary || times.HasLate) ? boundary : null;
    }

    private void SealForMemory()
    {
        var isShort = IsProcessShort();
        if (_sealer is null || !(_committer.IsOverMemory || isShort))
        {
            return;
        }

        var times = _committer.Times();
        var boundary = Math.Min(times.EarlierMs, times.NewestMs) - PressureKeepsMs;
        if (boundary > times.BoundaryMs && (times.OldestMs < boundary || times.HasLate) && !TrySeal(boundary, null))
        {
            return;
        }

        if (_committer.IsOverMemory || (isShort && _committer.IsWorthSealing))
        {
            TrySeal(long.MaxValue, null);
        }
    }

    /// <summary>
    /// Whether the process is short of memory, and a seal would give some back: that is asked once a minute, for it makes small
    /// blocks, and what it frees is seen after a collection.
    /// </summary>
    private bool IsProcessShort()
    {
        var now = _parts.Time.GetTimestamp();
        if (_options.Memory is not { Level: >= MemoryLevel.Tight } || !_committer.IsWorthSealing
            || (_sealedWhenShort is { } before && _parts.Time.GetElapsedTime(before, now) < s_shortInterval))
        {
            return false;
        }

        _sealedWhenShort = now;
        return true;
    }

    private bool SealForSpace()
    {
        try
        {
            var room = RoomForLog(0);
            var isSealed = room == LogRoom.NeedsSeal && TrySeal(long.MaxValue, null);
            if (isSealed)
            {
                _committer.DropSegments(_checkpointIsWritten ? IsSealed : null);

                // A sync that is under way holds segments open: their space is free when it is done, and not before writers go on.
                _committer.Sync();
            }

            if (room != LogRoom.Ample)
            {
                _blocks!.MakeRoom(0);
            }

            return isSealed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A block that cannot be deleted; the round that follows counts and tells it.
            return false;
        }
        finally
        {
            _isRoomEnding = false;
        }
    }

    private LogRoom RoomForLog(long coming)
    {
        try
        {
            return _blocks?.RoomForLog(_committer.LogBytes + coming, _parts.Head.ChunkBytes) ?? LogRoom.Ample;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who does not say how much is free is asked again; a disk that fails is seen where it is written.
            return LogRoom.Ample;
        }
    }

    private bool TrySeal(long boundary, uint? segment)
    {
        var before = _committer.Times();
        try
        {
            SealBefore(boundary, segment);
            SetFailing(null);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BlockDamagedException)
        {
            _committer.SetWindow(before.BoundaryMs, before.CeilingMs);
            _parts.Counters.SealErrors.Add();
            SetFailing(e);
            return false;
        }
        catch (Exception e)
        {
            // A fault of ours: whoever waits for memory is refused, as where the disk fails; with what it was it goes into the log.
            _committer.SetWindow(before.BoundaryMs, before.CeilingMs);
            _parts.Counters.SealErrors.Add();
            SetFailing(e);
            throw;
        }
    }

    private void SealBefore(long boundary, uint? segment)
    {
        _blocks?.MakeRoom(_parts.Head.Bytes);
        var last = _committer.BeginSeal(boundary);
        var blocks = _sealer!.Write(boundary, CancellationToken.None);
        try
        {
            _parts.Catalog!.Publish(blocks, []);
        }
        catch
        {
            _sealer.Discard(blocks);
            throw;
        }

        var times = _committer.Times();
        var (from, to) = Window(times, boundary);
        _committer.EndSeal(boundary, from, to);

        // While the log is read, segments that are still to be read are not known to be there.
        _checkpoint = new Checkpoint(
            times.SteadyMs, _checkpoint.With(new SealedLog(segment ?? last, boundary), segment is null ? _committer.OldestSegment() : 0), _parts.Metadata.List(null, 0));
        _checkpointIsWritten = false;
        _parts.Counters.Seals.Add();
        _parts.Counters.SealedSamples.Add(blocks.Sum(static b => b.Samples));
        TryWriteCheckpoint();
    }

    /// <summary>Where no block has a sample. After a seal of everything it begins behind the blocks that are not ahead of the clock.</summary>
    private (long From, long To) Window(in HeadTimes times, long boundary)
    {
        var (from, to) = (boundary == long.MaxValue ? long.MinValue : boundary, long.MaxValue);
        var present = Math.Max(from, times.FutureMs);
        foreach (var info in _parts.Catalog!.Infos)
        {
            if (info.TierMs != 0)
            {
                continue;
            }

            if (info.MinMs > present)
            {
                to = Math.Min(to, info.MinMs);
            }
            else
            {
                from = Math.Max(from, info.MaxMs == long.MaxValue ? info.MaxMs : info.MaxMs + 1);
            }
        }

        return (from, Math.Max(from, to));
    }

    private void TryWriteCheckpoint()
    {
        if (_checkpointIsWritten)
        {
            return;
        }

        try
        {
            _checkpoint.Write(_options.Disk, _options.Directory!);
            _checkpointIsWritten = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _parts.Counters.SealErrors.Add();
            SetFailing(e);
        }
    }
}
