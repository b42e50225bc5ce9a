namespace Toka.TimeSeries.Writing;

/// <summary>
/// The clock, and beside it a steady time for decisions that cannot be taken back. The steady time goes with the clock; where
/// the clock jumps by more than a day (against the time that has passed), it goes on as before until the clock has stood
/// there for some hours. So a clock that is wrong for a while deletes nothing. Not thread-safe: the committer's.
/// </summary>
internal sealed class StoreClock
{
    /// <summary>A larger step is a jump. Smaller ones (a zone set wrong, a leap) cost at most a day of retention.</summary>
    public static readonly TimeSpan JumpMin = TimeSpan.FromDays(1);

    /// <summary>So long must the clock stand after a jump until it is believed: longer than it takes to set a clock right.</summary>
    public static readonly TimeSpan Standing = TimeSpan.FromHours(6);

    private readonly TimeProvider _time;
    private long _stamp;
    private long _steadyMs;
    private long _jumpedToMs;
    private TimeSpan? _standing;

    /// <summary>Begins where an earlier run ended.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="lastMs">The steady time of the earlier run; null where there was none.</param>
    public StoreClock(TimeProvider time, long? lastMs)
    {
        _time = time;
        _stamp = time.GetTimestamp();
        NowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        _steadyMs = lastMs ?? NowMs;
        Follow(TimeSpan.Zero);
    }

    /// <summary>The clock, ms.</summary>
    public long NowMs { get; private set; }

    /// <summary>The earlier of clock and steady time: what is older than retention by this may go.</summary>
    public long EarlierMs => Math.Min(NowMs, _steadyMs);

    /// <summary>The later of clock and steady time: samples up to a tolerance behind it are taken.</summary>
    public long LaterMs => Math.Max(NowMs, _steadyMs);

    /// <summary>The steady time, ms.</summary>
    public long SteadyMs => _steadyMs;

    /// <summary>Looks at the clock.</summary>
    public void Observe()
    {
        var stamp = _time.GetTimestamp();
        var elapsed = _time.GetElapsedTime(_stamp, stamp);
        _stamp = stamp;
        NowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Follow(elapsed);
    }

    private void Follow(TimeSpan elapsed)
    {
        var passed = (long)elapsed.TotalMilliseconds;
        _steadyMs += passed;
        if (!IsJump(NowMs, _steadyMs))
        {
            _steadyMs = NowMs;
            _standing = null;
            return;
        }

        _jumpedToMs += passed;
        if (_standing is not { } standing || IsJump(NowMs, _jumpedToMs))
        {
            (_jumpedToMs, _standing) = (NowMs, TimeSpan.Zero);
        }
        else if (standing + elapsed >= Standing)
        {
            _steadyMs = NowMs;
            _standing = null;
        }
        else
        {
            _standing = standing + elapsed;
        }
    }

    private static bool IsJump(long a, long b) => Math.Abs(a - b) > (long)JumpMin.TotalMilliseconds;
}
