using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Toka.Core.Alerts;
using Toka.Core.Forwarding;
using Toka.Core.Health;
using Toka.Core.Hosts;
using Toka.Core.Logs;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Targets;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Tracking;
using Toka.Tracing.Live;
using Toka.Web.Api.Traces;
using Toka.Web.Prometheus;

namespace Toka.Web;

/// <summary>What the endpoints stand on. Everything in it is thread-safe and outlives the web server.</summary>
public sealed record TokaWebServices
{
    /// <summary>Answers PromQL.</summary>
    public required IQueryEngine Queries { get; init; }

    /// <summary>The same, where it knows which queries run and which were slow; null where it does not, and then the endpoints for that are missing.</summary>
    public QueryRegistry? Tracked { get; init; }

    /// <summary>Answers what series, names and values there are.</summary>
    public required ISeriesReader Series { get; init; }

    /// <summary>Reads the series selectors of <c>match[]</c>.</summary>
    public required ISelectorParser Selectors { get; init; }

    /// <summary>Backs up and deletes; null where there is nothing on disk, and then the endpoints for it are missing.</summary>
    public IStoreCare? Care { get; init; }

    /// <summary>The alerts; null where nothing is judged.</summary>
    public IAlertFeed? Alerts { get; init; }

    /// <summary>What is scraped; null where nothing is.</summary>
    public ITargetFeed? Targets { get; init; }

    /// <summary>The host's processes; null where the host is not watched.</summary>
    public IProcessFeed? Processes { get; init; }

    /// <summary>Where series come from, and what grew; null where nobody counts.</summary>
    public ICardinalityFeed? Cardinality { get; init; }

    /// <summary>How sending samples on to other stores goes; null where nothing is, and then the endpoint for it is missing.</summary>
    public IForwardingFeed? Forwarding { get; init; }

    /// <summary>Counts the series of the index for <c>status/tsdb</c>; null where nobody can.</summary>
    public ICardinalitySource? SeriesCounts { get; init; }

    /// <summary>What the server says about itself to clients of Prometheus's API; null where nothing is known, and then those endpoints are missing.</summary>
    public IServerFacts? Facts { get; init; }

    /// <summary>
    /// What <see cref="Queries"/> allows and assumes now, after any reload: for what endpoints read of expressions themselves.
    /// Default: the engine's defaults.
    /// </summary>
    public Func<QueryOptions> LanguageNow { get; init; } = static () => QueryOptions.Default;

    /// <summary>What <see cref="LanguageNow"/> gives.</summary>
    public QueryOptions Language => LanguageNow();

    /// <summary>Answers what spans there are; null where none are kept, and then the endpoints of traces are missing.</summary>
    public ISpanReader? Spans { get; init; }

    /// <summary>Answers what log records there are; null where none are kept, and then the endpoints of logs are missing.</summary>
    public ILogReader? Logs { get; init; }

    /// <summary>Spans as they come; null where nobody can follow them.</summary>
    public SpanFeed? SpanFeed { get; init; }

    /// <summary>Log records as they come; null where nobody can follow them.</summary>
    public LogFeed? LogFeed { get; init; }

    /// <summary>Tail sampling; null where all traces are kept.</summary>
    public SamplingInForce? Sampling { get; init; }

    /// <summary>Says which services call which, for Jaeger's API; null where nobody counts.</summary>
    public Jaeger.IServiceDependencies? Dependencies { get; init; }

    /// <summary>Toka's metrics about itself; the endpoints add theirs.</summary>
    public required SelfMetrics Self { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The parts whose health the overview shows.</summary>
    public IReadOnlyList<IHealthSource> Health { get; init; } = [];

    /// <summary>Cancelled when the process begins to stop: live connections are then closed with code 1001.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>Why not everything can be answered yet, in one sentence; null once it can. Queries are answered before, with a warning. Default: always ready.</summary>
    public Func<string?> NotReady { get; init; } = static () => null;

    /// <summary>Why no query can be answered, in one sentence; null while they can. Default: they can.</summary>
    public Func<string?> NoQueries { get; init; } = static () => null;

    /// <summary>Reads the configuration anew. Returns the faults that kept the old one in force; none when it was applied. Null where there is nothing to reload.</summary>
    public Func<CancellationToken, ValueTask<IReadOnlyList<string>>>? Reload { get; init; }

    /// <summary>The configuration in force, as UTF-8 JSON without secrets. Default: an empty object.</summary>
    public Func<ReadOnlyMemory<byte>> Configuration { get; init; } = static () => "{}"u8.ToArray();

    /// <summary>Toka's version, as <c>toka --version</c> prints it.</summary>
    public required string Version { get; init; }

    /// <summary>The configured environment, such as <c>development</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>When the process started, ms since the Unix epoch.</summary>
    public required long StartedAtMs { get; init; }

    /// <summary>How often the host is collected now; a reload may change it. Default 1 s. The overview looks back far enough to see four collections.</summary>
    public Func<TimeSpan> CollectionInterval { get; init; } = static () => TimeSpan.FromSeconds(1);

    /// <summary>The <c>instance</c> label of the host that this process runs on; null takes every host there is.</summary>
    public string? Instance { get; init; }

    /// <summary>Whether the page is served. Default true.</summary>
    public bool ServePage { get; init; } = true;

    /// <summary>Names besides the loopback ones that a request's Host header may carry, as <c>name</c> or <c>name:port</c>. Default none.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>The limits.</summary>
    public WebLimits Limits { get; init; } = new();

    /// <summary>Where faults of Toka's own are logged. Default nowhere.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;
}
