namespace Toka.TimeSeries.Head;

/// <content>
/// The head's part in sealing: <see cref="Freeze"/> fixes what is older than a boundary, the sealer writes it to blocks, and
/// <see cref="Forget"/> with <see cref="FreeSealed"/> lets go of it. A seal that fails in between changes nothing that is read.
/// </content>
internal sealed partial class SampleHead
{
    /// <summary>Chunks are read from here on; what they have before it is in blocks.</summary>
    public long VisibleFromMs { get; private set; } = long.MinValue;

    /// <summary>A sample before this moment is late.</summary>
    public long BoundaryMs { get; private set; } = long.MinValue;

    /// <summary>A sample from this moment on is late: blocks lie ahead, made while a clock was wrong.</summary>
    public long CeilingMs { get; private set; } = long.MaxValue;

    /// <summary>No sample in chunks that are read is older; <see cref="long.MaxValue"/> where there is none.</summary>
    public long OldestMs { get; private set; } = long.MaxValue;

    /// <summary>No sample in chunks is newer; <see cref="long.MinValue"/> where there is none.</summary>
    public long NewestMs { get; private set; } = long.MinValue;

    /// <summary>Changes whenever something has gone from here because blocks have it: who selected before must ask the blocks again.</summary>
    public int Generation { get; private set; }

    /// <summary>From now on everything before a moment is late, and what is here of that time no longer changes.</summary>
    public void Freeze(long boundary)
    {
        BoundaryMs = boundary;
        CeilingMs = Math.Max(CeilingMs, boundary);
        FreezeSide();
        FreezeLateDays(boundary);
        if (_frozen.Count == 0 && _overlaps.Values.All(overlap => overlap.NewestMs < boundary))
        {
            (_frozen, _overlaps) = (_overlaps, _frozen);
            return;
        }

        foreach (var (id, overlap) in _overlaps)
        {
            if (overlap.OldestMs >= boundary)
            {
                continue;
            }

            _lateBytes -= overlap.Bytes;
            var taken = overlap.NewestMs < boundary ? overlap : overlap.TakeBefore(boundary)!;
            if (ReferenceEquals(taken, overlap) || overlap.Count == 0)
            {
                _overlaps.Remove(id);
            }
            else
            {
                _lateBytes += overlap.Bytes;
            }

            if (_frozen.TryGetValue(id, out var frozen))
            {
                _lateBytes -= frozen.Bytes;
                frozen.AddAll(taken);
                taken = frozen;
            }

            _frozen[id] = taken;
            _lateBytes += taken.Bytes;
        }
    }

    /// <summary>Copies what a seal writes of a series: chunks and frozen late samples of a range.</summary>
    public void CaptureToSeal(int id, long from, long to, SeriesCapture into)
    {
        CaptureChunks(id, Math.Max(from, VisibleFromMs), to, into);
        if (_frozen.TryGetValue(id, out var frozen))
        {
            into.TakeLate(frozen, from, to);
        }
    }

    /// <summary>Whether a seal up to a moment would write anything of a series.</summary>
    public bool HasToSeal(int id, long boundary)
    {
        ref var series = ref _series[id];
        return (HasChunks(in series) && series.LastTime >= VisibleFromMs && _oldest[id] < boundary) || _frozen.ContainsKey(id) || Side.OldestOf(id) < boundary;
    }

    /// <summary>The blocks have everything that was frozen before a moment: it is no longer read here.</summary>
    public void Forget(long boundary)
    {
        VisibleFromMs = boundary;
        Generation++;
        var left = new Dictionary<int, Overlap>();
        foreach (var (id, overlap) in _frozen)
        {
            _lateBytes -= overlap.Bytes;
            if (overlap.NewestMs >= boundary)
            {
                // An earlier seal that failed had frozen more than this one wrote.
                left.Add(id, overlap.CopyFrom(boundary));
                _lateBytes += left[id].Bytes;
            }
        }

        _frozen = left;
        ForgetLateDays(boundary);
        ForgetSide(boundary);
        OldestMs = NewestMs < boundary ? long.MaxValue : boundary;
    }

    /// <summary>Frees the chunks of some series whose samples are all in blocks.</summary>
    /// <param name="from">The first id.</param>
    /// <param name="end">The id behind the last one.</param>
    /// <param name="forgetFrom">Series whose newest sample is at or after this moment begin anew; see <see cref="SetWindow"/>.</param>
    public void FreeSealed(int from, int end, long forgetFrom)
    {
        for (var id = from; id < end; id++)
        {
            ref var series = ref _series[id];
            if (series.LastTime >= VisibleFromMs)
            {
                continue;
            }

            FreeOpen(ref series);
            (series.SealedPage, series.SealedOffset) = (0, 0);
            _oldest[id] = long.MaxValue;
            if (series.LastTime >= forgetFrom)
            {
                series.LastTime = HeadSeries.Never;
            }
        }
    }

    /// <summary>Frees the pages whose samples are all in blocks.</summary>
    public void FreePages()
    {
        _sealed.DropBefore(VisibleFromMs);
        _found = default;
    }

    /// <summary>
    /// Says where no block has a sample. The window may go back: then nothing may be left in chunks
    /// (<see cref="FreeSealed"/> of every series after a seal of everything).
    /// </summary>
    /// <param name="boundary">Its first moment.</param>
    /// <param name="ceiling">The moment behind it.</param>
    public void SetWindow(long boundary, long ceiling)
    {
        (BoundaryMs, CeilingMs) = (boundary, ceiling);
        EndFreezeOfSide();
        if (VisibleFromMs > boundary)
        {
            VisibleFromMs = boundary;
            (OldestMs, NewestMs) = (long.MaxValue, long.MinValue);
        }

        // What is late within the window keeps what is not newer from being taken for new.
        foreach (var (id, overlap) in _overlaps)
        {
            Raise(id, overlap, boundary, ceiling);
        }

        foreach (var (id, overlap) in _frozen)
        {
            Raise(id, overlap, boundary, ceiling);
        }
    }

    /// <summary>The series of a range of ids that hold nothing, and have not been written since a moment.</summary>
    public void Idle(int from, int end, long notSince, List<int> into)
    {
        for (var id = from; id < end; id++)
        {
            ref var series = ref _series[id];
            if (index.IsLive(id) && series.LastTime < notSince && !_overlaps.ContainsKey(id) && !_frozen.ContainsKey(id)
                && Side.NewestOf(id) == HeadSeries.Never && (!HasChunks(in series) || series.LastTime <= FloorMs))
            {
                into.Add(id);
            }
        }
    }

    private void Raise(int id, Overlap overlap, long boundary, long ceiling)
    {
        ref var series = ref _series[id];
        if (overlap.NewestMs < boundary || overlap.NewestMs <= series.LastTime)
        {
            return;
        }

        using var within = new Toka.Core.Series.FloatColumn();
        overlap.CopyTo(boundary, ceiling == long.MaxValue ? ceiling : ceiling - 1, within);
        if (within.Count == 0 || within.Timestamps[^1] <= series.LastTime)
        {
            return;
        }

        if (series.Encoder.Count > 0)
        {
            // The encoder goes on from the chunk's own last sample.
            Seal(ref series);
        }

        series.LastTime = within.Timestamps[^1];
        series.LastBits = BitConverter.DoubleToUInt64Bits(within.Values[^1]);
    }
}
