namespace Toka.Query.PromQL.Functions;

/// <summary>Which of a series' times lie in a window whose two ends only ever move forward.</summary>
/// <param name="timestamps">The times, ms since the Unix epoch, ascending.</param>
internal ref struct MovingWindow(ReadOnlySpan<long> timestamps)
{
    private readonly ReadOnlySpan<long> _timestamps = timestamps;

    /// <summary>The place of the window's first time.</summary>
    public int First { get; private set; }

    /// <summary>The place behind the window's last time.</summary>
    public int Behind { get; private set; }

    /// <summary>Moves the window.</summary>
    /// <param name="startMs">Its left end, itself outside; not before the last one.</param>
    /// <param name="endMs">Its right end, itself inside; not before the last one.</param>
    /// <returns>Whether it has any time.</returns>
    public bool MoveTo(long startMs, long endMs)
    {
        while (Behind < _timestamps.Length && _timestamps[Behind] <= endMs)
        {
            Behind++;
        }

        while (First < Behind && _timestamps[First] <= startMs)
        {
            First++;
        }

        return First < Behind;
    }
}
