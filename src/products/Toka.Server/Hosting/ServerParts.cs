using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Toka.Alerting.Lifecycle;
using Toka.Configuration.Binding;
using Toka.Core.Errors;
using Toka.Core.Limits;
using Toka.Core.Telemetry;
using Toka.Forwarding;
using Toka.Monitoring.Cardinality;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Scraping;
using Toka.Monitoring.Scraping.Options;
using Toka.Monitoring.StatsD;
using Toka.Query;
using Toka.Query.Threading;
using Toka.Query.Tracking;
using Toka.Server.Configuration;
using Toka.State.Sqlite;
using Toka.TimeSeries;

namespace Toka.Server.Hosting;

/// <summary>
/// Everything below the web: stores, query engine, monitor, alerts, wired once. They are opened in the order in which data
/// flows and closed in the opposite one, so that each part outlives those which use it.
/// </summary>
internal sealed class ServerParts : IAsyncDisposable
{
    /// <summary>The part of the budget for recent samples and their index; the rest is for queries, requests and what the runtime takes.</summary>
    private const double StorePart = 0.5;

    /// <summary>The part of the budget for bodies that are being scraped: one in so many.</summary>
    private const int BodiesPart = 8;

    private readonly ServeOptions _serve;
    private readonly SqliteStateStore _state;
    private readonly HttpMessageInvoker _webhooks;
    private readonly CancellationTokenSource _stop = new();
    private QueryLog? _queryLog;
    private long _queryLogBytes;
    private Task _alerting = Task.CompletedTask;
    private Task _counting = Task.CompletedTask;

    public ServerParts(ServeOptions serve, TokaOptions options, DataDirectory data)
    {
        _serve = serve;
        Options = options;
        DataPath = data.Path;
        LoggerFactory = Microsoft.Extensions.Logging.LoggerFactory.Create(logging =>
        {
            // The host logs with a stack trace what it also throws, such as a port that is taken; we say it in a line.
            logging.SetMinimumLevel(LogLevel.Information)
                .AddFilter("Microsoft", LogLevel.Warning)
                .AddFilter("Grpc", LogLevel.None) // It logs each call that a sender got wrong; those are counted, and answered.
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
            logging.Services.AddSingleton<ConsoleFormatter>(new LogLines(Time));
            logging.AddConsole(static console =>
            {
                console.FormatterName = LogLines.FormatName;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
            });
        });
        Log = LoggerFactory.CreateLogger("toka");
        Self = new SelfMetrics();
        Memory = new MemoryBudget(serve.MemoryBytes ?? options.Storage.MemoryBytes ?? ProcessMemory.AvailableBytes() / 2, Time);
        Self.Gauge("toka_memory_budget_bytes", "What the process may take.", () => Memory.Bytes);
        Self.Gauge("toka_memory_level", "0: ample; 1: tight, no new series; 2: critical, no heavy queries either.", () => (double)Memory.Level);
        Store = MetricStore.Open(StoreOptions(options, data, Memory), Time, Self);
        Forwarding = new Forwarder(new ForwarderParts
        {
            Store = Store,
            MetadataOf = family => Store.Metadata(family, 0),
            Directory = data.Forward,
            Metrics = Self,
            Time = Time,
            Log = Log,
        });
        Events = options.Performance.TracingEnabled ? new EventParts(options, data.Events, Forwarding, Self, Time, Log) : null;
        Language = LanguageOf(options);
        Queries = new QueryRegistry(EngineOf(Language), Self, Time);
        _state = new SqliteStateStore(data.StateFile);
        Care = new StoreCare(Store, _state, DataPath);
        _webhooks = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        Alerts = new AlertEngine(AlertOptions(options), Queries, _state, _webhooks, Self, Time, Log);
        Host = new HostWatch(Forwarding, Self, Time, Log);
        Cardinality = new CardinalityHistory(Store, Store, Forwarding, Self, Time, Log);
        var discoveries = new DiscoveryTools(Self, Time, Log);
        Scrapes = new ScrapeManager(Forwarding, discoveries.Make, Self, Time, Log, WebHost.Version, Memory.Bytes / BodiesPart);
    }

    public TokaOptions Options { get; private set; }

    public string DataPath { get; }

    public TimeProvider Time { get; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; }

    public ILogger Log { get; }

    public SelfMetrics Self { get; }

    public MemoryBudget Memory { get; }

    public MetricStore Store { get; }

    /// <summary>Before the store: whoever writes, writes here, so that remotes get it too.</summary>
    public Forwarder Forwarding { get; }

    /// <summary>What spans and log records pass through; null where tracing is switched off.</summary>
    public EventParts? Events { get; }

    /// <summary>What the query engine allows and assumes.</summary>
    public QueryOptions Language { get; private set; }

    public QueryRegistry Queries { get; }

    public StoreCare Care { get; }

    public AlertEngine Alerts { get; }

    public HostWatch Host { get; }

    public CardinalityHistory Cardinality { get; }

    public ScrapeManager Scrapes { get; }

    /// <summary>Receives StatsD; null where nobody asked for it.</summary>
    public StatsDListener? StatsD { get; private set; }

    /// <summary>Opens what must be open before the first sample comes.</summary>
    /// <exception cref="BadInputException">The queue of the remotes cannot be used.</exception>
    public async Task OpenAsync()
    {
        try
        {
            await Forwarding.ApplyAsync(Options.Remotes, Options.Forwarding);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{Path.Combine(DataPath, "forward")}: the queue of remote_write cannot be used: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Begins to collect, to receive and to judge.</summary>
    /// <param name="statsD">Where StatsD is received; null for nowhere.</param>
    /// <exception cref="BadInputException">The address for StatsD cannot be had.</exception>
    public async Task StartAsync(IPEndPoint? statsD)
    {
        await ApplyQueryLogAsync(Options.Query);
        await Host.ApplyAsync(CollectionInterval(Options));
        await Scrapes.ApplyAsync(ScrapeJobs(Options), _stop.Token);
        if (statsD is not null && Options.Performance.MetricsEnabled)
        {
            StatsD = new StatsDListener(Options.StatsD, statsD, Forwarding, Self, Time, Log);
            StatsD.Start();
        }

        if (Events is not null)
        {
            await Events.StartAsync();
        }

        _alerting = Task.Run(() => Alerts.RunAsync(_stop.Token));
        _counting = Task.Run(() => Cardinality.RunAsync(_stop.Token));
    }

    /// <summary>Puts new options in force.</summary>
    /// <returns>The keys whose change waits for a restart.</returns>
    public async Task<IReadOnlyList<string>> ApplyAsync(TokaOptions options, CancellationToken cancellationToken)
    {
        await Alerts.ApplyAsync(AlertOptions(options), cancellationToken);
        await Host.ApplyAsync(CollectionInterval(options));
        await Forwarding.ApplyAsync(options.Remotes, options.Forwarding);
        await Scrapes.ApplyAsync(ScrapeJobs(options), cancellationToken);
        await ApplyQueryLogAsync(options.Query);
        Language = LanguageOf(options);
        Queries.Engine = EngineOf(Language);
        var waiting = new List<string>();
        Compare("environment", Options.Environment, options.Environment);
        Compare("performance.metrics_enabled", Options.Performance.MetricsEnabled, options.Performance.MetricsEnabled);
        Compare("storage", true, Options.Storage.IsSameAs(options.Storage));
        Compare("performance.tracing_enabled", Options.Performance.TracingEnabled, options.Performance.TracingEnabled);
        Compare("events", Options.Events, options.Events);
        Compare("tracing", TracingJson.TextOf(Options.Tracing), TracingJson.TextOf(options.Tracing));
        Compare("statsd", Options.StatsD, options.StatsD);
        Compare("query.concurrency_max", Options.Query.ConcurrencyMax, options.Query.ConcurrencyMax);
        Compare("query.timeout", Options.Query.Engine.Timeout, options.Query.Engine.Timeout);
        Compare("dashboard.enabled", Options.Dashboard.Enabled, options.Dashboard.Enabled);
        Options = options;
        return waiting;

        void Compare<T>(string key, T before, T after)
        {
            if (!EqualityComparer<T>.Default.Equals(before, after))
            {
                waiting.Add(key);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Scrapes.DisposeAsync();
        if (StatsD is not null)
        {
            await StatsD.DisposeAsync();
        }

        if (Events is not null)
        {
            await Events.DisposeAsync();
        }

        await _stop.CancelAsync();
        await _alerting;
        await _counting;
        Alerts.Dispose();
        await CloseQueryLogAsync();
        Queries.Dispose();
        _webhooks.Dispose();
        Care.Dispose();
        await _state.DisposeAsync();
        await Forwarding.DisposeAsync();
        await Store.DisposeAsync();
        _stop.Dispose();
        LoggerFactory.Dispose();
    }

    private QueryOptions LanguageOf(TokaOptions options) => options.Query.ToEngine(Memory.Bytes) with { Memory = Memory };

    private ThreadedQueryEngine EngineOf(QueryOptions language) => new(new QueryEngine(Store, language, Time));

    /// <summary>Puts the query log of new options in the place of the old one, where they differ.</summary>
    private async Task ApplyQueryLogAsync(QuerySettings query)
    {
        var path = query.LogFile is { } file ? Path.Combine(DataPath, file) : null;
        if (path == _queryLog?.Path && query.LogBytes == _queryLogBytes)
        {
            return;
        }

        await CloseQueryLogAsync();
        _queryLogBytes = query.LogBytes;
        _queryLog = path is null ? null : new QueryLog(path, query.LogBytes, Self, text => Log.LogWarning("{What}", text));
        Queries.Log = _queryLog;
    }

    private async Task CloseQueryLogAsync()
    {
        Queries.Log = null;
        if (_queryLog is not null)
        {
            await _queryLog.DisposeAsync();
        }
    }

    private static TimeSpan CollectionInterval(TokaOptions options) =>
        options.Performance.MetricsEnabled && options.Monitoring.Enabled ? options.Monitoring.Interval : TimeSpan.Zero;

    private static ValueList<ScrapeJobOptions> ScrapeJobs(TokaOptions options) =>
        options.Performance.MetricsEnabled ? options.Prometheus.ScrapeJobs : [];

    private MetricStoreOptions StoreOptions(TokaOptions options, DataDirectory data, MemoryBudget memory) => options.Storage.ToStore() with
    {
        Directory = data.Metrics,
        Memory = memory,
        MemoryBytesMax = Math.Max(MetricStoreOptions.MemoryBytesMin, (long)(memory.Bytes * StorePart)),
        SeriesPerJobHourMax = options.Storage.SeriesPerJobHour,
        SeriesPerJobDayMax = options.Storage.SeriesPerJobDay,
        LogStateChanged = TellLogState,
        Report = text => Log.LogWarning("the store: {What}", text),
    };

    private void TellLogState(string? reason)
    {
        if (reason is null)
        {
            Log.LogInformation("the write-ahead log can be written again");
        }
        else
        {
            Log.LogError("nothing is stored and senders are told to come again: {Reason}", reason);
        }
    }

    private AlertEngineOptions AlertOptions(TokaOptions options) => new()
    {
        Thresholds = options.Monitoring.Thresholds,
        Alerting = options.Alerting,
        EvaluationInterval = options.Monitoring.Interval,
        CollectionInterval = options.Monitoring.Interval,
        ExternalUrl = "http://" + _serve.Http,
    };
}
