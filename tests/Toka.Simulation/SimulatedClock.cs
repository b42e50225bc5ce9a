namespace Toka.Simulation;

/// <summary>
/// A clock that moves when it is told to: the wall clock also backwards, the stopwatch only onwards. Its timers never fire,
/// so that nothing happens in the background and a seed means one course of events.
/// </summary>
internal sealed class SimulatedClock(long nowMs) : TimeProvider
{
    private long _nowMs = nowMs;
    private long _elapsedMs;

    public long NowMs => Volatile.Read(ref _nowMs);

    public override long TimestampFrequency => 1000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

    public override long GetTimestamp() => Volatile.Read(ref _elapsedMs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

    /// <summary>Time passes.</summary>
    public void Pass(long ms)
    {
        Interlocked.Add(ref _nowMs, ms);
        Interlocked.Add(ref _elapsedMs, ms);
    }

    /// <summary>Somebody sets the wall clock.</summary>
    public void Jump(long ms) => Interlocked.Add(ref _nowMs, ms);

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
