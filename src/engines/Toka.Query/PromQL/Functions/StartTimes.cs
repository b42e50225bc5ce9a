using Toka.Core.Series;

namespace Toka.Query.PromQL.Functions;

/// <summary>When the counter of a series began, as each of its samples tells; 0 where it is not known.</summary>
/// <remarks>Source: Prometheus 3, <c>isStartTimestampReset</c> and <c>checkStartTimeOverlap</c>.</remarks>
internal sealed class StartTimes : IDisposable
{
    /// <summary>What the store knows.</summary>
    public CreatedColumn Column { get; } = new();

    /// <summary>Whether a sample was met whose counter began before the sample before it, yet not when that one's did.</summary>
    public bool HasOverlap { get; private set; }

    /// <summary>Begins with another series.</summary>
    public void Clear()
    {
        Column.Clear();
        HasOverlap = false;
    }

    /// <summary>When the counter of a sample began, ms since the Unix epoch.</summary>
    /// <param name="timeMs">The sample's time.</param>
    public long Of(long timeMs) => Column.At(timeMs) ?? 0;

    /// <summary>Whether a counter began anew between two neighbouring samples.</summary>
    /// <param name="previousMs">The time of the first one.</param>
    /// <param name="timeMs">The time of the second one.</param>
    public bool IsReset(long previousMs, long timeMs)
    {
        var (before, start) = (Of(previousMs), Of(timeMs));
        HasOverlap |= start != 0 && start < previousMs && start != before;

        // Not known, or not before the sample itself.
        if (start == 0 || start >= timeMs || start < previousMs)
        {
            return false;
        }

        // A start at the sample before is that of a difference, or of a counter whose beginning is not known: then the sample
        // before knows none either.
        return start > previousMs || (before != 0 && before < previousMs);
    }

    /// <inheritdoc/>
    public void Dispose() => Column.Dispose();
}
