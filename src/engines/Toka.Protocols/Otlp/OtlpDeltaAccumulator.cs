using System.Runtime.InteropServices;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Otlp.Points;

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
            if (_states.GetAlternateLookup<EncodedLabels>().TryGetValue(new EncodedLabels(first, LabelSet.HashOf(first)), out var state))
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
    /// <param name="hash">Their hash.</param>
    /// <param name="when">When the delta begins and ends.</param>
    /// <param name="delta">The delta.</param>
    /// <param name="startNs">When the first delta of the total began; 0 where it did not say.</param>
    /// <returns>The total.</returns>
    internal double Add(ReadOnlySpan<byte> labels, ulong hash, in PointTime when, double delta, out ulong startNs)
    {
        lock (_lock)
        {
            ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(
                _states.GetAlternateLookup<EncodedLabels>(), new EncodedLabels(labels, hash), out var isKnown);
            startNs = isKnown ? state.StartNs : when.StartNs;
            _weight -= state.Weight;
            state = new State(state.Total + delta, when.TimeNs, time.GetTimestamp(), startNs, null);
            return state.Total;
        }
    }

    /// <summary>Adds a delta to a native histogram.</summary>
    /// <param name="labels">The series' canonical label bytes.</param>
    /// <param name="when">When the delta begins and ends.</param>
    /// <param name="delta">The delta; it is changed.</param>
    /// <param name="total">The total.</param>
    /// <param name="startNs">When the first delta of the total began; 0 where it did not say.</param>
    /// <returns>Why the total cannot be kept; then it is as before.</returns>
    internal OtlpRefusal Add(ReadOnlySpan<byte> labels, in PointTime when, ExponentialHistogram delta, out NativeHistogram? total, out ulong startNs)
    {
        lock (_lock)
        {
            var key = new EncodedLabels(labels, LabelSet.HashOf(labels));
            var isKnown = _states.GetAlternateLookup<EncodedLabels>().TryGetValue(key, out var state) && state.Histogram is { Layout.IsCustom: false };
            if (isKnown)
            {
                _total.Set(state.Histogram!);
                _total.Add(delta);
            }

            total = (isKnown ? _total : delta).ToHistogram(HistogramLayout.BucketsMax);
            startNs = isKnown ? state.StartNs : when.StartNs;
            return Keep(key, when, state, total, startNs);
        }
    }

    /// <summary>Adds a delta to a native histogram with custom bounds. Where the bounds are others than before, a new total begins.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, in PointTime, ExponentialHistogram, out NativeHistogram?, out ulong)" path="/param|/returns"/>
    internal OtlpRefusal AddCustom(ReadOnlySpan<byte> labels, in PointTime when, NativeHistogram delta, out NativeHistogram? total, out ulong startNs)
    {
        lock (_lock)
        {
            var key = new EncodedLabels(labels, LabelSet.HashOf(labels));
            var isKnown = _states.GetAlternateLookup<EncodedLabels>().TryGetValue(key, out var state) && state.Histogram is not null && state.Histogram.Layout.Equals(delta.Layout);
            total = delta;
            if (isKnown)
            {
                var before = state.Histogram!;
                var buckets = before.Buckets.ToArray();
                for (var i = 0; i < buckets.Length; i++)
                {
                    buckets[i] += delta.Buckets[i];
                }

                total = NativeHistogram.Owning(before.Layout, HistogramResetHint.Unknown, 0, before.Count + delta.Count, before.Sum + delta.Sum, buckets);
            }

            startNs = isKnown ? state.StartNs : when.StartNs;
            return Keep(key, when, state, total, startNs);
        }
    }

    private OtlpRefusal Keep(in EncodedLabels key, in PointTime when, in State before, NativeHistogram total, ulong startNs)
    {
        if (HistogramRule.Check(total.View) != HistogramFault.None)
        {
            return OtlpRefusal.BadHistogram;
        }

        // Known series grow too: a total has the buckets of all its deltas.
        var states = _states.GetAlternateLookup<EncodedLabels>();
        var state = new State(0, when.TimeNs, time.GetTimestamp(), startNs, total);
        var more = state.Weight - before.Weight;
        if (more > 0 && _states.Count + _weight + more > limits.DeltaSeriesMax)
        {
            if (before.Histogram is not null)
            {
                states[key] = before with { SeenAt = state.SeenAt }; // This one is not idle.
            }

            DropIdle();
            if (_states.Count + _weight + more > limits.DeltaSeriesMax)
            {
                return OtlpRefusal.DeltaSeriesLimit;
            }
        }

        _weight += more;
        states[key] = state;
        return OtlpRefusal.None;
    }

    private void Remove(ReadOnlySpan<byte> labels)
    {
        if (_states.GetAlternateLookup<EncodedLabels>().Remove(new EncodedLabels(labels, LabelSet.HashOf(labels)), out _, out var state))
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

    /// <summary>Label bytes and their hash.</summary>
    private readonly ref struct EncodedLabels(ReadOnlySpan<byte> encoded, ulong hash)
    {
        public ReadOnlySpan<byte> Encoded { get; } = encoded;

        public ulong Hash { get; } = hash;
    }

    /// <summary>Finds label sets by their bytes, so that a known series costs no allocation.</summary>
    private sealed class EncodedComparer : IEqualityComparer<LabelSet>, IAlternateEqualityComparer<EncodedLabels, LabelSet>
    {
        public static readonly EncodedComparer Instance = new();

        public bool Equals(LabelSet? x, LabelSet? y) => x == y;

        public int GetHashCode(LabelSet obj) => (int)obj.Hash;

        public bool Equals(EncodedLabels alternate, LabelSet other) => other.Hash == alternate.Hash && other.Encoded.SequenceEqual(alternate.Encoded);

        public int GetHashCode(EncodedLabels alternate) => (int)alternate.Hash;

        public LabelSet Create(EncodedLabels alternate) => LabelSet.FromEncoded(alternate.Encoded);
    }
}
