using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Writing;

/// <content>The committer's part in sealing and retention: what must not happen beside a write.</content>
internal sealed partial class Committer
{
    /// <summary>Series looked at under the locks at one time: some 0.1 ms.</summary>
    private const int SliceSeries = 4096;

    /// <summary>A series without data stays in the index for so long after its last sample: it mostly comes back.</summary>
    private const long IdleMs = 5 * 60 * 1000;

    /// <summary>Bytes of the log.</summary>
    public long LogBytes => _wal?.Bytes ?? 0;

    /// <summary>Whether samples in memory take more than they may, so that they had better be sealed.</summary>
    public bool IsOverMemory => _head.Bytes > _options.MemoryBytesMax;

    /// <summary>Whether they take a quarter of it: where the process is short of memory, a seal is worth its blocks.</summary>
    public bool IsWorthSealing => _head.Bytes > _options.MemoryBytesMax / 4;

    /// <summary>Whether they take twice that: sealing does not keep up, and writers must wait for it.</summary>
    public bool IsOutOfMemory => _head.Bytes > 2 * _options.MemoryBytesMax;

    /// <summary>Looks at the clock and says what it and the head know of the time.</summary>
    public HeadTimes Times()
    {
        lock (_commitLock)
        {
            _clock.Observe();
            lock (_headLock)
            {
                return new HeadTimes(_clock.EarlierMs, FutureMs(), _clock.SteadyMs, _head.OldestMs, _head.NewestMs, _head.BoundaryMs, _head.CeilingMs, _head.HasLate);
            }
        }
    }

    /// <summary>Fixes everything before a moment for a seal, and closes the segment that is written.</summary>
    /// <returns>The last segment that may have samples of it.</returns>
    public uint BeginSeal(long boundary)
    {
        lock (_commitLock)
        {
            var last = _wal!.Rotate();
            lock (_headLock)
            {
                _head.Freeze(boundary);
            }

            return last;
        }
    }

    /// <summary>Lets go of what has been sealed, in slices.</summary>
    /// <param name="boundary">The moment that the seal began with.</param>
    /// <param name="windowFrom">Where the time without blocks begins.</param>
    /// <param name="windowTo">Where it ends.</param>
    public void EndSeal(long boundary, long windowFrom, long windowTo)
    {
        lock (_commitLock)
        {
            lock (_headLock)
            {
                _head.Forget(boundary);
            }
        }

        for (int from = 0, end = _index.End; from < end; from += SliceSeries)
        {
            lock (_commitLock)
            {
                lock (_headLock)
                {
                    _head.FreeSealed(from, Math.Min(from + SliceSeries, end), boundary > windowFrom ? windowFrom : long.MaxValue);
                }
            }
        }

        lock (_commitLock)
        {
            lock (_headLock)
            {
                _head.FreePages();
                _head.SetWindow(windowFrom, windowTo);
            }
        }
    }

    /// <summary>A block is going to be deleted to make room: from now on nothing is taken for its times.</summary>
    public void Free(long from, long to)
    {
        lock (_commitLock)
        {
            _freed.Add(from, to);
        }
    }

    /// <summary>Says where no block has a sample: at the start, and where a seal failed.</summary>
    public void SetWindow(long from, long to)
    {
        lock (_commitLock)
        {
            lock (_headLock)
            {
                _head.SetWindow(from, to);
            }
        }
    }

    /// <summary>Drops what retention no longer keeps, and series that hold nothing.</summary>
    public void Expire()
    {
        lock (_commitLock)
        {
            ObserveClock();
            lock (_headLock)
            {
                _head.Expire(CutoffMs());
            }
        }

        var gone = new List<int>();
        for (int from = 0, end = _index.End; from < end; from += SliceSeries)
        {
            lock (_commitLock)
            {
                lock (_headLock)
                {
                    gone.Clear();
                    _head.Idle(from, Math.Min(from + SliceSeries, end), IdleBeforeMs(), gone);
                    Remove(gone);
                }
            }
        }
    }

    /// <summary>Deletes the segments that are sealed or of which retention keeps nothing.</summary>
    /// <param name="isSealed">Whether a sample of a segment, of a time, is in blocks; null where nothing is.</param>
    public void DropSegments(Func<uint, long, bool>? isSealed)
    {
        lock (_commitLock)
        {
            try
            {
                _wal?.DropNotAfter(_head.FloorMs);
                if (isSealed is not null)
                {
                    _wal?.DropSealed(isSealed);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _counters.WriteErrors.Add();
            }
        }
    }

    /// <summary>The number of the oldest segment.</summary>
    public uint OldestSegment()
    {
        lock (_commitLock)
        {
            return _wal!.OldestSegment;
        }
    }

    private void ObserveClock()
    {
        _clock.Observe();
        if (CutoffMs() is var cutoff && cutoff < _head.FloorMs)
        {
            lock (_headLock)
            {
                _head.LowerFloor(cutoff);
            }
        }
    }

    private long IdleBeforeMs()
    {
        var expired = _head.FloorMs == long.MaxValue ? _head.FloorMs : _head.FloorMs + 1;
        return _probe is null ? expired : Math.Max(expired, _clock.EarlierMs - IdleMs);
    }

    private void Remove(List<int> gone)
    {
        if (gone.Count == 0)
        {
            return;
        }

        foreach (var id in gone)
        {
            _head.Remove(id);
        }

        _index.Remove(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(gone));
    }
}

/// <summary>What clock and head know of the time, ms.</summary>
/// <param name="EarlierMs">The earlier of clock and steady time.</param>
/// <param name="FutureMs">Samples up to here are taken.</param>
/// <param name="SteadyMs">The steady time.</param>
/// <param name="OldestMs">The head's oldest sample in chunks.</param>
/// <param name="NewestMs">The head's newest sample in chunks.</param>
/// <param name="BoundaryMs">What is older is late.</param>
/// <param name="CeilingMs">What is not older is late.</param>
/// <param name="HasLate">Whether there are late samples.</param>
internal readonly record struct HeadTimes(
    long EarlierMs, long FutureMs, long SteadyMs, long OldestMs, long NewestMs, long BoundaryMs, long CeilingMs, bool HasLate);
