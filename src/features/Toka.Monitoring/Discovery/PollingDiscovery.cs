using Microsoft.Extensions.Logging;

namespace Toka.Monitoring.Discovery;

/// <summary>
/// A discovery that looks again and again. It keeps what each place gave, a file or a name; a place that cannot be asked keeps what it
/// gave before, and is counted, logged once for each fault and shown.
/// </summary>
/// <param name="kind">The kind, as metrics name it.</param>
/// <param name="interval">How often it looks.</param>
/// <param name="tools">What it stands on.</param>
internal abstract class PollingDiscovery(string kind, TimeSpan interval, DiscoveryTools tools) : IDiscovery
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, IReadOnlyList<TargetGroup>> _places = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _faults = new(StringComparer.Ordinal);
    private readonly DiscoveryMetrics.Kind _metrics = tools.Metrics.Of(kind);
    private volatile IReadOnlyList<string> _shownFaults = [];
    private IReadOnlyList<TargetGroup>? _handed;
    private long _targets;

    /// <inheritdoc/>
    public IReadOnlyList<string> Faults => _shownFaults;

    /// <summary>What it stands on.</summary>
    protected DiscoveryTools Tools { get; } = tools;

    /// <inheritdoc/>
    public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                Hand(replace);
                await Task.Delay(interval, Tools.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The job ended.
        }
        finally
        {
            _metrics.Change(-_targets);
            Release();
        }
    }

    /// <summary>Looks at every place once, by <see cref="AskAsync"/> for each of them.</summary>
    protected abstract Task LookAsync(CancellationToken cancellationToken);

    /// <summary>Gives back what was opened; the run is over.</summary>
    protected virtual void Release()
    {
    }

    /// <summary>Asks one place, and keeps what it gave before where that fails.</summary>
    /// <remarks>Several places may be asked at once.</remarks>
    /// <param name="place">Its name, as faults and the order of groups have it.</param>
    /// <param name="ask">Asks; any exception is the place's fault.</param>
    /// <param name="cancellationToken">Ends it.</param>
    protected async Task AskAsync(string place, Func<CancellationToken, Task<IReadOnlyList<TargetGroup>>> ask, CancellationToken cancellationToken)
    {
        _metrics.Refreshes.Add();
        try
        {
            var groups = await ask(cancellationToken);
            lock (_lock)
            {
                _places[place] = groups;
                if (_faults.Remove(place))
                {
                    Tools.Log.LogInformation("discovery ({Kind}): {Place} answers again", kind, place);
                    _shownFaults = [.. _faults.Values];
                }
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _metrics.Failures.Add();
            lock (_lock)
            {
                Note(place, $"{place}: {e.Message}");
            }
        }
    }

    private void Note(string place, string fault)
    {
        if (_faults.TryGetValue(place, out var known) && known == fault)
        {
            return;
        }

        var kept = _places.TryGetValue(place, out var groups) ? groups.Sum(static group => group.Targets.Count) : 0;
        Tools.Log.LogWarning("discovery ({Kind}): {Fault}; the {Kept} targets known from there stay", kind, fault, kept);
        _faults[place] = fault;
        _shownFaults = [.. _faults.Values];
    }

    /// <summary>Forgets places that are no more.</summary>
    /// <param name="isThere">Whether a place still is.</param>
    protected void Keep(Func<string, bool> isThere)
    {
        foreach (var gone in _places.Keys.Concat(_faults.Keys).Where(place => !isThere(place)).ToList())
        {
            _places.Remove(gone);
            _faults.Remove(gone);
            _shownFaults = [.. _faults.Values];
        }
    }

    private void Hand(Action<IReadOnlyList<TargetGroup>> replace)
    {
        // Nothing is handed over before anything has been found: no answer yet is not the answer that there are none.
        if (_handed is null && _places.Count == 0 && _faults.Count > 0)
        {
            return;
        }

        List<TargetGroup> groups = [.. _places.Values.SelectMany(static place => place)];
        if (_handed is not null && _handed.SequenceEqual(groups))
        {
            return;
        }

        var targets = groups.Sum(static group => (long)group.Targets.Count);
        _metrics.Change(targets - _targets);
        _targets = targets;
        _handed = groups;
        replace(groups);
    }
}
