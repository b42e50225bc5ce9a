namespace Toka.Monitoring.Scraping.Loops;

/// <summary>When a target is due: at its own moment of every interval, by the wall clock, so that nothing drifts. Not thread-safe.</summary>
internal sealed class ScrapeClock
{
    /// <summary>
    /// Ms by which a scrape may begin late and still get its exact time: even times keep series on one grid and cost the store
    /// less. At most a hundredth of the interval, so that rates stay true.
    /// </summary>
    private const long RoundedMsMax = 10;

    private long _intervalMs;
    private long _offsetMs;
    private long _lastMs;

    /// <summary>A clock of a target that is not due before it was found.</summary>
    public ScrapeClock(long nowMs) => _lastMs = nowMs - 1;

    /// <summary>Puts an interval in force.</summary>
    public void Set(TimeSpan interval, long offsetMs) => (_intervalMs, _offsetMs) = (Math.Max(1, (long)interval.TotalMilliseconds), offsetMs);

    /// <summary>When the next scrape is due, ms since the Unix epoch.</summary>
    public long NextMs(long nowMs)
    {
        if (_lastMs > nowMs + _intervalMs)
        {
            _lastMs = nowMs; // The clock was set back.
        }

        return MomentAfter(_lastMs);
    }

    /// <summary>Takes note of a scrape that begins now.</summary>
    /// <param name="nowMs">Now; not before <see cref="NextMs"/>.</param>
    /// <param name="missed">How many moments before it were left out.</param>
    /// <returns>The time of the samples.</returns>
    public long Begin(long nowMs, out long missed)
    {
        var due = MomentAfter(_lastMs);
        missed = (nowMs - due) / _intervalMs;
        due += missed * _intervalMs;
        var time = nowMs - due <= Math.Min(RoundedMsMax, _intervalMs / 100) ? due : nowMs;
        _lastMs = time;
        return time;
    }

    private long MomentAfter(long timeMs) => ((((timeMs - _offsetMs) / _intervalMs) + 1) * _intervalMs) + _offsetMs;
}
