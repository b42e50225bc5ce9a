namespace Toka.Web.Live;

/// <summary>One subscription of one page. Except for <see cref="IsEnded"/>, only its feed's loop touches its state.</summary>
/// <param name="id">The page's own id.</param>
/// <param name="rangeMs">How far back its range begins.</param>
/// <param name="queue">Where its frames go.</param>
internal sealed class LiveSubscription(uint id, long rangeMs, LiveQueue queue)
{
    private volatile bool _isEnded;

    public uint Id { get; } = id;

    public long RangeMs { get; } = rangeMs;

    public LiveQueue Queue { get; } = queue;

    /// <summary>The feed that serves it; set by the hub.</summary>
    public LiveFeed? Feed { get; set; }

    /// <summary>Series whose index it was given: all below this number.</summary>
    public int KnownSeries { get; set; }

    /// <summary>Whether its whole range is to be sent: at the beginning, and after increments were dropped.</summary>
    public bool NeedsRange { get; set; } = true;

    /// <summary>Whether it is over. Set by <see cref="LiveQueue.End"/> alone.</summary>
    public bool IsEnded
    {
        get => _isEnded;
        set => _isEnded = value;
    }
}
