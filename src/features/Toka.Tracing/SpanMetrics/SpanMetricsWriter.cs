using Microsoft.Extensions.Logging;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Tracing.Sampling;

namespace Toka.Tracing.SpanMetrics;

/// <summary>
/// Passes spans on, and makes series of those that were taken: rate, errors and durations by service and operation, and by edge
/// between services. It stands before sampling. A span that a sender's sampling kept counts for those that it did not. Thread-safe.
/// </summary>
/// <remarks>
/// A batch is counted once it is acknowledged, so that one that is sent again is not counted twice. Spans of it that the store
/// refused, such as by a quota, are counted: what happened does not depend on what was kept of it. What a kill costs is what was
/// counted since the last write; counters then begin anew, and say so by their start time.
/// </remarks>
public sealed class SpanMetricsWriter : ISpanWriter, IAsyncDisposable
{
    /// <summary>How long the last write may take when the process stops.</summary>
    private static readonly TimeSpan s_lastWriteMax = TimeSpan.FromSeconds(5);

    private readonly ISpanWriter _inner;
    private readonly SpanMetricsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly MeterBook _book;
    private readonly OperationTable _operations;
    private readonly ServiceGraph _graph;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ServiceInstance> _instances = [];
    private Task _running = Task.CompletedTask;
    private bool _failed;

    /// <summary>A writer without series. Nothing is written before <see cref="Start"/>.</summary>
    /// <param name="inner">Where spans go on to.</param>
    /// <param name="series">Where series go.</param>
    /// <param name="options">Interval, limits and forms.</param>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where faults are told.</param>
    public SpanMetricsWriter(ISpanWriter inner, ISeriesWriter series, SpanMetricsOptions options, SelfMetrics metrics, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        (_inner, _options, _time, _log) = (inner, options, time, log);
        _operations = new OperationTable(options, metrics);
        _book = new MeterBook(_lock, series, options.Idle, time, metrics, SpanMetricNames.Families, Ended);
        _graph = new ServiceGraph(options, _book, metrics);
        metrics.Gauge("toka_span_metrics_operations", "Operations of services whose spans are counted.", () => _operations.Count);
        metrics.Gauge("toka_service_graph_waiting_spans", "Sides of calls that wait for the other one.", () => _graph.Waiting);
    }

    /// <summary>Begins to write at the interval.</summary>
    public void Start() => _running = Task.Run(() => RunAsync(_stop.Token));

    /// <inheritdoc/>
    public async ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var result = await _inner.WriteAsync(batch, cancellationToken);
        lock (_lock)
        {
            Count(batch);
        }

        return result;
    }

    /// <summary>Writes all series at the current time. One call at a time.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>What kept something from being written, which goes with the next write; null where all was.</returns>
    public async Task<Exception?> FlushAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _graph.Expire(NowMs());
        }

        var failure = await _book.WriteAsync(cancellationToken);
        if (failure is not null && !_failed)
        {
            _log.LogError(failure is IOException ? null : failure, "The series of spans are not stored, and go with a later write: {Reason}", failure.Message);
        }
        else if (failure is null && _failed)
        {
            _log.LogInformation("The series of spans are stored again");
        }

        _failed = failure is not null;
        return failure;
    }

    /// <summary>Stops, and writes what was counted since the last write.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        using var deadline = new CancellationTokenSource(s_lastWriteMax, _time);
        try
        {
            await FlushAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _log.LogWarning("The last series of spans could not be written in {Seconds} s", s_lastWriteMax.TotalSeconds);
        }

        _book.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private void Count(SpanBatch batch)
    {
        var nowMs = NowMs();
        _instances.Clear();
        foreach (var origin in batch.Origins)
        {
            _instances.Add(_operations.InstanceOf(origin));
        }

        foreach (ref readonly var row in batch.Rows)
        {
            var instance = _instances[row.Origin];
            var operation = _operations.Find(instance, batch.Bytes[row.Name], row.Kind, row.Status, _book);
            var count = TraceStateSampling.AdjustedCount(batch.Bytes[row.TraceState]);
            operation.SeenMs = nowMs;
            operation.Counters[0].Value += count;
            operation.Histograms[0].Add(row.DurationNs / 1e9, count, new SpanMark(row.TraceId, row.SpanId, (row.StartNs + row.DurationNs) / 1_000_000));
            _graph.Observe(batch, row, instance.Service, nowMs);
        }

        _graph.Expire(nowMs);
    }

    private void Ended(MeterGroup group)
    {
        if (group is Operation operation)
        {
            _operations.Remove(operation);
        }
        else
        {
            _graph.Remove((Edge)group);
        }
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
