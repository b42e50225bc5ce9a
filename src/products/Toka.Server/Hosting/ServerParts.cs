using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Toka.Alerting.Lifecycle;
using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.Query;
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
    private readonly ServeOptions _serve;
    private readonly SqliteStateStore _state;
    private readonly HttpMessageInvoker _webhooks;
    private readonly CancellationTokenSource _stopAlerts = new();
    private Task _alerting = Task.CompletedTask;

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
        Store = MetricStore.Open(StoreOptions(serve, options, data), Time, Self);
        Queries = new QueryEngine(Store, QueryOptions.Default, Time);
        _state = new SqliteStateStore(data.StateFile);
        Care = new StoreCare(Store, _state, DataPath);
        _webhooks = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        Alerts = new AlertEngine(AlertOptions(options), Queries, _state, _webhooks, Self, Time, Log);
        Host = new HostWatch(Store, Self, Time, Log);
    }

    public TokaOptions Options { get; private set; }

    public string DataPath { get; }

    public TimeProvider Time { get; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; }

    public ILogger Log { get; }

    public SelfMetrics Self { get; }

    public MetricStore Store { get; }

    public QueryEngine Queries { get; }

    public StoreCare Care { get; }

    public AlertEngine Alerts { get; }

    public HostWatch Host { get; }

    /// <summary>Begins to collect and to judge.</summary>
    public async Task StartAsync()
    {
        await Host.ApplyAsync(CollectionInterval(Options));
        _alerting = Task.Run(() => Alerts.RunAsync(_stopAlerts.Token));
    }

    /// <summary>Puts new options in force.</summary>
    /// <returns>The keys whose change waits for a restart.</returns>
    public async Task<IReadOnlyList<string>> ApplyAsync(TokaOptions options, CancellationToken cancellationToken)
    {
        await Alerts.ApplyAsync(AlertOptions(options), cancellationToken);
        await Host.ApplyAsync(CollectionInterval(options));
        var waiting = new List<string>();
        Compare("environment", Options.Environment, options.Environment);
        Compare("performance.metrics_enabled", Options.Performance.MetricsEnabled, options.Performance.MetricsEnabled);
        Compare("storage", Options.Storage, options.Storage);
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
        await _stopAlerts.CancelAsync();
        await _alerting;
        Alerts.Dispose();
        _webhooks.Dispose();
        Care.Dispose();
        await _state.DisposeAsync();
        await Store.DisposeAsync();
        _stopAlerts.Dispose();
        LoggerFactory.Dispose();
    }

    private static TimeSpan CollectionInterval(TokaOptions options) =>
        options.Performance.MetricsEnabled && options.Monitoring.Enabled ? options.Monitoring.Interval : TimeSpan.Zero;

    private MetricStoreOptions StoreOptions(ServeOptions serve, TokaOptions options, DataDirectory data)
    {
        var store = new MetricStoreOptions
        {
            Directory = data.Metrics,
            Retention = options.Storage.Retention,
            SyncInterval = options.Storage.SyncInterval,
            LogStateChanged = TellLogState,
        };
        return (serve.MemoryBytes ?? options.Storage.MemoryBytes) is { } bytes ? store with { MemoryBytesMax = bytes } : store;
    }

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
