using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>
/// The discoveries of a job as they run. Those that a reload leaves as they are go on, and what was found before is kept until
/// all the new ones have found something, so that no target goes away for a moment. Thread-safe.
/// </summary>
/// <param name="make">Makes a discovery.</param>
/// <param name="changed">Called when other targets were found, from any thread; fast.</param>
internal sealed class DiscoveryRuns(Func<DiscoveryOptions, IDiscovery> make, Action changed) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private List<Run> _runs = [];
    private List<TargetGroup> _retired = [];
    private bool _isApplying;

    /// <summary>All that is found now.</summary>
    public IReadOnlyList<TargetGroup> Groups
    {
        get
        {
            lock (_lock)
            {
                if (_runs.TrueForAll(static run => run.Groups is not null))
                {
                    _retired = [];
                }

                return [.. _runs.SelectMany(static run => run.Groups ?? []), .. _retired];
            }
        }
    }

    /// <summary>What could not be asked lately.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
            {
                return [.. _runs.SelectMany(static run => run.Discovery?.Faults ?? [])];
            }
        }
    }

    /// <summary>Runs these, and no others any more.</summary>
    public async Task ApplyAsync(IReadOnlyList<DiscoveryOptions> options)
    {
        var unused = new List<Run>();
        var fresh = new List<Run>();
        lock (_lock)
        {
            unused.AddRange(_runs);
            var runs = new List<Run>();
            foreach (var option in options)
            {
                var run = unused.Find(known => known.Options.Equals(option));
                if (run is null)
                {
                    run = new Run(option);
                    fresh.Add(run);
                }
                else
                {
                    unused.Remove(run);
                }

                runs.Add(run);
            }

            _runs = runs;
            _retired.AddRange(unused.SelectMany(static run => run.Groups ?? []));
            _isApplying = true;
        }

        try
        {
            foreach (var run in fresh)
            {
                run.Task = RunAsync(run);
            }
        }
        finally
        {
            lock (_lock)
            {
                _isApplying = false;
            }
        }

        await Task.WhenAll(unused.Select(static run => run.StopAsync())).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        List<Run> runs;
        lock (_lock)
        {
            runs = _runs;
            _runs = [];
        }

        await Task.WhenAll(runs.Select(static run => run.StopAsync())).ConfigureAwait(false);
    }

    private Task RunAsync(Run run)
    {
        var discovery = make(run.Options);
        lock (_lock)
        {
            run.Discovery = discovery;
        }

        return discovery.RunAsync(groups => Replace(run, groups), run.Stop.Token);
    }

    private void Replace(Run run, IReadOnlyList<TargetGroup> groups)
    {
        lock (_lock)
        {
            run.Groups = groups;
            if (_isApplying || !_runs.Contains(run))
            {
                return; // Whoever applies looks afterwards.
            }
        }

        changed();
    }

    private sealed class Run(DiscoveryOptions options)
    {
        public DiscoveryOptions Options { get; } = options;

        public CancellationTokenSource Stop { get; } = new();

        public IDiscovery? Discovery { get; set; }

        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>What it found; null before the first time.</summary>
        public IReadOnlyList<TargetGroup>? Groups { get; set; }

        public async Task StopAsync()
        {
            await Stop.CancelAsync().ConfigureAwait(false);
            await Task.ConfigureAwait(false);
            Stop.Dispose();
        }
    }
}
