using Microsoft.Extensions.Logging;
using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Events;
using Toka.Server.Configuration;
using Toka.Tracing.SpanMetrics;

namespace Toka.Server.Hosting;

/// <summary>What spans and log records pass through: their series are made, then they are stored.</summary>
internal sealed class EventParts : IAsyncDisposable
{
    private readonly SpanMetricsWriter? _metrics;

    /// <summary>Opens the store; DuckDB is loaded only with the first span or record.</summary>
    /// <exception cref="BadInputException">The store cannot be opened.</exception>
    public EventParts(TokaOptions options, string directory, ISeriesWriter series, SelfMetrics self, TimeProvider time, ILogger log)
    {
        Store = EventStore.Open(StoreOptions(options.Events, directory), time, self);
        Writer = Store.Spans;
        if (options.Tracing.SpanMetrics.IsEnabled)
        {
            Writer = _metrics = new SpanMetricsWriter(Writer, series, options.Tracing.SpanMetrics, self, time, log);
        }
    }

    /// <summary>Keeps spans and log records.</summary>
    public EventStore Store { get; }

    /// <summary>Where spans go.</summary>
    public ISpanWriter Writer { get; }

    /// <summary>Where log records go.</summary>
    public ILogWriter Logs => Store.Logs;

    /// <summary>Begins to write series.</summary>
    public void Start() => _metrics?.Start();

    public async ValueTask DisposeAsync()
    {
        if (_metrics is not null)
        {
            await _metrics.DisposeAsync();
        }

        await Store.DisposeAsync();
    }

    private static EventStoreOptions StoreOptions(EventSettings events, string directory) => new()
    {
        Directory = directory,
        Retention = events.Retention,
        SizeMaxBytes = events.SizeBytes,
        MemoryMaxBytes = events.MemoryBytes,
        ServiceShareMax = events.ServiceShare,
        ServiceRateMax = events.ServiceRate,
    };
}
