namespace Toka.Simulation.Model;

/// <summary>
/// The rule of docs/formats/checkpoint.md about clocks, written a second time: the steady time goes on as if nothing had
/// happened where the clock jumps by more than a day, until the clock has stood there for six hours.
/// </summary>
internal sealed class ModelClock
{
    private const long Day = 86_400_000;
    private const long Standing = Day / 4;
    private readonly SimulatedClock _clock;
    private long _elapsed;
    private long _expected;
    private long? _stands;

    /// <summary>A store is opened.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="steadyMs">The steady time of its checkpoint; null where there is none.</param>
    public ModelClock(SimulatedClock clock, long? steadyMs)
    {
        (_clock, _elapsed, SteadyMs) = (clock, clock.GetTimestamp(), steadyMs ?? clock.NowMs);
        Observe();
    }

    public long SteadyMs { get; private set; }

    public long EarlierMs => Math.Min(_clock.NowMs, SteadyMs);

    public long LaterMs => Math.Max(_clock.NowMs, SteadyMs);

    /// <summary>The store looks at the clock.</summary>
    public void Observe()
    {
        var passed = _clock.GetTimestamp() - _elapsed;
        _elapsed += passed;
        (SteadyMs, _expected) = (SteadyMs + passed, _expected + passed);
        var isNear = Math.Abs(_clock.NowMs - SteadyMs) <= Day;
        _stands = isNear ? null : _stands is { } stood && Math.Abs(_clock.NowMs - _expected) <= Day ? stood + passed : 0;
        _expected = _stands == 0 ? _clock.NowMs : _expected;
        if (isNear || _stands >= Standing)
        {
            (SteadyMs, _stands) = (_clock.NowMs, null);
        }
    }
}
