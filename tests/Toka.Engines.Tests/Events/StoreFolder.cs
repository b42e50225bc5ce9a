using Microsoft.Extensions.Time.Testing;
using Toka.Core.Telemetry;
using Toka.Events;

namespace Toka.Engines.Tests.Events;

/// <summary>A directory for a store of spans and logs, a clock that stands, and what the store counts.</summary>
internal sealed class StoreFolder : IDisposable
{
    public const long NowNs = 1_780_000_000L * 1_000_000_000;

    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(NowNs / 1_000_000_000));

    public SelfMetrics Metrics { get; } = new();

    public string Path { get; } = Directory.CreateTempSubdirectory("toka-events-").FullName;

    public EventStore Open(Func<EventStoreOptions, EventStoreOptions>? change = null)
    {
        var options = new EventStoreOptions { Directory = Path };
        return EventStore.Open(change?.Invoke(options) ?? options, Clock, Metrics);
    }

    /// <summary>The sum of a metric's values whose labels have these words.</summary>
    public double Metric(string name, params string[] words) =>
        Metrics.Read().Where(one => one.Labels.ToString().StartsWith(name, StringComparison.Ordinal) && words.All(one.Labels.ToString().Contains)).Sum(one => one.Value);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
