namespace Toka.Load.Runs;

/// <summary>A clock that began at a chosen moment and goes on from there.</summary>
/// <param name="start">The moment.</param>
internal sealed class FixedClock(DateTimeOffset start) : TimeProvider
{
    private long _began = System.GetTimestamp();
    private DateTimeOffset _start = start;

    public override DateTimeOffset GetUtcNow() => _start + System.GetElapsedTime(_began);

    /// <summary>Goes on from another moment.</summary>
    public void Set(DateTimeOffset now) => (_start, _began) = (now, System.GetTimestamp());
}
