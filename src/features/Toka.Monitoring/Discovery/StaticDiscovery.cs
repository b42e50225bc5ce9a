using Toka.Monitoring.Discovery.Options;

namespace Toka.Monitoring.Discovery;

/// <summary>Targets that stand in the configuration.</summary>
internal sealed class StaticDiscovery(StaticDiscoveryOptions options, DiscoveryTools tools) : IDiscovery
{
    /// <inheritdoc/>
    public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken)
    {
        var metrics = tools.Metrics.Of("static");
        var targets = options.Groups.Sum(static group => (long)group.Targets.Count);
        metrics.Change(targets);
        replace(options.Groups);
        try
        {
            // For as long as the job lives its targets are counted.
            await Task.Delay(Timeout.InfiniteTimeSpan, tools.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            metrics.Change(-targets);
        }
    }
}
