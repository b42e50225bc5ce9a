using System.Globalization;
using Microsoft.Extensions.Logging;
using Toka.Configuration.Http;
using Toka.Core.Forwarding;
using Toka.Core.Health;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Forwarding.Buffer;
using Toka.Forwarding.Options;
using Toka.Forwarding.Sending;

namespace Toka.Forwarding;

/// <summary>What a forwarder stands on.</summary>
public sealed record ForwarderParts
{
    /// <summary>The store, which gets every batch first.</summary>
    public required ISeriesWriter Store { get; init; }

    /// <summary>What is known of metric families: of one, or of all where the name is null.</summary>
    public required Func<string?, IReadOnlyList<MetricMetadata>> MetadataOf { get; init; }

    /// <summary>Where the queue lies; made when there is a remote, and emptied when there is none any more.</summary>
    public required string Directory { get; init; }

    /// <summary>Toka's metrics about itself.</summary>
    public required SelfMetrics Metrics { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where faults are told.</summary>
    public required ILogger Log { get; init; }

    /// <summary>The disk.</summary>
    internal IQueueDisk Disk { get; init; } = new QueueDisk();

    /// <summary>Carries a remote's requests as its options say.</summary>
    internal static Func<RemoteWriteOptions, HttpMessageInvoker> OverNetwork { get; } = static options => new OutgoingHttp(options.Connection);

    /// <summary>Makes what carries a remote's requests.</summary>
    internal Func<RemoteWriteOptions, HttpMessageInvoker> Http { get; init; } = OverNetwork;
}

/// <summary>
/// Sends every sample that the store takes on to other stores, by Prometheus's remote write. It stands before the store as its
/// writer: a batch goes to the store, and once that has acknowledged it into a queue on disk, from which each remote is sent
/// at its own pace. A slow or dead remote costs its place in the queue and nothing else. Without a remote a write is passed on
/// as it is. Thread-safe.
/// </summary>
public sealed class Forwarder : ISeriesWriter, IForwardingFeed, IHealthSource, IAsyncDisposable
{
    /// <summary>How far behind a remote may be before health says so: shorter pauses are part of every restart.</summary>
    private static readonly TimeSpan s_lagMax = TimeSpan.FromMinutes(2);

    /// <summary>For how long dropped samples keep health degraded: five minutes, as for the other parts.</summary>
    private static readonly TimeSpan s_recent = TimeSpan.FromMinutes(5);

    /// <summary>
    /// For how long after the start batches go on that the store has whole already: the process before may have died between
    /// store and queue, and who was not told comes again. Later ones are not sent: two stores that send to each other would
    /// else do so for ever.
    /// </summary>
    private static readonly TimeSpan s_duplicates = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly ForwarderParts _parts;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ForwardingHealth _health;
    private readonly Occasionally _appendFailures;
    private readonly Occasionally _keepFailures;
    private readonly long _startedAt;
    private volatile ForwardLog? _queue;
    private volatile RunningRemote[] _remotes = [];
    private ForwardingOptions _options = ForwardingOptions.Default;
    private Task _ticks = Task.CompletedTask;

    /// <summary>A forwarder without remotes.</summary>
    /// <param name="parts">What it stands on.</param>
    public Forwarder(ForwarderParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        _parts = parts;
        _health = new ForwardingHealth(parts.Time, s_lagMax, s_recent);
        _appendFailures = new Occasionally(parts.Time);
        _keepFailures = new Occasionally(parts.Time);
        _startedAt = parts.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public IReadOnlyList<RemoteStatus> Remotes => [.. _remotes.Select(static running => running.Remote.Status)];

    /// <inheritdoc/>
    public IEnumerable<HealthPart> Parts => _remotes is { Length: > 0 } remotes ? [_health.Judge(remotes.Select(static running => running.Remote))] : [];

    /// <inheritdoc/>
    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken) =>
        _queue is { } queue ? WriteAsync(queue, batch, cancellationToken) : _parts.Store.WriteAsync(batch, cancellationToken);

    /// <summary>Puts remotes in force: new ones begin, changed ones go on where they were, those that are gone end.</summary>
    /// <param name="remotes">The remotes, whose names differ.</param>
    /// <param name="options">The bounds of the queue.</param>
    /// <exception cref="IOException">The queue, or the file of a new remote, cannot be opened or made; remotes that ran before go on as they were.</exception>
    /// <exception cref="Toka.Core.Errors.BadInputException">Another version wrote the queue.</exception>
    public async Task ApplyAsync(IReadOnlyList<RemoteWriteOptions> remotes, ForwardingOptions options)
    {
        ArgumentNullException.ThrowIfNull(remotes);
        ArgumentNullException.ThrowIfNull(options);
        await _gate.WaitAsync();
        try
        {
            _options = options;
            if (remotes.Count > 0)
            {
                await ReplaceAsync(_queue ?? Open(remotes), remotes);
            }
            else
            {
                await ClearAsync();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends what is in memory, for a few seconds at the most, and keeps the rest on disk for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ticks;
        await _gate.WaitAsync();
        var remotes = _remotes;
        await Task.WhenAll(remotes.Select(static running => running.Remote.DisposeAsync().AsTask()));
        foreach (var running in remotes)
        {
            Keep(running);
            running.Position.Dispose();
        }

        _queue?.Dispose();
        _gate.Dispose();
        _stop.Dispose();
    }

    /// <summary>What is done about once a second; public for nobody but the clock and tests.</summary>
    internal void Tick()
    {
        _queue?.Maintain();
        foreach (var running in _remotes)
        {
            Keep(running);
            running.Remote.Tick();
        }
    }

    private async ValueTask<WriteResult> WriteAsync(ForwardLog queue, WriteBatch batch, CancellationToken cancellationToken)
    {
        WriteResult result;
        try
        {
            result = await _parts.Store.WriteAsync(batch, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // It may be stored all the same, and then is a duplicate when it comes again.
            Append(queue, batch);
            throw;
        }

        if (result.Accepted > 0 || (result.Duplicates > 0 ? _parts.Time.GetElapsedTime(_startedAt) < s_duplicates : result.Refused == 0))
        {
            Append(queue, batch);
        }

        return result;
    }

    private void Append(ForwardLog queue, WriteBatch batch)
    {
        if (queue.Append(batch) is { } failure && _appendFailures.Ask(1) is not null)
        {
            _parts.Log.LogError("samples are stored, but cannot be put into the queue of the remotes, and are dropped for these: {Error}", failure.Message);
        }
    }

    private QueueLimits Limits => new(_options.BufferBytes, _options.BufferAge);

    /// <summary>Opens the queue, with the positions of the remotes that are configured; others are given up.</summary>
    private ForwardLog Open(IReadOnlyList<RemoteWriteOptions> remotes)
    {
        var queue = new ForwardLog(_parts.Directory, Limits, _parts.Disk, _parts.Time, Report);
        var known = PositionFile.ReadAll(_parts.Directory, _parts.Disk);
        var running = new List<RunningRemote>();
        foreach (var options in remotes)
        {
            var path = PositionFile.PathOf(_parts.Directory, options.Name);
            if (known.FirstOrDefault(file => file.Path == path) is { Path: not null } file)
            {
                if (file.Position is null)
                {
                    Report($"{path} is damaged: all that is left in the queue is sent to {options.Name} again");
                }

                var start = file.Position ?? queue.Begin;
                var kept = PositionFile.Create(_parts.Directory, options.Name, _parts.Disk, start);
                running.Add(new RunningRemote(Run(queue, options, start), kept));
            }
        }

        foreach (var (path, remote, position) in known.Where(file => !remotes.Any(options => PositionFile.PathOf(_parts.Directory, options.Name) == file.Path)))
        {
            ReportGone(remote.Length > 0 ? remote : path, position is { } at ? queue.Behind(at).Entries : 0);
            _parts.Disk.Delete(path);
        }

        // In the queue before the first write comes, so that nothing is written that nobody reads.
        _remotes = [.. running];
        _ticks = _ticks.IsCompleted ? Task.Run(TickAsync) : _ticks;
        return queue;
    }

    private async Task ReplaceAsync(ForwardLog queue, IReadOnlyList<RemoteWriteOptions> remotes)
    {
        var before = _remotes.ToDictionary(static running => running.Remote.Options.Name, StringComparer.Ordinal);

        // Files first: where the disk takes none, every remote is left as it was.
        var files = CreateFiles(queue, [.. remotes.Where(options => !before.ContainsKey(options.Name))]);
        queue.Limit(Limits);
        var after = files.ToDictionary(
            static made => made.Options.Name, made => new RunningRemote(Run(queue, made.Options, queue.End), made.File), StringComparer.Ordinal);
        foreach (var options in remotes.Where(options => before.ContainsKey(options.Name)))
        {
            var same = before[options.Name];
            after.Add(options.Name, same.Remote.Options == options ? same : await ChangeAsync(queue, same, options));
        }

        _remotes = [.. remotes.Select(options => after[options.Name])];
        _queue = queue;
        foreach (var gone in before.Values.Where(running => !after.ContainsKey(running.Remote.Options.Name)))
        {
            await EndAsync(queue, gone);
        }
    }

    /// <summary>Makes the files of new remotes, or none of them.</summary>
    /// <exception cref="IOException">One cannot be made.</exception>
    private List<(RemoteWriteOptions Options, PositionFile File)> CreateFiles(ForwardLog queue, IReadOnlyList<RemoteWriteOptions> remotes)
    {
        var files = new List<(RemoteWriteOptions Options, PositionFile File)>();
        try
        {
            foreach (var options in remotes)
            {
                files.Add((options, PositionFile.Create(_parts.Directory, options.Name, _parts.Disk, queue.End)));
            }

            return files;
        }
        catch
        {
            files.ForEach(static made => made.File.Dispose());
            foreach (var options in remotes)
            {
                // Also that which was begun: at the next start it would be a damaged one, after which all is sent.
                _parts.Disk.Delete(PositionFile.PathOf(_parts.Directory, options.Name));
            }

            throw;
        }
    }

    /// <summary>Puts a remote with other options in the place of one. Its file stays, so nothing is asked of the disk that could fail.</summary>
    private async Task<RunningRemote> ChangeAsync(ForwardLog queue, RunningRemote old, RemoteWriteOptions options)
    {
        // Both cursors hold the queue until the old one has ended.
        await old.Remote.DisposeAsync();
        var running = new RunningRemote(Run(queue, options, old.Remote.Resume()), old.Position);
        queue.Remove(old.Remote.Cursor);
        Keep(running);
        return running;
    }

    private Remote Run(ForwardLog queue, RemoteWriteOptions options, QueuePosition start)
    {
        var remote = new Remote(options, start, new RemoteParts(queue, _parts.Http, _parts.MetadataOf, _parts.Metrics, _parts.Time, _parts.Log));
        queue.Add(remote.Cursor);
        remote.Start();
        return remote;
    }

    /// <summary>Ends a remote for good: what it did not get is given up.</summary>
    private async Task EndAsync(ForwardLog queue, RunningRemote gone)
    {
        await gone.Remote.DisposeAsync();
        queue.Remove(gone.Remote.Cursor);
        var pending = gone.Remote.Pending;
        gone.Remote.Counters.Drop("removed", pending);
        ReportGone(gone.Remote.Options.Name, pending);
        gone.Position.Dispose();
        _parts.Disk.Delete(PositionFile.PathOf(_parts.Directory, gone.Remote.Options.Name));
    }

    /// <summary>No remote is left: nothing is queued any more, and what lies there goes.</summary>
    private async Task ClearAsync()
    {
        var (queue, remotes) = (_queue, _remotes);
        (_queue, _remotes) = (null, []);
        if (queue is not null)
        {
            foreach (var gone in remotes)
            {
                await EndAsync(queue, gone);
            }

            queue.Dispose();
        }

        if (!Directory.Exists(_parts.Directory))
        {
            return;
        }

        var left = _parts.Disk.List(_parts.Directory);
        foreach (var path in left)
        {
            _parts.Disk.Delete(path);
        }

        if (queue is null && left.Count > 0)
        {
            Report("there is no remote any more; samples that were not sent yet are given up");
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(s_tick, _parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // The stop keeps the positions itself.
        }
    }

    private void Keep(RunningRemote running)
    {
        try
        {
            running.Position.Write(running.Remote.Cursor.Settled);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_keepFailures.Ask(1) is not null)
            {
                Report($"cannot keep how far {running.Remote.Options.Name} is, which sends samples twice after a restart: {e.Message}");
            }
        }
    }

    private void ReportGone(string remote, long pending) => Report(string.Create(CultureInfo.InvariantCulture, $"{remote} is no remote any more; {pending} samples that it did not get are given up"));

    private void Report(string text) => _parts.Log.LogWarning("forwarding: {What}", text);

    /// <summary>A remote with the file of its position.</summary>
    private sealed record RunningRemote(Remote Remote, PositionFile Position);
}
