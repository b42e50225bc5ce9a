namespace Toka.Web;

/// <summary>What one client, or all together, may ask of the web server. Each limit has a default that suits one machine.</summary>
public sealed record WebLimits
{
    /// <summary>Open connections. Default 1024: far above what pages and exporters need, below the usual limit of open files.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Live connections, which is pages. Default 256: each may hold <see cref="LiveQueueBytes"/>.</summary>
    public int MaxLiveConnections { get; init; } = 256;

    /// <summary>Bytes of a request's body. Default 16 MiB: the largest OTLP request that is accepted.</summary>
    public long MaxRequestBodyBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of a form sent to the query API. Default 1 MiB: no expression comes near it.</summary>
    public int MaxFormBytes { get; init; } = 1024 * 1024;

    /// <summary>How long a connection may idle. Default 130 s: above the two minutes after which clients drop theirs, so that a client is never surprised.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a request's headers may take to arrive. Default 10 s.</summary>
    public TimeSpan RequestHeaders { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a query may take over HTTP, and how long it may wait for a place; for other requests of the API the whole. Default 2 min, as Prometheus.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Queries evaluated at the same time over HTTP; others wait. Default 16: more only share the same cores and add memory.</summary>
    public int MaxConcurrentQueries { get; init; } = 16;

    /// <summary>Remote reads answered at the same time; others wait. Default 4: an answer of samples is whole in memory.</summary>
    public int MaxConcurrentReads { get; init; } = 4;

    /// <summary>Bytes of a remote read request, unpacked. Default 4 MiB: thousands of matchers.</summary>
    public int MaxReadRequestBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Samples of a query in a remote read answered with samples. Default 5 million, a tenth of Prometheus's, because the whole answer is in memory: some 110 MB. Streamed chunks have no such limit.</summary>
    public int MaxReadSamples { get; init; } = 5_000_000;

    /// <summary>Bytes of a remote read's answer with samples, before packing. Default 256 MiB: histograms are larger than samples.</summary>
    public int MaxReadBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Series, names or values that a list is cut at, with a warning, where the request gives no smaller limit. Default 500 000, as the series of a query.</summary>
    public int MaxListed { get; init; } = 500_000;

    /// <summary>Exemplars of an answer; it is cut there, with a warning. Default 50 000: a screen shows hundreds.</summary>
    public int MaxExemplars { get; init; } = 50_000;

    /// <summary>Subscriptions a live connection. Default 64.</summary>
    public int MaxSubscriptions { get; init; } = 64;

    /// <summary>Bytes of a message from the page. Default 4 KiB.</summary>
    public int LiveMessageBytes { get; init; } = 4 * 1024;

    /// <summary>Bytes that may wait for a live connection before increments are dropped. Default 1 MiB.</summary>
    public int LiveQueueBytes { get; init; } = 1024 * 1024;

    /// <summary>Series that a subscription may have over its life. Default 10 000: beyond it no chart can be read.</summary>
    public int MaxLiveSeries { get; init; } = 10_000;

    /// <summary>Values (points × series) in a data frame. Default 2 000 000, which is 16 MB.</summary>
    public int MaxLiveValues { get; init; } = 2_000_000;

    /// <summary>How long one evaluation for live subscriptions may take. Default 10 s: what is slower is not live.</summary>
    public TimeSpan LiveEvaluationTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
