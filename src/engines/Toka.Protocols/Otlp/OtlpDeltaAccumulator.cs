using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Protocols.Otlp;

/// <summary>
/// Sums up delta points into the running totals that counters are stored as, by series, bounded in number. Shared by all
/// decoders of a process; thread-safe.
/// </summary>
/// <remarks>
/// Totals live in memory only: after a restart, or when a batch could not be written, a series begins again at its next
/// delta, which reads as a counter reset, and rates stay right.
/// </remarks>
/// <param name="limits">The limits; <see cref="OtlpLimits.DeltaSeriesMax"/> and <see cref="OtlpLimits.DeltaIdleSeconds"/> matter here.</param>
/// <param name="time">The clock by which series are idle.</param>
public sealed class OtlpDeltaAccumulator(OtlpLimits limits, TimeProvider time)
{
    /// <summary>So many buckets of a histogram take the memory of one float series.</summary>
    private const int BucketsPerSeries = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<LabelSet, State> _states = new(EncodedComparer.Instance);
    private readonly ExponentialHistogram _total = new();
    private long _weight;

    /// <summary>The number of series being summed up.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _states.Count;
            }
        }
    }

    /// <summary>Forgets the totals of every series of a batch that was not written; they begin again at zero.</summary>
    /// <param name="batch">The batch.</param>
    public void Forget(WriteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (_lock)
        {
            foreach (var row in batch.Rows)
            {
                Remove(batch.LabelsOf(row));
            }

            foreach (var row in batch.Histograms)
            {
                Remove(batch.LabelsOf(row.Series));
            }
        }
    }

    /// <summary>Whether a point may be summed up: it begins where the last one of its first series ended, or later, and there is room.</summary>
    /// <param name="first">The canonical label bytes of the point's first series, whose order speaks for the others.</param>
    /// <param name="series">How many series the point has.</param>
    /// <param name="startNs">When the point begins; 0 where it does not say.</param>
    /// <param name="timeNs">When it ends.</param>
    internal OtlpRefusal Check(ReadOnlySpan<byte> first, int series, ulong startNs, ulong timeNs)
    {
        lock (_lock)
        {
            if (_states.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(first, out var state))
            {
                return timeNs <= state.TimeNs || (startNs != 0 && startNs < state.TimeNs) ? OtlpRefusal.DeltaOutOfOrder : OtlpRefusal.None;
            }

            if (_states.Count + _weight + series > limits.DeltaSeriesMax)
            {
                DropIdle();
            }

            return _states.Count + _weight + series > limits.DeltaSeriesMax ? OtlpRefusal.DeltaSeriesLimit : OtlpRefusal.None;
        }
    }

    /// <summary>Adds a delta to a series.</summary>
    /// <param name="labels">The series' canonical label bytes.</param>
    /// <param name="when">When the delta begins and ends.</param>
    /// <param name="delta">The delta.</param>
    /// <param name="startNs">When the first delta of the total began; 0 where it did not say.</param>
    /// <returns>The total.</returns>
    internal double Add(ReadOnlySpan<byte> labels, in PointTime when, double delta, out ulong startNs)
    {
        lock (_lock)
        {
            var byBytes = _states.GetAlternateLookup<ReadOnlySpan<byte>>();
            var isKnown = byBytes.TryGetValue(labels, out var state);
            startNs = isKnown ? state.StartNs : when.StartNs;
            _weight -= state.Weight;
            state = new State(state.Total + delta, when.TimeNs, time.GetTimestamp(), startNs, null);
            byBytes[labels] = state;
            return state.Total;
        }
    }

    /// <summary>Adds a delta to a native histogram.</summary>
    /// <param name="labels">The series' canonical label bytes.</param>
    /// <param name="when">When the delta begins and ends.</param>
    /// <param name="delta">The delta; it is changed.</param>
    /// <param name="startNs">When the first delta of the total began; 0 where it did not say.</param>
    /// <returns>The total; null where it cannot be kept, and then it is as before.</returns>
    internal NativeHistogram? Add(ReadOnlySpan<byte> labels, in PointTime when, ExponentialHistogram delta, out ulong startNs)
    {
        lock (_lock)
        {
            var byBytes = _states.GetAlternateLookup<ReadOnlySpan<byte>>();
            var isKnown = byBytes.TryGetValue(labels, out var state);
            startNs = isKnown ? state.StartNs : when.StartNs;
            if (state.Histogram is not null)
            {
                _total.Set(state.Histogram);
                _total.Add(delta);
            }

            var total = (state.Histogram is null ? delta : _total).ToHistogram(HistogramLayout.BucketsMax);
            if (HistogramRule.Check(total.View) != HistogramFault.None)
            {
                return null;
            }

            _weight -= state.Weight;
            state = new State(0, when.TimeNs, time.GetTimestamp(), startNs, total);
            _weight += state.Weight;
            byBytes[labels] = state;
            return total;
        }
    }

    private void Remove(ReadOnlySpan<byte> labels)
    {
        if (_states.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(labels, out _, out var state))
        {
            _weight -= state.Weight;
        }
    }

    private void DropIdle()
    {
        var idle = TimeSpan.FromSeconds(limits.DeltaIdleSeconds);
        foreach (var (labels, state) in _states)
        {
            if (time.GetElapsedTime(state.SeenAt) >= idle)
            {
                _weight -= state.Weight;
                _states.Remove(labels); // Removing while walking is allowed of Dictionary.
            }
        }
    }

    private readonly record struct State(double Total, ulong TimeNs, long SeenAt, ulong StartNs, NativeHistogram? Histogram)
    {
        public long Weight => (Histogram?.Layout.BucketCount ?? 0) / BucketsPerSeries;
    }

    /// <summary>Finds label sets by their bytes, so that a known series costs no allocation.</summary>
    private sealed class EncodedComparer : IEqualityComparer<LabelSet>, IAlternateEqualityComparer<ReadOnlySpan<byte>, LabelSet>
    {
        public static readonly EncodedComparer Instance = new();

        public bool Equals(LabelSet? x, LabelSet? y) => x == y;

        public int GetHashCode(LabelSet obj) => (int)obj.Hash;

        public bool Equals(ReadOnlySpan<byte> alternate, LabelSet other) => other.Encoded.SequenceEqual(alternate);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)LabelSet.HashOf(alternate);

        public LabelSet Create(ReadOnlySpan<byte> alternate) => LabelSet.FromEncoded(alternate);
    }
}
