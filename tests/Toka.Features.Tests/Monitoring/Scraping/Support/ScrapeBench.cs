using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Configuration.Binding;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Targets;
using Toka.Core.Telemetry;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Options;
using Toka.Monitoring.Scraping;
using Toka.Monitoring.Scraping.Options;

namespace Toka.Features.Tests.Monitoring.Scraping.Support;

/// <summary>A manager on a clock that the test turns, and what it wrote.</summary>
internal sealed class ScrapeBench : ISeriesWriter, IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Channel<ScrapeTargetStatus> _scrapes = Channel.CreateUnbounded<ScrapeTargetStatus>();
    private readonly ConcurrentQueue<(string Series, long TimeMs, double Value)> _rows = [];

    public ScrapeBench(ISeriesWriter? store = null, long bodyBytesMax = 256L << 20)
    {
        Store = store;
        Manager = new ScrapeManager(this, options => Found = new FoundTargets((StaticDiscoveryOptions)options), Metrics, Time, NullLogger.Instance, "1.2.3", bodyBytesMax)
        {
            Scraped = status => _scrapes.Writer.TryWrite(status),
        };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public SelfMetrics Metrics { get; } = new();

    public ScrapeManager Manager { get; }

    /// <summary>Where the samples go on to; null for nowhere.</summary>
    public ISeriesWriter? Store { get; }

    /// <summary>The discovery that was made last.</summary>
    public FoundTargets? Found { get; private set; }

    public bool WritesFail { get; set; }

    /// <summary>What the store answers where there is none; null for that it took all.</summary>
    public WriteResult? Answer { get; set; }

    /// <summary>Samples that the store refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Samples that the store had.</summary>
    public int Duplicates { get; private set; }

    public IReadOnlyList<(string Series, long TimeMs, double Value)> Rows => [.. _rows];

    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public static ScrapeJobOptions Job(params ReadOnlySpan<string> addresses) => new()
    {
        JobName = "app",
        ScrapeInterval = Interval,
        ScrapeTimeout = TimeSpan.FromSeconds(5),
        Discovery = [new StaticDiscoveryOptions([Group(addresses)])],
    };

    public static TargetGroup Group(params ReadOnlySpan<string> addresses)
    {
        var targets = new List<LabelSet>();
        foreach (var address in addresses)
        {
            targets.Add(LabelSet.Of((TargetGroup.AddressLabel, address)));
        }

        return new TargetGroup("0", targets.ToValueList(), LabelSet.Empty);
    }

    public Task ApplyAsync(params ReadOnlySpan<ScrapeJobOptions> jobs) => Manager.ApplyAsync(jobs.ToArray(), TestContext.Current.CancellationToken);

    /// <summary>Turns the clock by an interval and waits for a scrape.</summary>
    public Task<ScrapeTargetStatus> NextAsync()
    {
        Time.Advance(Interval);
        return ScrapedAsync();
    }

    /// <summary>The next scrape that is done.</summary>
    public Task<ScrapeTargetStatus> ScrapedAsync() =>
        _scrapes.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    /// <summary>The samples of a series, in order; NaN for a marker.</summary>
    public double[] ValuesOf(string series) => [.. _rows.Where(row => row.Series == series).Select(static row => row.Value)];

    public int EndedCount => _rows.Count(static row => StaleMarker.Is(row.Value));

    public long Counter(string name, params ReadOnlySpan<(string, string)> labels) => Metrics.Counter(name, "", labels).Value;

    public void Forget() => _rows.Clear();

    public async ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        if (WritesFail)
        {
            throw new IOException("disk full");
        }

        foreach (var row in batch.Rows)
        {
            _rows.Enqueue((LabelSet.FromEncoded(batch.LabelsOf(row)).ToString(), row.TimestampMs, row.Value));
        }

        var result = Store is null ? Answer ?? new WriteResult(batch.Count) : await Store.WriteAsync(batch, cancellationToken);
        Refused += result.Refused;
        Duplicates += result.Duplicates;
        return result;
    }

    public ValueTask DisposeAsync() => Manager.DisposeAsync();
}

/// <summary>A discovery that finds what its options say, and then what the test says.</summary>
internal sealed class FoundTargets(StaticDiscoveryOptions options) : IDiscovery
{
    private Action<IReadOnlyList<TargetGroup>>? _replace;

    public IReadOnlyList<string> Faults => [];

    public void Replace(params TargetGroup[] groups) => _replace!(groups);

    public Task RunAsync(Action<IReadOnlyList<TargetGroup>> replace, CancellationToken cancellationToken)
    {
        _replace = replace;
        if (options.Groups.Count > 0)
        {
            replace(options.Groups);
        }

        return Task.CompletedTask;
    }
}
