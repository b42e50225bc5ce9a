using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Toka.Core.Labels;
using Toka.Protocols.Otlp;
using Toka.Protocols.RemoteWrite;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;
using Toka.Server.Configuration;
using Toka.TimeSeries;
using Toka.Tracing.ServiceMap;
using Toka.Web;
using Toka.Web.Influx;
using Toka.Web.Ingest;
using Toka.Web.Otlp;
using Toka.Web.RemoteWrite;
using Toka.Web.Prometheus;
using Toka.Web.Push;
using Toka.Web.Zipkin;

namespace Toka.Server.Hosting;

/// <summary>The web server on top of the parts, and the reload that both a signal and a request ask for.</summary>
internal sealed class WebHost : IAsyncDisposable
{
    private const string Closed = "the store is closed";

    /// <summary>How long requests may go on after the stop began.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly ServerParts _parts;
    private readonly ConfigurationFile _file;
    private readonly Listeners _listeners;
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly ServerFacts _facts;
    private readonly PushReceiver _pushes;
    private readonly OtlpReceiver _otlp;

    public WebHost(Listeners listeners, ServerParts parts, ConfigurationFile file, CancellationToken stopping)
    {
        _listeners = listeners;
        _parts = parts;
        _file = file;
        _facts = new ServerFacts(parts, listeners, file);
        var ingest = new IngestHost(parts.Forwarding, parts.Self, parts.Time)
        {
            TakesSamples = parts.Options.Performance.MetricsEnabled,
            Spans = parts.Events?.Writer,
            Logs = parts.Events?.Logs,
        };
        _otlp = new OtlpReceiver(ingest, new OtlpLimits()) { Translation = parts.Options.Otlp };
        _pushes = new PushReceiver(ingest);
        var web = Services(stopping);

        // Empty, because the other builders read settings from the working directory and watch all folders below it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "toka" });
        builder.Services.AddRouting();
        builder.Services.AddSingleton(parts.LoggerFactory);
        builder.Services.AddTokaOtlpGrpc(_otlp);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            TokaWeb.ConfigureKestrel(kestrel, web.Limits);
            listeners.Apply(kestrel);
        });
        _app = builder.Build();
        TokaWeb.Use(_app, web);
        _app.Use((context, next) =>
        {
            if (Listeners.Answers(context))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("This listener answers OTLP only.\n", context.RequestAborted);
        });
        TokaWeb.Map(_app, web);
        if (parts.Options.Performance.MetricsEnabled || parts.Events is not null)
        {
            _app.MapTokaOtlpHttp(_otlp);
            _app.MapTokaOtlpGrpc();
            _app.MapTokaZipkin(new ZipkinReceiver(ingest));
        }

        if (parts.Options.Performance.MetricsEnabled)
        {
            _app.MapTokaRemoteWrite(new RemoteWriteReceiver(ingest, RemoteWriteLimits.Default));
            _app.MapTokaPush(_pushes);
            _app.MapTokaInflux(new InfluxReceiver(ingest));
        }
    }

    /// <summary>The version, as <c>toka --version</c> prints it.</summary>
    public static string Version { get; } =
        typeof(WebHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Listens, collects and judges until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await _parts.OpenAsync();
        try
        {
            await _app.StartAsync(stopping);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new Core.Errors.BadInputException($"cannot listen on {_listeners.Http}, {_listeners.OtlpGrpc} and {_listeners.OtlpHttp}: {e.Message.TrimEnd('.')}; stop what listens there or choose other ports with --http, --otlp-grpc and --otlp-http");
        }

        await _parts.StartAsync(_listeners.StatsD is { } statsD ? new IPEndPoint(statsD.Address, statsD.Port) : null);
        Announce();
        try
        {
            await Task.Delay(Timeout.Infinite, stopping);
        }
        catch (OperationCanceledException)
        {
            _parts.Log.LogInformation("stopping");
            _parts.Queries.Stop();
        }

        using var deadline = new CancellationTokenSource(StopTimeout);
        await _app.StopAsync(deadline.Token);
    }

    /// <summary>Reads the configuration anew and puts it in force, or keeps the old one and says why.</summary>
    public async ValueTask<IReadOnlyList<string>> ReloadAsync(CancellationToken cancellationToken)
    {
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            var result = _file.Load();
            _facts.NoteReload(result.IsGood);
            if (!result.IsGood)
            {
                var faults = result.Faults.Select(static fault => fault.ToString()!).ToArray();
                foreach (var fault in faults)
                {
                    _parts.Log.LogError("the configuration is not reloaded, the old one stays in force: {Fault}", fault);
                }

                return faults;
            }

            var waiting = await _parts.ApplyAsync(result.Options, cancellationToken);
            _otlp.Translation = result.Options.Otlp;
            _parts.Log.LogInformation("the configuration was reloaded");
            TellNotInForce(result.Options);
            if (waiting.Count > 0)
            {
                _parts.Log.LogWarning("restart toka for the new values of {Keys}", string.Join(", ", waiting));
            }

            return [];
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>The same for a signal, which nobody waits for: what goes wrong is logged.</summary>
    public async Task ReloadOnSignalAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReloadAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _parts.Log.LogError(e, "the configuration could not be reloaded");
        }
        catch (OperationCanceledException)
        {
            // Toka stops.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _pushes.Dispose();
        _reloading.Dispose();
    }

    private TokaWebServices Services(CancellationToken stopping) => new()
    {
        Queries = _parts.Queries,
        Tracked = _parts.Queries,
        Series = _parts.Store,
        Limits = new WebLimits
        {
            QueryTimeout = _parts.Language.Timeout,
            MaxConcurrentQueries = _parts.Options.Query.ConcurrencyMax,
        },
        Selectors = new SelectorParser(() => _parts.Language),
        Care = _parts.Care,
        Alerts = _parts.Alerts,
        Targets = _parts.Scrapes,
        Processes = _parts.Host,
        Cardinality = _parts.Cardinality,
        Spans = _parts.Events?.Store.Spans,
        Logs = _parts.Events?.Store.Logs,
        SpanFeed = _parts.Events?.SpanFeed,
        LogFeed = _parts.Events?.LogFeed,
        Sampling = _parts.Events?.Sampling,
        Dependencies = new SeriesDependencies(new ServiceMapReader(_parts.Queries, _parts.Store), _parts.Time),
        SeriesCounts = _parts.Store,
        Facts = _facts,
        LanguageNow = () => _parts.Language,
        Self = _parts.Self,
        Time = _parts.Time,
        Health = [new ServerHealth(_parts), _parts.Scrapes, _parts.Forwarding],
        Forwarding = _parts.Forwarding,
        Stopping = stopping,
        NotReady = () => _parts.Store.Readiness switch
        {
            StoreReadiness.Closed => Closed,
            StoreReadiness.Recovering => "the store is reading its log; queries are answered from what has been read",
            StoreReadiness.RecoveryFailed => "the store's log could not be read",
            _ => null,
        },
        NoQueries = () => _parts.Store.Readiness == StoreReadiness.Closed ? Closed : null,
        Reload = ReloadAsync,
        Configuration = () => EffectiveConfiguration.ToJson(_parts.Options),
        Version = Version,
        Environment = _parts.Options.Environment == DeploymentKind.Production ? "production" : "development",
        StartedAtMs = _parts.Time.GetUtcNow().ToUnixTimeMilliseconds(),
        CollectionInterval = () => _parts.Options.Monitoring.Interval,
        Instance = Environment.MachineName,
        ServePage = _parts.Options.Dashboard.Enabled,
        Log = _parts.Log,
    };

    /// <summary>A line for each key that was read and has no effect, so that nobody waits for what will not come.</summary>
    private void TellNotInForce(TokaOptions options)
    {
        foreach (var note in options.Prometheus.NotInForce)
        {
            _parts.Log.LogWarning("{Note}", note);
        }
    }

    private void Announce()
    {
        TellNotInForce(_parts.Options);
        _ = AnnounceRecoveryAsync();
        _parts.Log.LogInformation("data in {Data}; OTLP over gRPC at {Grpc}, over HTTP at {Otlp}", _parts.DataPath, _listeners.OtlpGrpc, _listeners.OtlpHttp);
        if (_parts.StatsD is { } statsD)
        {
            _parts.Log.LogInformation("StatsD over UDP and TCP at {StatsD}", statsD.EndPoint);
        }

        _parts.Log.LogInformation("Toka {Version} watches {Host}: http://{Http}", Version, Environment.MachineName, _listeners.Http);
    }

    private async Task AnnounceRecoveryAsync()
    {
        try
        {
            var recovery = await _parts.Store.Recovered;
            foreach (var fault in recovery.Faults)
            {
                _parts.Log.LogWarning("recovery: {Fault}", fault);
            }

            _parts.Log.LogInformation(
                "opened {Blocks} blocks and recovered {Samples} samples of {Segments} segments of the log in {Elapsed} ms; {Truncated} bytes of a torn tail cut",
                recovery.Blocks, recovery.Samples, recovery.Segments, (long)recovery.Elapsed.TotalMilliseconds, recovery.TruncatedBytes);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _parts.Log.LogError(e, "the store's log could not be read; nothing is stored");
        }
        catch (OperationCanceledException)
        {
            // Stopped before.
        }
    }
}
