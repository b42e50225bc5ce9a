using Toka.Core.Labels;

namespace Toka.Web.Push;

/// <summary>
/// Which series the groups of Pushgateway's protocol had at their last push, so that those which are gone can be marked. What
/// is remembered is bounded in groups, series and time, and a restart forgets it. Thread-safe; one group is changed by one
/// request at a time.
/// </summary>
internal sealed class PushGroups(PushLimits limits, TimeProvider time) : IDisposable
{
    /// <summary>Requests for as many groups go on at the same time as there are locks; 64 is above the places there are.</summary>
    private const int Locks = 64;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim[] _entrances = [.. Enumerable.Range(0, Locks).Select(static _ => new SemaphoreSlim(1, 1))];
    private readonly Lock _lock = new();
    private readonly Dictionary<LabelSet, Group> _groups = [];
    private int _series;
    private long _sweptMs = long.MinValue;

    /// <summary>Groups that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _groups.Count;
            }
        }
    }

    /// <summary>Series that are remembered.</summary>
    public int SeriesCount
    {
        get
        {
            lock (_lock)
            {
                return _series;
            }
        }
    }

    /// <summary>Waits until no other request changes a group.</summary>
    /// <param name="key">The group's labels.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What to release afterwards.</returns>
    public async ValueTask<SemaphoreSlim> EnterAsync(LabelSet key, CancellationToken cancellationToken)
    {
        var entrance = _entrances[key.Hash % Locks];
        await entrance.WaitAsync(cancellationToken);
        return entrance;
    }

    /// <summary>What is remembered of a group; null for nothing.</summary>
    public Group? Find(LabelSet key)
    {
        lock (_lock)
        {
            Sweep();
            return _groups.GetValueOrDefault(key);
        }
    }

    /// <summary>Remembers a group in the place of what was remembered of it.</summary>
    /// <returns>Whether there was room; else nothing is remembered of it.</returns>
    public bool Set(LabelSet key, Group group)
    {
        lock (_lock)
        {
            Forget(key);
            if (_groups.Count >= limits.GroupsMax || _series + group.Series.Count > limits.GroupSeriesMax)
            {
                return false;
            }

            _groups.Add(key, group);
            _series += group.Series.Count;
            return true;
        }
    }

    /// <summary>Forgets a group.</summary>
    public void Remove(LabelSet key)
    {
        lock (_lock)
        {
            Forget(key);
        }
    }

    public void Dispose()
    {
        foreach (var entrance in _entrances)
        {
            entrance.Dispose();
        }
    }

    private void Forget(LabelSet key)
    {
        if (_groups.Remove(key, out var group))
        {
            _series -= group.Series.Count;
        }
    }

    private void Sweep()
    {
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (nowMs - (double)_sweptMs < s_sweepInterval.TotalMilliseconds)
        {
            return;
        }

        _sweptMs = nowMs;
        var oldest = nowMs - (long)limits.GroupKeep.TotalMilliseconds;
        foreach (var key in _groups.Where(pair => pair.Value.LastMs < oldest).Select(static pair => pair.Key).ToArray())
        {
            Forget(key);
        }
    }

    /// <summary>One group.</summary>
    /// <param name="LastMs">The time of its last push, ms since the Unix epoch.</param>
    /// <param name="Series">Its series, and whether each was a native histogram.</param>
    internal sealed record Group(long LastMs, Dictionary<LabelSet, bool> Series);
}
