using Toka.Core.Telemetry;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries;

/// <summary>Counts what becomes of exemplars, or of counters' begins.</summary>
internal sealed class SideCounters(SelfMetrics metrics, string signal, string stored, string help)
{
    private readonly SelfCounter _stored = metrics.Counter(stored, help);
    private readonly SelfCounter _conflicting = metrics.Dropped(signal, "conflicting");
    private readonly SelfCounter _tooOld = metrics.Dropped(signal, "too_old");
    private readonly SelfCounter _limit = metrics.Dropped(signal, "limit");

    /// <summary>Those further ahead of the clock than the store allows.</summary>
    public SelfCounter TooFarInFuture { get; } = metrics.Dropped(signal, "too_far_in_future");

    /// <summary>Those of a series that has no sample.</summary>
    public SelfCounter UnknownSeries { get; } = metrics.Dropped(signal, "unknown_series");

    /// <summary>Counts one.</summary>
    public void Count(SideOutcome outcome)
    {
        switch (outcome)
        {
            case SideOutcome.Accepted:
                _stored.Add();
                break;
            case SideOutcome.Conflict:
                _conflicting.Add();
                break;
            case SideOutcome.TooOld:
                _tooOld.Add();
                break;
            case SideOutcome.OverLimit:
                _limit.Add();
                break;
            default:
                break; // A duplicate is no loss.
        }
    }
}
