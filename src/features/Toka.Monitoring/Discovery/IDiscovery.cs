namespace Toka.Monitoring.Discovery;

/// <summary>
/// Finds targets, and says whenever others are there than before. One instance is run once, by <see cref="RunAsync"/>.
/// </summary>
public interface IDiscovery
{
    /// <summary>What is wrong now, one line for each place that could not be asked; empty where all is well. Thread-safe.</summary>
    IReadOnlyList<string> Faults => [];

    /// <summary>Finds targets until cancelled.</summary>
    /// <param name="replace">
    /// Takes all groups that are known now, in place of all of the call before: whatever is not in the list is gone. It is called only
    /// when something has changed, first when the first targets are found, from any thread, but never by two at once. What cannot be
    /// asked at present keeps the groups that it had. It returns fast and does not throw.
    /// </param>
    /// <param name="cancellationToken">Ends it; nothing is handed over afterwards.</param>
    /// <returns>
    /// Ends without an exception: when cancelled, or where nothing can change any more. What goes wrong is logged and counted, never
    /// thrown.
    /// </returns>
    Task RunAsync(Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken);
}
