using Toka.Core.Series;

namespace Toka.TimeSeries.Head;

/// <summary>
/// The samples of one series that came after a newer one had, or whose time is in blocks already: sorted runs, each at
/// least twice as long as the next, merged when that no longer holds (a log-structured merge in memory). So a sample costs
/// O(log n) on average in whatever order they come, and one more of an ascending backfill costs O(1). Changed and
/// read under the head's lock only.
/// </summary>
internal sealed class Overlap
{
    /// <summary>Up to here a run is kept sorted by moving its samples: half a cache line each way.</summary>
    private const int InsertMax = 32;

    /// <summary>What an overlap costs beside its samples: itself, the list, one run.</summary>
    private const int FixedBytes = 200;

    private readonly List<Run> _runs = [];

    /// <summary>The number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes they hold.</summary>
    public long Bytes { get; private set; } = FixedBytes;

    /// <summary>The oldest sample's time; meaningless where there is none.</summary>
    public long OldestMs { get; private set; } = long.MaxValue;

    /// <summary>The newest sample's time; meaningless where there is none.</summary>
    public long NewestMs { get; private set; } = long.MinValue;

    /// <summary>Finds a sample by time.</summary>
    public bool TryGet(long time, out ulong bits)
    {
        foreach (var run in _runs)
        {
            var at = run.LiveTimes.BinarySearch(time);
            if (at >= 0)
            {
                bits = BitConverter.DoubleToUInt64Bits(run.LiveValues[at]);
                return true;
            }
        }

        bits = 0;
        return false;
    }

    /// <summary>Adds a sample whose time is not there yet.</summary>
    public void Add(long time, double value)
    {
        var last = _runs.Count > 0 ? _runs[^1] : null;
        if (last is null || (time < last.LiveTimes[^1] && last.Count >= InsertMax))
        {
            _runs.Add(last = new Run(4));
            Bytes += last.Bytes;
        }

        Bytes -= last.Bytes;
        last.Insert(time, value);
        Bytes += last.Bytes;
        Note(1, time, time);
        while (_runs.Count > 1 && _runs[^1].Count >= InsertMax && _runs[^2].Count < 2 * _runs[^1].Count)
        {
            var merged = Run.Merge(_runs[^2], _runs[^1]);
            Bytes += merged.Bytes - _runs[^2].Bytes - _runs[^1].Bytes;
            _runs.RemoveAt(_runs.Count - 1);
            _runs[^1] = merged;
        }
    }

    /// <summary>Takes everything of another one; no time is in both.</summary>
    public void AddAll(Overlap other)
    {
        foreach (var run in other._runs)
        {
            Bytes += run.Bytes;
            _runs.Add(run);
        }

        Note(other.Count, other.OldestMs, other.NewestMs);
        _runs.Sort(static (a, b) => b.Count.CompareTo(a.Count));
    }

    /// <summary>Takes out what is older than a moment.</summary>
    /// <returns>What was taken; null where it is nothing.</returns>
    public Overlap? TakeBefore(long time)
    {
        var taken = new Overlap();
        for (var i = _runs.Count - 1; i >= 0; i--)
        {
            var run = _runs[i];
            var at = run.LiveTimes.BinarySearch(time);
            at = at < 0 ? ~at : at;
            if (at == 0)
            {
                continue;
            }

            var part = run.TakeFirst(at);
            taken._runs.Add(part);
            taken.Bytes += part.Bytes;
            taken.Note(at, part.LiveTimes[0], part.LiveTimes[^1]);
            if (run.Count == 0)
            {
                Bytes -= run.Bytes;
                _runs.RemoveAt(i);
            }
        }

        taken._runs.Reverse();
        Measure();
        return taken.Count == 0 ? null : taken;
    }

    /// <summary>Copies the samples of a range, ascending.</summary>
    public void CopyTo(long from, long to, FloatColumn into)
    {
        var begin = into.Count;
        foreach (var run in _runs)
        {
            var times = run.LiveTimes;
            var first = times.BinarySearch(from);
            first = first < 0 ? ~first : first;
            var end = to == long.MaxValue ? times.Length : times.BinarySearch(to + 1);
            end = end < 0 ? ~end : end;
            if (end > first)
            {
                var start = into.Count;
                into.Extend(end - first, out var intoTimes, out var intoValues);
                times[first..end].CopyTo(intoTimes);
                run.LiveValues[first..end].CopyTo(intoValues);
                ColumnMerge.Tail(into, begin, start);
            }
        }
    }

    /// <summary>Copies what is not older than a moment, which must be something, and changes nothing here.</summary>
    public Overlap CopyFrom(long time)
    {
        using var samples = new FloatColumn();
        CopyTo(time, long.MaxValue, samples);
        var copy = new Overlap();
        for (var i = 0; i < samples.Count; i++)
        {
            copy.Add(samples.Timestamps[i], samples.Values[i]);
        }

        return copy;
    }

    private void Note(int count, long oldest, long newest)
    {
        Count += count;
        OldestMs = Math.Min(OldestMs, oldest);
        NewestMs = Math.Max(NewestMs, newest);
    }

    private void Measure()
    {
        Count = 0;
        (OldestMs, NewestMs) = (long.MaxValue, long.MinValue);
        foreach (var run in _runs)
        {
            Note(run.Count, run.LiveTimes[0], run.LiveTimes[^1]);
        }
    }

    /// <summary>Ascending samples.</summary>
    private sealed class Run(int capacity)
    {
        private long[] _times = new long[capacity];
        private double[] _values = new double[capacity];
        private int _start;

        public int Count { get; private set; }

        public long Bytes => 16L * _times.Length;

        public ReadOnlySpan<long> LiveTimes => _times.AsSpan(_start, Count);

        public ReadOnlySpan<double> LiveValues => _values.AsSpan(_start, Count);

        public static Run Merge(Run a, Run b)
        {
            var merged = new Run(a.Count + b.Count);
            int i = 0, j = 0;
            while (i < a.Count || j < b.Count)
            {
                if (j == b.Count || (i < a.Count && a.LiveTimes[i] < b.LiveTimes[j]))
                {
                    merged.Put(a.LiveTimes[i], a.LiveValues[i++]);
                }
                else
                {
                    merged.Put(b.LiveTimes[j], b.LiveValues[j++]);
                }
            }

            return merged;
        }

        public void Insert(long time, double value)
        {
            if (_start + Count == _times.Length)
            {
                Array.Resize(ref _times, _times.Length * 2);
                Array.Resize(ref _values, _values.Length * 2);
            }

            var at = Count > 0 && time < LiveTimes[^1] ? ~LiveTimes.BinarySearch(time) : Count;
            if (at < Count)
            {
                _times.AsSpan(_start + at, Count - at).CopyTo(_times.AsSpan(_start + at + 1));
                _values.AsSpan(_start + at, Count - at).CopyTo(_values.AsSpan(_start + at + 1));
            }

            _times[_start + at] = time;
            _values[_start + at] = value;
            Count++;
        }

        public Run TakeFirst(int count)
        {
            var taken = new Run(count);
            LiveTimes[..count].CopyTo(taken._times);
            LiveValues[..count].CopyTo(taken._values);
            taken.Count = count;
            _start += count;
            Count -= count;
            return taken;
        }

        private void Put(long time, double value)
        {
            _times[Count] = time;
            _values[Count++] = value;
        }
    }
}
