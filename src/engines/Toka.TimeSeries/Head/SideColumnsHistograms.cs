using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Columns;

namespace Toka.TimeSeries.Head;

/// <summary>
/// The native histograms of one series in the head: an open column that is written, payloads of those before, and a few late
/// ones. Late ones become payloads too, which overlap the others; readers merge.
/// </summary>
internal sealed class SideHistograms : IDisposable
{
    /// <summary>
    /// Histograms of the open column and of the late ones: then they become a payload, of a tenth of the size where counts
    /// rise slowly.
    /// </summary>
    public const int OpenMax = 120;

    /// <summary>Bucket counts of the open column, 64 KiB; wide histograms become payloads sooner.</summary>
    private const int OpenBucketsMax = 8192;

    private const int EntryBytes = 64;
    private const int RunBytes = 64;

    private readonly List<Run> _runs = [];
    private SortedList<long, NativeHistogram>? _late;
    private HistogramColumn? _open;
    private HistogramColumn? _probe;
    private byte[]? _probed;
    private long _openFromMs = long.MinValue;
    private long _runsBytes;
    private long _lateBytes;

    /// <summary>The newest one's time that there ever was; <see cref="HeadSeries.Never"/> before the first.</summary>
    private long _newest = HeadSeries.Never;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _runs.Count == 0 && _open is not { Count: > 0 } && _late is not { Count: > 0 };

    /// <summary>The bytes of all, estimated.</summary>
    public long Bytes => _runsBytes + _lateBytes + (_open is null ? 0 : (EntryBytes * (long)_open.Count) + (sizeof(double) * (long)_open.BucketCount));

    /// <summary>The newest one's time; <see cref="HeadSeries.Never"/> where there is none.</summary>
    public long NewestMs => IsEmpty ? HeadSeries.Never : _newest;

    /// <summary>The oldest one's time; <see cref="long.MaxValue"/> where there is none.</summary>
    public long OldestMs
    {
        get
        {
            var oldest = _open is { Count: > 0 } ? Math.Max(_open.Timestamps[0], _openFromMs) : long.MaxValue;
            oldest = _late is { Count: > 0 } ? Math.Min(oldest, _late.Keys[0]) : oldest;
            foreach (var run in _runs)
            {
                oldest = Math.Min(oldest, Math.Max(run.MinMs, run.FromMs));
            }

            return oldest;
        }
    }

    /// <summary>Stores one.</summary>
    public SideOutcome Add(long time, NativeHistogram histogram)
    {
        if (time <= _newest)
        {
            return AddLate(time, histogram);
        }

        _open ??= new HistogramColumn(8);
        if (_open.Count == OpenMax || _open.BucketCount >= OpenBucketsMax)
        {
            Seal(_open, _openFromMs);
            _open.Clear();
            _openFromMs = long.MinValue;
        }

        // Histograms that come again share their layout with the one before.
        var layout = _open.Count > 0 && _open[_open.Count - 1].Layout.Equals(histogram.Layout) ? _open[_open.Count - 1].Layout : histogram.Layout;
        var counts = _open.Add(time, layout, histogram.ResetHint, histogram.ZeroCount, histogram.Count, histogram.Sum);
        histogram.Buckets.CopyTo(counts);
        _newest = time;
        return SideOutcome.Accepted;
    }

    /// <summary>Takes those of a time range.</summary>
    public void Capture(long fromMs, long toMs, SideCapture into)
    {
        foreach (var run in _runs)
        {
            if (run.MinMs <= toMs && run.MaxMs >= fromMs)
            {
                into.Payloads.Add((Math.Max(run.FromMs, fromMs), run.Payload));
            }
        }

        for (var i = 0; _open is not null && i < _open.Count; i++)
        {
            if (_open.Timestamps[i] >= Math.Max(fromMs, _openFromMs) && _open.Timestamps[i] <= toMs)
            {
                into.Open.Add(_open.Timestamps[i], _open[i]);
            }
        }

        foreach (var (time, histogram) in _late ?? [])
        {
            if (time >= fromMs && time <= toMs)
            {
                into.Late.Add(time, histogram);
            }
        }
    }

    /// <summary>
    /// Forgets what is older than a moment. Of a payload, or of the open column, that reaches beyond it, the older part is only
    /// read no more.
    /// </summary>
    public void DropBefore(long floorMs)
    {
        for (var i = _runs.Count - 1; i >= 0; i--)
        {
            if (_runs[i].MaxMs < floorMs)
            {
                _runsBytes -= RunBytes + _runs[i].Payload.Length;
                _runs.RemoveAt(i);
            }
            else if (_runs[i].MinMs < floorMs)
            {
                _runs[i] = _runs[i] with { FromMs = Math.Max(_runs[i].FromMs, floorMs) };
            }
        }

        while (_late is { Count: > 0 } && _late.Keys[0] < floorMs)
        {
            _lateBytes -= BytesOf(_late.Values[0]);
            _late.RemoveAt(0);
        }

        if (_open is { Count: > 0 } && _open.Timestamps[^1] < floorMs)
        {
            _open.Dispose();
            _open = null;
            _openFromMs = long.MinValue;
        }
        else if (_open is { Count: > 0 })
        {
            _openFromMs = Math.Max(_openFromMs, floorMs);
        }

        _probe?.Dispose();
        (_probe, _probed) = (null, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _open?.Dispose();
        _probe?.Dispose();
    }

    private SideOutcome AddLate(long time, NativeHistogram histogram)
    {
        if (TryFind(time, out var isSame, histogram))
        {
            return isSame ? SideOutcome.Duplicate : SideOutcome.Conflict;
        }

        _late ??= [];
        if (_late.Count == OpenMax)
        {
            using var column = new HistogramColumn(OpenMax);
            foreach (var (at, one) in _late)
            {
                column.Add(at, one);
            }

            Seal(column, long.MinValue);
            _late.Clear();
            _lateBytes = 0;
        }

        _late.Add(time, histogram);
        _lateBytes += BytesOf(histogram);
        return SideOutcome.Accepted;
    }

    private bool TryFind(long time, out bool isSame, NativeHistogram histogram)
    {
        isSame = false;
        if (_late is not null && _late.TryGetValue(time, out var late))
        {
            isSame = late.Equals(histogram);
            return true;
        }

        if (_open is not null && TryFind(_open, time, out isSame, histogram))
        {
            return true;
        }

        foreach (var run in _runs)
        {
            if (time < run.MinMs || time > run.MaxMs)
            {
                continue;
            }

            // A backfill asks about the same payload again and again.
            if (!ReferenceEquals(_probed, run.Payload))
            {
                _probe ??= new HistogramColumn(OpenMax);
                _probe.Clear();
                HistogramPayload.Decode(run.Payload, long.MinValue, long.MaxValue, _probe);
                _probed = run.Payload;
            }

            if (TryFind(_probe!, time, out isSame, histogram))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryFind(HistogramColumn column, long time, out bool isSame, NativeHistogram histogram)
    {
        var at = column.Timestamps.BinarySearch(time);
        isSame = at >= 0 && column[at].IsSame(histogram.View);
        return at >= 0;
    }

    private void Seal(HistogramColumn column, long fromMs)
    {
        for (var start = 0; start < column.Count;)
        {
            var count = HistogramPayload.Encode(column, start, out var payload);
            _runs.Add(new Run(column.Timestamps[start], column.Timestamps[start + count - 1], fromMs, payload.ToArray()));
            _runsBytes += RunBytes + payload.Length;
            start += count;
        }
    }

    private static long BytesOf(NativeHistogram histogram) => EntryBytes + (sizeof(double) * (long)histogram.Buckets.Length);

    /// <summary>A payload; it is read from a moment on, as what is older has been sealed.</summary>
    private readonly record struct Run(long MinMs, long MaxMs, long FromMs, byte[] Payload);
}
