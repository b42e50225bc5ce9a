using System.Runtime.InteropServices;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.TimeSeries.Head;

/// <summary>What becomes of an exemplar or of a counter's begin.</summary>
internal enum SideOutcome
{
    /// <summary>It is kept.</summary>
    Accepted,

    /// <summary>It is there already, or says nothing new.</summary>
    Duplicate,

    /// <summary>Another one stands at its time.</summary>
    Conflict,

    /// <summary>It is not after the floor.</summary>
    TooOld,

    /// <summary>The series has as many as are kept for an hour, or all of them take as much memory as they may.</summary>
    OverLimit,
}

/// <summary>
/// What the head keeps beside floats, by series: native histograms, exemplars, and when counters began. Series without any
/// cost nothing. Changed by the committer alone, under the head's lock; captured under it, decoded without it.
/// </summary>
/// <param name="bytesMax">The most bytes of all of it.</param>
internal sealed class SideColumns(long bytesMax)
{
    /// <summary>
    /// The most exemplars of one series in one hour: one each half minute leads to a trace from any minute of a graph, at some
    /// 15 KiB a series and hour.
    /// </summary>
    public const int ExemplarsPerHourMax = 128;

    /// <summary>So many of them may come at once; the others are spread over the hour.</summary>
    public const int ExemplarsAtOnceMax = 8;

    /// <summary>The longest labels of an exemplar, canonically encoded, in bytes.</summary>
    public const int ExemplarLabelBytesMax = 4096;

    /// <summary>The bytes that the process may use where nobody says otherwise.</summary>
    public const long DefaultBytesMax = 256L * 1024 * 1024;

    private const long HourMs = 3_600_000;
    private const long ExemplarPaceMs = HourMs / (ExemplarsPerHourMax - ExemplarsAtOnceMax);

    private readonly Dictionary<int, SideSeries> _series = [];

    /// <summary>The bytes of all of it, estimated.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether there is anything at all.</summary>
    public bool IsEmpty => _series.Count == 0;

    /// <summary>Whether anything is kept of a series.</summary>
    public bool Has(int id) => _series.Count > 0 && _series.ContainsKey(id);

    /// <summary>The time of the newest histogram or exemplar of a series; <see cref="HeadSeries.Never"/> where it has none.</summary>
    public long NewestOf(int id) => _series.Count > 0 && _series.TryGetValue(id, out var side) ? side.NewestMs : HeadSeries.Never;

    /// <summary>The time of the oldest histogram or exemplar of a series; <see cref="long.MaxValue"/> where it has none.</summary>
    public long OldestOf(int id) => _series.Count > 0 && _series.TryGetValue(id, out var side) ? side.OldestMs : long.MaxValue;

    /// <summary>Stores a native histogram.</summary>
    /// <param name="id">The series.</param>
    /// <param name="time">Its time, after the floor.</param>
    /// <param name="histogram">A histogram that keeps <see cref="HistogramRule"/>.</param>
    public SideOutcome AddHistogram(int id, long time, NativeHistogram histogram)
    {
        if (Bytes >= bytesMax)
        {
            return SideOutcome.OverLimit;
        }

        var series = SeriesOf(id);
        Bytes -= series.Bytes;
        var outcome = series.Histograms.Add(time, histogram);
        Bytes += series.Bytes;
        return outcome;
    }

    /// <summary>What <see cref="AddExemplar"/> would do, without doing it: so that what is not kept need not be logged.</summary>
    public SideOutcome Judge(int id, long time, double value, ReadOnlySpan<byte> labels) =>
        Judge(_series.GetValueOrDefault(id), time, value, labels, out _);

    /// <summary>Stores an exemplar, unless its series has had its share of the hour.</summary>
    /// <param name="id">The series.</param>
    /// <param name="time">Its time, after the floor.</param>
    /// <param name="value">Its value.</param>
    /// <param name="labels">Its canonical label bytes.</param>
    public SideOutcome AddExemplar(int id, long time, double value, ReadOnlySpan<byte> labels)
    {
        var outcome = Judge(_series.GetValueOrDefault(id), time, value, labels, out var at);
        if (outcome == SideOutcome.Accepted)
        {
            var series = SeriesOf(id);
            Bytes -= series.Bytes;
            series.Exemplars.Insert(at, new SideExemplar(time, value, labels.ToArray()));
            series.ExemplarBytes += SideSeries.ExemplarBytesOf(labels.Length);
            Bytes += series.Bytes;
        }

        return outcome;
    }

    /// <summary>What <see cref="AddCreated"/> would do, without doing it: so that what is known already need not be logged.</summary>
    public SideOutcome JudgeCreated(int id, long time, long created) =>
        _series.TryGetValue(id, out var series) ? JudgeCreated(series, time, created, out _) : Bytes >= bytesMax ? SideOutcome.OverLimit : SideOutcome.Accepted;

    /// <summary>Stores when a counter began; most samples say what the one before said.</summary>
    /// <param name="id">The series.</param>
    /// <param name="time">The time of the sample that says so, after the floor.</param>
    /// <param name="created">When the counter began.</param>
    public SideOutcome AddCreated(int id, long time, long created)
    {
        if (Bytes >= bytesMax && !_series.ContainsKey(id))
        {
            return SideOutcome.OverLimit;
        }

        var series = SeriesOf(id);
        var outcome = JudgeCreated(series, time, created, out var at);
        if (outcome == SideOutcome.Accepted)
        {
            Bytes -= series.Bytes;
            series.Created.Insert(at, (time, created));
            Bytes += series.Bytes;
        }

        return outcome;
    }

    /// <summary>Takes what a series has within a time range, to be decoded without the lock.</summary>
    /// <param name="id">The series.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive; to seal [from, B) it is B − 1.</param>
    /// <param name="into">Gets it; whatever was in it is gone.</param>
    public void Capture(int id, long fromMs, long toMs, SideCapture into)
    {
        into.Begin(toMs);
        if (_series.Count == 0 || !_series.TryGetValue(id, out var series))
        {
            return;
        }

        series.Histograms.Capture(fromMs, toMs, into);
        foreach (var exemplar in CollectionsMarshal.AsSpan(series.Exemplars))
        {
            if (exemplar.Time >= fromMs && exemplar.Time <= toMs)
            {
                into.Exemplars.Add(exemplar.Time, exemplar.Value, exemplar.Labels);
            }
        }

        var steps = CollectionsMarshal.AsSpan(series.Created);
        for (var i = 0; i < steps.Length && steps[i].Time <= toMs; i++)
        {
            if (steps[i].Time >= fromMs || i == steps.Length - 1 || steps[i + 1].Time > fromMs)
            {
                into.Created.Add(Math.Max(steps[i].Time, fromMs), steps[i].Created);
            }
        }
    }

    /// <summary>
    /// Forgets what is older than a moment, such as what has been sealed. Of a counter's begins the last one stays: it holds for
    /// what comes.
    /// </summary>
    /// <param name="floorMs">The first moment that stays.</param>
    public void DropBefore(long floorMs)
    {
        foreach (var (id, series) in _series)
        {
            Bytes -= series.Bytes;
            series.DropBefore(floorMs);
            Bytes += series.Bytes;
            if (series.IsEmpty)
            {
                Remove(id); // Removing while walking is allowed of Dictionary.
            }
        }
    }

    /// <summary>Forgets a series.</summary>
    public void Remove(int id)
    {
        if (_series.Remove(id, out var series))
        {
            Bytes -= series.Bytes;
            series.Dispose();
        }
    }

    private SideSeries SeriesOf(int id)
    {
        ref var series = ref CollectionsMarshal.GetValueRefOrAddDefault(_series, id, out var isKnown);
        if (!isKnown)
        {
            series = new SideSeries();
            Bytes += series.Bytes;
        }

        return series!;
    }

    private SideOutcome Judge(SideSeries? series, long time, double value, ReadOnlySpan<byte> labels, out int at)
    {
        at = 0;
        if (Bytes >= bytesMax || labels.Length > ExemplarLabelBytesMax)
        {
            return SideOutcome.OverLimit;
        }

        if (series is null)
        {
            return SideOutcome.Accepted;
        }

        if (series.FindExemplar(time, labels, out at))
        {
            return BitConverter.DoubleToUInt64Bits(series.Exemplars[at].Value) == BitConverter.DoubleToUInt64Bits(value)
                ? SideOutcome.Duplicate
                : SideOutcome.Conflict;
        }

        // So many have come in this hour, and so many may have come by now.
        var hour = (time - (((time % HourMs) + HourMs) % HourMs));
        series.FindExemplar(hour, default, out var first);
        series.FindExemplar(hour + HourMs, default, out var end);
        return end - first < ExemplarsPerHourMax && at - first < ExemplarsAtOnceMax + ((time - hour) / ExemplarPaceMs)
            ? SideOutcome.Accepted
            : SideOutcome.OverLimit;
    }

    private static SideOutcome JudgeCreated(SideSeries series, long time, long created, out int at)
    {
        var steps = series.Created;
        for (at = steps.Count; at > 0 && steps[at - 1].Time > time; at--)
        {
            // From the end: nearly all come in order.
        }

        if (at > 0 && steps[at - 1].Created == created)
        {
            return SideOutcome.Duplicate;
        }

        return at > 0 && steps[at - 1].Time == time ? SideOutcome.Conflict
            : steps.Count >= SideSeries.CreatedMax ? SideOutcome.OverLimit
            : SideOutcome.Accepted;
    }
}
