namespace Toka.Monitoring.Discovery;

/// <summary>Several discoveries as one: all of a job's. Sources get the number of their discovery before them, so that they stay unique.</summary>
/// <param name="discoveries">The discoveries, in the order of the configuration.</param>
public sealed class DiscoverySet(IReadOnlyList<IDiscovery> discoveries) : IDiscovery
{
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<TargetGroup>[] _groups = [.. discoveries.Select(static _ => (IReadOnlyList<TargetGroup>)[])];

    /// <inheritdoc/>
    public IReadOnlyList<string> Faults => [.. discoveries.SelectMany(static discovery => discovery.Faults)];

    /// <inheritdoc/>
    public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replace);
        await Task.WhenAll(discoveries.Select((discovery, i) => discovery.RunAsync(groups => Replace(i, groups, replace, cancellationToken), cancellationToken)));
    }

    private void Replace(int index, IReadOnlyList<TargetGroup> groups, Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken)
    {
        // Handed over under the lock: two discoveries must not overtake each other.
        lock (_lock)
        {
            _groups[index] = [.. groups.Select(group => group with { Source = $"{index}/{group.Source}" })];
            if (!cancellationToken.IsCancellationRequested)
            {
                replace([.. _groups.SelectMany(static part => part)]);
            }
        }
    }
}
