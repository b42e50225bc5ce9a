using Toka.Core.Samples;

namespace Toka.TimeSeries.Head;

/// <content>
/// Histograms, exemplars and counters' begins: they lie in <see cref="Side"/>, whatever their time. While a seal runs, what
/// comes for the time that it seals is remembered, and put in again when the seal lets go of that time.
/// </content>
internal sealed partial class SampleHead
{
    private readonly List<Action> _sinceFreeze = [];
    private bool _isFrozen;
    private bool _hasLateSide;

    /// <summary>What is kept beside floats. To be added to by the methods here only.</summary>
    public SideColumns Side { get; } = new(SideColumns.DefaultBytesMax);

    /// <summary>Stores a native histogram that keeps <see cref="HistogramRule"/>.</summary>
    public SideOutcome AppendHistogram(int id, long time, NativeHistogram histogram)
    {
        if (time <= FloorMs)
        {
            return SideOutcome.TooOld;
        }

        var outcome = Side.AddHistogram(id, time, histogram);
        if (outcome == SideOutcome.Accepted)
        {
            if (IsLate(time))
            {
                NoteHistogram(id, time, histogram);
            }
            else
            {
                OldestMs = Math.Min(OldestMs, time);
                NewestMs = Math.Max(NewestMs, time);
            }
        }

        return outcome;
    }

    /// <summary>Stores an exemplar.</summary>
    public SideOutcome AppendExemplar(int id, long time, double value, ReadOnlySpan<byte> labels)
    {
        if (time <= FloorMs)
        {
            return SideOutcome.TooOld;
        }

        var outcome = Side.AddExemplar(id, time, value, labels);
        if (outcome == SideOutcome.Accepted && IsLate(time))
        {
            NoteExemplar(id, time, value, labels.ToArray());
        }

        return outcome;
    }

    /// <summary>Stores when a counter began. It goes to blocks with the samples of its series, and causes no seal of its own.</summary>
    public SideOutcome AppendCreated(int id, long time, long created) =>
        time <= FloorMs ? SideOutcome.TooOld : Side.AddCreated(id, time, created);

    private bool IsLate(long time) => time < BoundaryMs || time >= CeilingMs;

    private void NoteHistogram(int id, long time, NativeHistogram histogram) => Note(time, () => Side.AddHistogram(id, time, histogram));

    private void NoteExemplar(int id, long time, double value, byte[] labels) => Note(time, () => Side.AddExemplar(id, time, value, labels));

    private void Note(long time, Action again)
    {
        _hasLateSide = true;
        if (_isFrozen && time < BoundaryMs)
        {
            _sinceFreeze.Add(again);
        }
    }

    private void FreezeSide()
    {
        _isFrozen = true;
        _sinceFreeze.Clear();
    }

    private void ForgetSide(long boundary)
    {
        Side.DropBefore(boundary);
        foreach (var again in _sinceFreeze)
        {
            again();
        }

        _hasLateSide = _sinceFreeze.Count > 0;
        EndFreezeOfSide();
    }

    private void EndFreezeOfSide()
    {
        _isFrozen = false;
        _sinceFreeze.Clear();
    }
}
