using Microsoft.Extensions.Logging;
using Toka.Core.Telemetry;

namespace Toka.Monitoring.Collection;

/// <summary>Counts what could not be read and says it once, until it can be read again.</summary>
internal sealed partial class CollectorErrors(SelfMetrics metrics, ILogger logger)
{
    /// <summary>How many failing sources are remembered; beyond it failures are counted and not logged. Keeps a host of
    /// thousands of broken files from filling the log.</summary>
    public const int RememberedMax = 256;

    private readonly HashSet<string> _failing = [];
    private readonly Dictionary<string, SelfCounter> _counters = [];

    /// <summary>Counts a failure; logs it where the source did not fail before.</summary>
    public void Report(string collector, string source, string reason)
    {
        if (!_counters.TryGetValue(collector, out var counter))
        {
            counter = metrics.Counter(
                "toka_collector_errors_total", "Sources that a collector could not read or understand, by collector.", ("collector", collector));
            _counters.Add(collector, counter);
        }

        counter.Add();
        if (_failing.Count < RememberedMax && _failing.Add(source))
        {
            LogFailure(collector, source, reason);
        }
    }

    /// <summary>Ends a failure, where there was one.</summary>
    public void Recovered(string collector, string source)
    {
        if (_failing.Count > 0 && _failing.Remove(source))
        {
            LogRecovery(collector, source);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "collector {Collector}: {Source}: {Reason}; its metrics are left out until it can be read again")]
    private partial void LogFailure(string collector, string source, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "collector {Collector}: {Source} can be read again")]
    private partial void LogRecovery(string collector, string source);
}
