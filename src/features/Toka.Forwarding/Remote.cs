using Microsoft.Extensions.Logging;
using Toka.Core.Forwarding;
using Toka.Core.Samples;
using Toka.Core.Telemetry;
using Toka.Forwarding.Buffer;
using Toka.Forwarding.Options;
using Toka.Forwarding.Sending;
using Toka.Forwarding.Series;
using Toka.Protocols.RemoteWrite;

namespace Toka.Forwarding;

/// <summary>What remotes stand on; shared by all of them.</summary>
/// <param name="Queue">The queue on disk.</param>
/// <param name="Http">Makes what carries requests.</param>
/// <param name="MetadataOf">What is known of metric families: of one, or of all where the name is null.</param>
/// <param name="Metrics">Toka's metrics about itself.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Where faults are told.</param>
internal sealed record RemoteParts(
    ForwardLog Queue, Func<RemoteWriteOptions, HttpMessageInvoker> Http, Func<string?, IReadOnlyList<MetricMetadata>> MetadataOf,
    SelfMetrics Metrics, TimeProvider Time, ILogger Log);

/// <summary>
/// One remote: reads the queue from where it stopped, and sends. Memory is bounded by the shards' capacity; where they are
/// full, reading waits, and the rest lies on disk. <see cref="Tick"/> is called by one; the rest is thread-safe.
/// </summary>
internal sealed class Remote : IAsyncDisposable
{
    /// <summary>How long the last requests may go on after the stop began: what is not answered then is sent after the start.</summary>
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(3);

    /// <summary>How often the number of shards is looked at.</summary>
    private static readonly TimeSpan s_scaleInterval = TimeSpan.FromSeconds(10);

    private readonly RemoteParts _parts;
    private readonly Settlement _settlement;
    private readonly SeriesTable _table;
    private readonly QueueReader _reader;
    private readonly RemoteClient _client;
    private readonly SenderParts _sender;
    private readonly ShardSet _shards;
    private readonly ShardScale _scale;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private Task _run = Task.CompletedTask;
    private Task _metadata = Task.CompletedTask;
    private volatile int _wanted;
    private long _scaledAt;
    private long _takenBefore;
    private long _sentBefore;
    private TimeSpan _busyBefore;

    public Remote(RemoteWriteOptions options, QueuePosition start, RemoteParts parts)
    {
        (Options, _parts) = (options, parts);
        Counters = new RemoteCounters(parts.Metrics, options.Name);
        Progress = new RemoteProgress(options.Name, options.Protocol == RemoteWriteProtocol.V2 ? RemoteWriteVersion.V2 : RemoteWriteVersion.V1, parts.Time, parts.Log);
        Cursor = new QueueCursor(start, Drop);
        _settlement = new Settlement(Cursor);
        _table = new SeriesTable(options, Counters.Drop);
        _reader = new QueueReader(parts.Queue, Cursor, text => parts.Log.LogError("remote {Remote}: {What}", options.Name, text));
        _client = new RemoteClient(options, parts.Http(options), parts.Time);
        _sender = new SenderParts(options, _client, Counters, Progress, _settlement, family => parts.MetadataOf(family) is [var known, ..] ? known : null, parts.Time);
        _shards = new ShardSet(_sender, _stop.Token, _abort.Token);
        _scale = new ShardScale(options.Queue);
        _wanted = options.Queue.MinShards;
        _scaledAt = parts.Time.GetTimestamp();
        _takenBefore = parts.Queue.End.Ordinal;
        Observe();
    }

    /// <summary>What was configured.</summary>
    public RemoteWriteOptions Options { get; }

    /// <summary>Where it stands in the queue.</summary>
    public QueueCursor Cursor { get; }

    /// <summary>What it counts.</summary>
    public RemoteCounters Counters { get; }

    /// <summary>How it goes.</summary>
    public RemoteProgress Progress { get; }

    /// <summary>Entries that the remote has yet to get.</summary>
    public long Pending => _parts.Queue.Behind(Cursor.Read).Entries + _settlement.Entries;

    /// <summary>How long ago the oldest of what is not sent was taken, be it read from the queue or not; zero where all is.</summary>
    public TimeSpan Lag => (_settlement.OldestMs ?? _parts.Queue.UnreadSinceMs(Cursor)) is { } oldest && NowMs > oldest ? TimeSpan.FromMilliseconds(NowMs - oldest) : TimeSpan.Zero;

    /// <summary>Its state now.</summary>
    public RemoteStatus Status
    {
        get
        {
            var (entries, bytes) = _parts.Queue.Behind(Cursor.Read);
            var error = Progress.LastError;
            return new RemoteStatus(
                Options.Name, Options.PublicUrl(), Progress.State, Progress.Version == RemoteWriteVersion.V2 ? "2.0" : "1.0", Counters.SentCount, Counters.RetriedCount,
                Counters.DroppedByReason, entries + _settlement.Entries, bytes, Lag.TotalSeconds, _shards.Count)
            {
                LastSentMs = Progress.LastSentMs is > 0 and var at ? at : null,
                LastError = error?.Text,
                LastErrorMs = error?.AtMs,
            };
        }
    }

    /// <summary>Where another one goes on in the place of this one, which has ended. What it held and is not on disk any more is counted.</summary>
    public QueuePosition Resume()
    {
        var (position, lost) = _settlement.Resume(_parts.Queue.Begin);
        Drop("buffer_full", lost);
        return position;
    }

    /// <summary>Begins to send.</summary>
    public void Start()
    {
        _run = Task.Run(RunAsync);
        _metadata = Task.Run(SendMetadataAsync);
    }

    /// <summary>Looks at the number of shards, where it is time; to be called about once a second.</summary>
    public void Tick()
    {
        var elapsed = _parts.Time.GetElapsedTime(_scaledAt);
        if (elapsed < s_scaleInterval)
        {
            return;
        }

        var (taken, sent, busy) = (_parts.Queue.End.Ordinal, Counters.SentCount, Progress.Busy);
        _wanted = _scale.Next(elapsed.TotalSeconds, taken - _takenBefore, sent - _sentBefore, (busy - _busyBefore).TotalSeconds, Pending, Math.Max(1, _shards.Count));
        (_scaledAt, _takenBefore, _sentBefore, _busyBefore) = (_parts.Time.GetTimestamp(), taken, sent, busy);
    }

    /// <summary>Ends: what is in memory is tried once more, and what is not taken then stays in the queue on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        using (var deadline = new CancellationTokenSource(s_stopTimeout, _parts.Time))
        using (deadline.Token.Register(_abort.Cancel))
        {
            await _run;
            await _metadata;
        }

        Forget();
        _client.Dispose();
        _stop.Dispose();
        _abort.Dispose();
    }

    private long NowMs => _parts.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Drop(string reason, long count)
    {
        Counters.Drop(reason, count);
        Progress.NoteDropped(reason, count);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _shards.ResizeAsync(_wanted);
                await ReadAsync();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                // A disk that cannot be read now may be later, and a fault of ours must not end forwarding.
                Progress.NoteFailed($"the queue on disk cannot be read: {e.Message}");
                _parts.Log.LogError(e, "remote {Remote}: the queue on disk cannot be read; it is tried again", Options.Name);
                await PauseAsync(s_scaleInterval);
            }
        }

        await _shards.FinishAsync();
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            if (_wanted != _shards.Count)
            {
                await _shards.ResizeAsync(_wanted);
            }

            _stop.Token.ThrowIfCancellationRequested();
            if (!_reader.TryRead(_table, out var record))
            {
                await Cursor.WaitAsync(_stop.Token);
                continue;
            }

            _table.CountDrops();
            var ticket = _settlement.Begin(record, _table.Items.Count);
            foreach (var item in _table.Items)
            {
                await _shards.AddAsync(item with { Ticket = ticket });
            }
        }
    }

    /// <summary>Protocol 1.0 has metadata in requests of its own: all of it, again and again.</summary>
    private async Task SendMetadataAsync()
    {
        var options = Options.Metadata;
        if (!options.Send)
        {
            return;
        }

        using var builder = new RequestBuilder(null);
        while (await PauseAsync(options.SendInterval))
        {
            if (Progress.Version != RemoteWriteVersion.V1)
            {
                continue;
            }

            foreach (var families in _parts.MetadataOf(null).Chunk(options.MaxSamplesPerSend))
            {
                try
                {
                    var outcome = await _client.SendAsync(builder.BuildMetadata(families), RemoteWriteVersion.V1, _stop.Token);
                    Counters.AddMetadata(outcome.Result == SendResult.Sent ? "sent" : "failed", families.Length);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    /// <returns>False where the stop came.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _parts.Time, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Observe()
    {
        foreach (var (name, help, read) in Gauges())
        {
            _parts.Metrics.Gauge(name, help, read, ("remote", Options.Name));
        }
    }

    private void Forget()
    {
        foreach (var (name, _, _) in Gauges())
        {
            _parts.Metrics.RemoveGauge(name, ("remote", Options.Name));
        }
    }

    private IEnumerable<(string Name, string Help, Func<double> Read)> Gauges() =>
    [
        ("toka_forward_pending_samples", "Samples, native histograms and exemplars that a remote has yet to get.", () => Pending),
        ("toka_forward_pending_bytes", "Bytes of the queue on disk that are not read for a remote yet.", () => _parts.Queue.Behind(Cursor.Read).Bytes),
        ("toka_forward_lag_seconds", "How long ago the oldest of what a remote has yet to get was taken; 0 where it has all.", () => Lag.TotalSeconds),
        ("toka_forward_shards", "Requests to a remote at the same time.", () => _shards.Count),
        ("toka_forward_last_error_timestamp_seconds", "When a request to a remote last failed or was refused; 0 for never since the start.", () => (Progress.LastError?.AtMs ?? 0) / 1000.0),
        ("toka_forward_last_sent_timestamp_seconds", "When a request to a remote last succeeded; 0 for never since the start.", () => Progress.LastSentMs / 1000.0),
    ];
}
