using Microsoft.Extensions.Logging;
using Toka.Core.Errors;
using Toka.Core.Logs;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Events;
using Toka.Server.Configuration;
using Toka.Tracing.Live;
using Toka.Tracing.SpanMetrics;
using Toka.Tracing.TailSampling;
using Toka.Web.Api.Traces;

namespace Toka.Server.Hosting;

/// <summary>What spans and log records pass through: their series are made, then they are stored.</summary>
internal sealed class EventParts : IAsyncDisposable
{
    /// <summary>Below the store's own folder: spans that are acknowledged, and not decided on yet.</summary>
    private const string HeldFolder = "held";

    private readonly SpanMetricsWriter? _metrics;
    private readonly TailSampler? _sampler;
    private readonly Func<Task>? _left;

    /// <summary>Opens the store; DuckDB is loaded only with the first span or record.</summary>
    /// <exception cref="BadInputException">The store cannot be opened.</exception>
    public EventParts(TokaOptions options, string directory, ISeriesWriter series, SelfMetrics self, TimeProvider time, ILogger log)
    {
        Store = EventStore.Open(StoreOptions(options.Events, directory), time, self);
        SpanFeed = new SpanFeed(Store.Spans, self);
        LogFeed = new LogFeed(Store.Logs, self);
        Writer = SpanFeed;
        var held = Path.Combine(directory, HeldFolder);
        if (options.Tracing.TailSampling.IsEnabled)
        {
            Writer = _sampler = new TailSampler(Writer, options.Tracing.TailSampling, held, self, time, log);
            Sampling = new SamplingInForce(options.Tracing.TailSampling, () => _sampler.Status);
        }
        else if (TailSampler.IsLeftIn(held))
        {
            _left = () => TailSampler.PassOnAsync(held, SpanFeed, self, time, log);
        }

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
    public ILogWriter Logs => LogFeed;

    /// <summary>Spans as they are stored.</summary>
    public SpanFeed SpanFeed { get; }

    /// <summary>Log records as they are stored.</summary>
    public LogFeed LogFeed { get; }

    /// <summary>Tail sampling; null where it is switched off.</summary>
    public SamplingInForce? Sampling { get; }

    /// <summary>Passes on what an earlier process held, and begins to decide and to write series.</summary>
    public async Task StartAsync()
    {
        if (_left is not null)
        {
            await _left();
        }

        _sampler?.Start();
        _metrics?.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_metrics is not null)
        {
            await _metrics.DisposeAsync();
        }

        if (_sampler is not null)
        {
            await _sampler.DisposeAsync();
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
