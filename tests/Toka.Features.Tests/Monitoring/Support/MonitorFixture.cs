using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring;

namespace Toka.Features.Tests.Monitoring.Support;

/// <summary>A monitor on a tree in a folder of its own, with a clock, a log and a store that a test looks into.</summary>
internal sealed class MonitorFixture : IDisposable
{
    public const string Instance = "testhost";

    public MonitorFixture(Func<HostMonitorOptions, HostMonitorOptions>? change = null)
    {
        Root = Directory.CreateTempSubdirectory("toka-host-").FullName;
        Directory.CreateDirectory(Path.Combine(Root, "proc"));
        Directory.CreateDirectory(Path.Combine(Root, "sys"));
        var options = new HostMonitorOptions
        {
            Instance = Instance,
            ProcRoot = Path.Combine(Root, "proc"),
            SysRoot = Path.Combine(Root, "sys"),
            RootFs = Root,
            KeepFilesOpen = false,
            SlowInterval = TimeSpan.Zero,
            PageBytes = 4096,
        };
        Options = change is null ? options : change(options);
        Time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    }

    public string Root { get; }

    public HostMonitorOptions Options { get; }

    public FakeTimeProvider Time { get; }

    public SelfMetrics Metrics { get; } = new();

    public LogRecorder Log { get; } = new();

    public RecordingWriter Writer { get; } = new();

    public HostMonitor Monitor => field ??= new HostMonitor(Options, Writer, Metrics, Time, Log);

    /// <summary>Collects once and moves the clock a second on.</summary>
    /// <returns>The samples of the tick by label set, job and instance taken off; what is written about Toka itself left out.</returns>
    public Dictionary<LabelSet, double> Collect(string job = "node")
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        var batch = Monitor.Collect(Time.GetUtcNow().ToUnixTimeMilliseconds());
        var samples = new Dictionary<LabelSet, double>();
        foreach (var row in batch.Rows)
        {
            var labels = LabelSet.FromEncoded(batch.LabelsOf(row));
            if (labels["job"] == job)
            {
                Assert.Equal(Instance, labels["instance"]);
                var builder = labels.ToBuilder();
                builder.Remove("job");
                builder.Remove("instance");
                samples.Add(builder.Build(), row.Value);
            }
        }

        return samples;
    }

    public void Write(string path, string content)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    public void Delete(string path) => File.Delete(Path.Combine(Root, path));

    public double Self(string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var wanted = new LabelSetBuilder(LabelSet.Of(labels));
        wanted.Set(LabelSet.MetricName, name);
        var key = wanted.Build();
        return Metrics.Read().Where(m => m.Labels == key).Select(m => m.Value).SingleOrDefault();
    }

    public double Errors(string collector) => Self("toka_collector_errors_total", ("collector", collector));

    public static LabelSet Key(string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var builder = new LabelSetBuilder(LabelSet.Of(labels));
        builder.Set(LabelSet.MetricName, name);
        return builder.Build();
    }

    /// <summary>Copies a tree, links as links.</summary>
    public void CopyTree(string from, string to)
    {
        var target = Path.Combine(Root, to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, File.ReadAllBytes(file));
        }
    }

    public void Dispose()
    {
        Monitor.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}

/// <summary>Keeps the log's lines.</summary>
internal sealed class LogRecorder : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _lines.Add(formatter(state, exception));
        }
    }
}

/// <summary>Keeps what is written, or refuses to.</summary>
internal sealed class RecordingWriter : ISeriesWriter
{
    private readonly Lock _lock = new();
    private readonly List<(LabelSet Labels, long TimestampMs, double Value)> _samples = [];
    private readonly List<string> _families = [];

    public bool Fails { get; set; }

    /// <summary>Called after each batch with its time.</summary>
    public Action<long>? Written { get; set; }

    public IReadOnlyList<(LabelSet Labels, long TimestampMs, double Value)> Samples
    {
        get
        {
            lock (_lock)
            {
                return [.. _samples];
            }
        }
    }

    public IReadOnlyList<string> Families
    {
        get
        {
            lock (_lock)
            {
                return [.. _families];
            }
        }
    }

    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        if (Fails)
        {
            throw new IOException("disk full");
        }

        lock (_lock)
        {
            foreach (var row in batch.Rows)
            {
                _samples.Add((LabelSet.FromEncoded(batch.LabelsOf(row)), row.TimestampMs, row.Value));
            }

            _families.AddRange(batch.Metadata.Select(m => m.Family));
        }

        Written?.Invoke(batch.Rows[0].TimestampMs);
        return ValueTask.FromResult(new WriteResult(batch.Count));
    }
}
