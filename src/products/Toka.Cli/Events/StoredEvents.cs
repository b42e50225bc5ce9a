using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Toka.Cli.Querying;
using Toka.Core.Errors;
using Toka.Core.Telemetry;
using Toka.Events;
using Toka.Query;
using Toka.TimeSeries;
using Toka.Web;
using Toka.Web.Prometheus;

namespace Toka.Cli.Events;

/// <summary>
/// Spans and log records of a server that does not run. They are asked by toka's own API in this process, over a socket in a
/// folder that only this user can enter, so that both ways of asking give the same answers.
/// </summary>
internal sealed class StoredEvents : IEventSource
{
    private const string EventsFolder = "events";
    private const string Address = "http://localhost";

    private readonly EventStore _events;
    private readonly MetricStore _metrics;
    private readonly CliContext _context;
    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("toka-").FullName;
    private WebApplication? _app;
    private ServerEvents? _server;

    private StoredEvents(EventStore events, MetricStore metrics, CliContext context) => (_events, _metrics, _context) = (events, metrics, context);

    private string SocketPath => Path.Combine(_folder, "api");

    /// <summary>Opens a stopped server's data as it stands.</summary>
    /// <exception cref="BadInputException">There is no such data, or a server writes it.</exception>
    public static StoredEvents Open(string directory, CliContext context)
    {
        var events = Path.Combine(directory, EventsFolder);
        if (!Directory.Exists(events))
        {
            throw new BadInputException($"--data: {events} does not exist; name the folder that `toka serve --data` was given");
        }

        var metrics = StoredData.OpenToRead(directory, context);
        return new StoredEvents(EventStore.Open(new EventStoreOptions { Directory = events, IsReadOnly = true }, context.Time, new SelfMetrics()), metrics, context);
    }

    public async Task<JsonDocument> GetAsync(string path, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellationToken)
    {
        _server ??= await StartAsync(cancellationToken);
        return await _server.GetAsync(path, parameters, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _stop.CancelAsync();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _events.DisposeAsync();
        await _metrics.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<ServerEvents> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "toka" });
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(SocketPath));
        _app = builder.Build();
        var services = Services();
        TokaWeb.Use(_app, services);
        TokaWeb.Map(_app, services);
        await _app.StartAsync(cancellationToken);
        return new ServerEvents(Address, _context with { HttpHandler = Handler });
    }

    private TokaWebServices Services() => new()
    {
        Queries = new QueryEngine(_metrics, QueryOptions.Default, _context.Time),
        Series = _metrics,
        Selectors = new SelectorParser(static () => QueryOptions.Default),
        Spans = _events.Spans,
        Logs = _events.Logs,
        Self = new SelfMetrics(),
        Time = _context.Time,
        Stopping = _stop.Token,
        Version = "",
        Environment = "",
        StartedAtMs = _context.Time.GetUtcNow().ToUnixTimeMilliseconds(),
        ServePage = false,
    };

    private SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
