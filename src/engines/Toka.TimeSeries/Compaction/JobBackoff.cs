namespace Toka.TimeSeries.Compaction;

/// <summary>
/// Jobs that failed wait before they are tried again, longer each time; and blocks that are damaged are not tried at all. Not
/// thread-safe.
/// </summary>
/// <param name="time">The clock; only durations are taken from it, so that a jump does not matter.</param>
internal sealed class JobBackoff(TimeProvider time)
{
    private readonly Dictionary<string, (long Since, TimeSpan Wait, IReadOnlyList<long> Inputs)> _failed = new(StringComparer.Ordinal);
    private readonly HashSet<long> _damaged = [];

    /// <summary>How long a job waits that failed once; doubled by each further failure. 1 min.</summary>
    public static TimeSpan WaitMin => TimeSpan.FromMinutes(1);

    /// <summary>The longest wait. 1 h.</summary>
    public static TimeSpan WaitMax => TimeSpan.FromHours(1);

    /// <summary>Blocks that cannot be read whole: they stay as they are until retention or a repair.</summary>
    public IReadOnlySet<long> Damaged => _damaged;

    /// <summary>Whether a job is to wait.</summary>
    public bool IsPostponed(string key) => _failed.TryGetValue(key, out var failure) && time.GetElapsedTime(failure.Since) < failure.Wait;

    /// <summary>Notes a failure.</summary>
    public void Failed(string key, IReadOnlyList<long> inputs)
    {
        var wait = _failed.TryGetValue(key, out var before) ? before.Wait * 2 : WaitMin;
        _failed[key] = (time.GetTimestamp(), wait < WaitMax ? wait : WaitMax, inputs);
    }

    /// <summary>Notes a damaged block.</summary>
    /// <returns>Whether it is new.</returns>
    public bool FoundDamaged(long sequence) => _damaged.Add(sequence);

    /// <summary>Forgets a job that succeeded.</summary>
    public void Succeeded(string key) => _failed.Remove(key);

    /// <summary>Forgets what speaks of blocks that are gone.</summary>
    public void Keep(IReadOnlySet<long> sequences)
    {
        _damaged.IntersectWith(sequences);
        foreach (var (key, failure) in _failed)
        {
            if (!failure.Inputs.All(sequences.Contains))
            {
                _failed.Remove(key);
            }
        }
    }
}
