using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Features.Tests.Monitoring.Support;
using Toka.Forwarding;
using Toka.Forwarding.Buffer;
using Toka.Forwarding.Options;

namespace Toka.Features.Tests.Forwarding;

/// <summary>A forwarder before a store that takes everything, on a clock that the test moves.</summary>
internal sealed class ForwardingFixture : ISeriesWriter, IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly bool _ownsDirectory;
    private bool _isDisposed;

    public ForwardingFixture(string? directory = null, bool isOverNetwork = false)
    {
        _ownsDirectory = directory is null;
        Directory = directory ?? Path.Combine(Path.GetTempPath(), "toka-forward-" + Guid.NewGuid().ToString("n"));
        Forwarder = new Forwarder(new ForwarderParts
        {
            Store = this,
            MetadataOf = family => [.. Metadata.Where(m => family is null || m.Family == family)],
            Directory = Directory,
            Metrics = Metrics,
            Time = Time,
            Log = Log,
            Disk = Disk,
            Http = isOverNetwork ? ForwarderParts.OverNetwork : options => Remotes[options.Url.Host].Connect(Time),
        });
    }

    public string Directory { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    public SelfMetrics Metrics { get; } = new();

    public FaultyDisk Disk { get; } = new();

    public LogRecorder Log { get; } = new();

    public Dictionary<string, FakeRemote> Remotes { get; } = new() { ["one"] = new(), ["two"] = new() };

    public FakeRemote One => Remotes["one"];

    public Forwarder Forwarder { get; }

    public List<MetricMetadata> Metadata { get; } = [];

    public WriteResult Result { get; set; } = new(1);

    public bool IsCancelling { get; set; }

    public List<Taken> Stored { get; } = [];

    public static RemoteWriteOptions Remote(string host = "one", string? name = null) => new()
    {
        Url = new Uri($"http://{host}/api/v1/write"),
        Name = name ?? host,
        Metadata = new MetadataOptions { Send = false },
        Queue = new QueueOptions { BatchSendDeadline = TimeSpan.FromMilliseconds(50), MaxSamplesPerSend = 10, Capacity = 40, MaxShards = 4 },
    };

    public Task ApplyAsync(params RemoteWriteOptions[] remotes) => ApplyAsync(ForwardingOptions.Default, remotes);

    /// <summary>Puts remotes in force, moving the clock so that the deadlines of those which end pass.</summary>
    public async Task ApplyAsync(ForwardingOptions options, params RemoteWriteOptions[] remotes)
    {
        var applied = Forwarder.ApplyAsync(remotes, options);
        await UntilAsync("reload", () => applied.IsCompleted);
        await applied;
    }

    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        lock (Stored)
        {
            Stored.AddRange(Taken.Of(batch));
        }

        return IsCancelling ? throw new OperationCanceledException() : new ValueTask<WriteResult>(Result);
    }

    /// <summary>Writes a sample of each of some series, one batch a time.</summary>
    public async Task WriteSamplesAsync(int times, int series = 3, int from = 0)
    {
        using var batch = new WriteBatch();
        for (var t = from; t < from + times; t++)
        {
            batch.Clear();
            for (var s = 0; s < series; s++)
            {
                batch.Add(Series(s), TimeOf(t), (t * 100) + s);
            }

            await Forwarder.WriteAsync(batch, CancellationToken.None);
        }
    }

    public static LabelSet Series(int number) => LabelSet.Of((LabelSet.MetricName, "requests_total"), ("instance", $"host-{number}"), ("job", "test"));

    public static long TimeOf(int t) => Start.ToUnixTimeMilliseconds() + (1000L * t);

    /// <summary>Moves the clock until it holds.</summary>
    public async Task UntilAsync(string what, Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!holds())
        {
            Time.Advance(TimeSpan.FromMilliseconds(60));
            try
            {
                await again.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"no {what} in time; taken {One.All.Count} of {Stored.Count}, {One.Requests.Count} requests: {string.Join("; ", Forwarder.Remotes)}");
            }
        }
    }

    public Task UntilAllSentAsync() => UntilAsync("emptying of the queue", () => Forwarder.Remotes.All(static remote => remote.Pending == 0));

    public double Metric(string name, params (string, string)[] labels)
    {
        var key = LabelSet.Of([(LabelSet.MetricName, name), .. labels]);
        return Metrics.Read().Where(sample => sample.Labels == key).Select(static sample => sample.Value).SingleOrDefault();
    }

    public double Dropped(string reason, string remote = "one") => Metric("toka_forward_dropped_total", ("remote", remote), ("reason", reason));

    /// <summary>Stops, moving the clock so that deadlines pass.</summary>
    public async Task StopAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        var stopped = Forwarder.DisposeAsync().AsTask();
        await UntilAsync("end", () => stopped.IsCompleted);
        await stopped;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsDirectory && System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}

/// <summary>The real disk, on which writes can be made to fail.</summary>
internal sealed class FaultyDisk : IQueueDisk
{
    private readonly QueueDisk _disk = new();

    public volatile bool IsFull;

    public volatile bool CannotCut;

    public volatile bool CannotRead;

    public IReadOnlyList<string> List(string directory) => _disk.List(directory);

    public IQueueFile Create(string path) => new FaultyFile(this, IsFull ? throw new IOException("No space left on device") : _disk.Create(path));

    public IQueueFile Open(string path) => _disk.Open(path);

    public void Delete(string path) => _disk.Delete(path);

    private sealed class FaultyFile(FaultyDisk disk, IQueueFile file) : IQueueFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) => disk.CannotRead ? throw new IOException("Input/output error") : file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (disk.IsFull)
            {
                file.Write(bytes[..(bytes.Length / 2)], offset);
                throw new IOException("No space left on device");
            }

            file.Write(bytes, offset);
        }

        public void Truncate(long length)
        {
            if (disk.CannotCut)
            {
                throw new IOException("No space left on device");
            }

            file.Truncate(length);
        }

        public void Dispose() => file.Dispose();
    }
}
