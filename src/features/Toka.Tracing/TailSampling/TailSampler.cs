using Microsoft.Extensions.Logging;
using Toka.Core.Errors;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Tracing.TailSampling;

/// <summary>
/// Holds spans until their trace is whole, across services, and passes on the traces that a policy keeps. A span is acknowledged once
/// it is in the journal; without a folder it is held in memory alone. Thread-safe.
/// </summary>
/// <remarks>
/// A decision is made as soon as a policy holds that no further span can change (error, latency, attribute), else when no span came
/// for a while, at the latest after the longest wait, and at once for the oldest trace where memory is full. Late spans follow the
/// decision as long as it is remembered. What is kept stays held until the store has it; where the store does not take it and memory
/// is full, further spans are refused, so that their sender keeps them. A process that dies between the store's acknowledgement and
/// its note of it passes those spans on twice.
/// </remarks>
public sealed class TailSampler : ISpanWriter, IAsyncDisposable
{
    /// <summary>How often traces are looked through.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    /// <summary>How long the last writes may take when the process stops; what is not stored then stays in the journal.</summary>
    private static readonly TimeSpan s_lastWriteMax = TimeSpan.FromSeconds(10);

    /// <summary>Spans that are passed on at once.</summary>
    private const int BatchSpansMax = 10_000;

    private readonly ISpanWriter _inner;
    private readonly TailSamplingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly PolicyJudge _judge;
    private readonly SamplingTally _tally;
    private readonly DecisionCache _decisions;
    private readonly Dictionary<TraceId, HeldTrace> _open = [];
    private readonly Queue<HeldTrace> _order = new();
    private readonly Queue<HeldTrace> _kept = new();
    private readonly HashSet<HeldTrace> _touched = [];
    private readonly HeldJournal? _journal;
    private readonly SemaphoreSlim _releasing = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long _bytes;
    private long _spans;
    private bool _failed;

    /// <summary>A sampler that takes up what an earlier process held.</summary>
    /// <param name="inner">Where kept spans go.</param>
    /// <param name="options">Policies and limits.</param>
    /// <param name="folder">Where held spans are written to; null to hold them in memory alone.</param>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where faults are told.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="BadInputException">A file in it is of another version.</exception>
    public TailSampler(ISpanWriter inner, TailSamplingOptions options, string? folder, SelfMetrics metrics, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        (_inner, _options, _time, _log) = (inner, options, time, log);
        _judge = new PolicyJudge(options.Policies);
        _tally = new SamplingTally(options.Policies, metrics);
        _decisions = new DecisionCache(options.DecisionsMax);
        metrics.Gauge("toka_tail_sampling_held_traces", "Traces that tail sampling holds.", () => Status.HeldTraces);
        metrics.Gauge("toka_tail_sampling_held_bytes", "What the spans that tail sampling holds take in memory, bytes.", () => Status.HeldBytes);
        if (folder is not null)
        {
            _journal = new HeldJournal(folder);
            Replay();
        }
    }

    /// <summary>What is held and what was done since the start.</summary>
    public TailSamplerStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _tally.Status(_open.Count + _kept.Count, _spans, _bytes);
            }
        }
    }

    /// <summary>Whether a process with tail sampling left spans in a folder: they are to be passed on though sampling is off now.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsLeftIn(string folder) => HeldJournal.IsLeftIn(folder);

    /// <summary>Passes on all that a process with tail sampling left in a folder, where sampling is off now.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="inner">Where the spans go. What it does not take stays in the folder.</param>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where faults are told.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="BadInputException">A file in it is of another version.</exception>
    public static async Task PassOnAsync(string folder, ISpanWriter inner, SelfMetrics metrics, TimeProvider time, ILogger log)
    {
        var options = new TailSamplingOptions { Policies = [new ProbabilisticPolicy("left", 1)] };
        await using var sampler = new TailSampler(inner, options, folder, metrics, time, log);
    }

    /// <summary>Begins to decide at intervals.</summary>
    public void Start() => _running = Task.Run(() => RunAsync(_stop.Token));

    /// <inheritdoc/>
    /// <exception cref="IOException">The spans could not be written to the journal, or memory is full of what the store does not take. They may be sent again.</exception>
    public async ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        SpanBatch? late = null;
        var lateSpans = new List<(SamplingDecision Decision, int Count)>();
        lock (_lock)
        {
            var held = new List<HeldSpan>();
            var dropped = 0;
            foreach (ref readonly var row in batch.Rows)
            {
                if (!_decisions.TryGet(row.TraceId, out var decision))
                {
                    held.Add(HeldSpan.Of(batch, row));
                }
                else if (decision.IsKept)
                {
                    HeldSpan.Of(batch, row).AddTo(late ??= new SpanBatch(), decision.Threshold);
                    lateSpans.Add((decision, 1));
                }
                else
                {
                    dropped++;
                }
            }

            Hold(held);
            _tally.Decided(new SamplingDecision(PolicyJudge.None, 0), dropped, traces: 0);
            _tally.Late.Add(dropped);
        }

        if (late is null)
        {
            return new EventWriteResult(batch.Count);
        }

        var result = await _inner.WriteAsync(late, cancellationToken);
        foreach (var (decision, count) in lateSpans)
        {
            _tally.Decided(decision, count, traces: 0);
        }

        _tally.Late.Add(late.Count);
        return result with { Accepted = result.Accepted + batch.Count - late.Count };
    }

    /// <summary>Decides on the traces whose time has come, and passes on what is kept. One call at a time does work.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>What kept something from being stored, which is tried again; null where all was.</returns>
    public async Task<Exception?> TickAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = NowMs();
            foreach (var trace in _open.Values.Where(trace => now - trace.SeenMs >= _options.Quiet.TotalMilliseconds || now - trace.ArrivedMs >= _options.WaitMax.TotalMilliseconds).ToArray())
            {
                Decide(trace, now);
            }

            while (_order.TryPeek(out var oldest) && oldest.Decision is not null)
            {
                _order.Dequeue();
            }
        }

        var failure = await ReleaseAsync(cancellationToken);
        if (failure is not null && !_failed)
        {
            _log.LogError(failure is IOException ? null : failure, "Traces that tail sampling keeps are not stored, and stay held: {Reason}", failure.Message);
        }
        else if (failure is null && _failed)
        {
            _log.LogInformation("Traces that tail sampling keeps are stored again");
        }

        _failed = failure is not null;
        return failure;
    }

    /// <summary>Stops: decides on all that is held, and passes on what is kept. What the store does not take stays in the journal for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        lock (_lock)
        {
            var now = NowMs();
            foreach (var trace in _open.Values.ToArray())
            {
                Decide(trace, now);
            }
        }

        using var deadline = new CancellationTokenSource(s_lastWriteMax, _time);
        try
        {
            if (await ReleaseAsync(deadline.Token) is { } failure)
            {
                _log.LogError(failure is IOException ? null : failure, "Traces that tail sampling keeps could not be stored at the end: {Reason}", failure.Message);
            }
        }
        catch (OperationCanceledException)
        {
            _log.LogWarning("Traces that tail sampling keeps could not be stored in {Seconds} s", s_lastWriteMax.TotalSeconds);
        }

        _journal?.Dispose();
        _releasing.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_tick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await TickAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Takes spans up: in the journal first, then in memory. Under the lock, so that no decision comes between.</summary>
    private void Hold(List<HeldSpan> spans)
    {
        if (spans.Count == 0)
        {
            return;
        }

        if (_bytes >= _options.BytesMax && _open.Count == 0)
        {
            throw new IOException("tail sampling holds all it may of traces that the store does not take; see the log of toka, and send the spans again");
        }

        var segment = _journal?.Append(spans) ?? 0;
        var now = NowMs();
        foreach (var span in spans)
        {
            Insert(span, segment, now);
        }

        Settle(now);
    }

    private void Insert(in HeldSpan span, int segment, long nowMs)
    {
        var id = span.Row.TraceId;
        if (!_open.TryGetValue(id, out var trace))
        {
            _open[id] = trace = new HeldTrace(id, nowMs);
            _order.Enqueue(trace);
        }

        Add(trace, span, segment, nowMs);
        var matched = _judge.HasConditions ? _judge.Match(RecordOf(span)) : 0;
        trace.Facts.Add(span.Row, span.Origin.Service, span[span.Row.Name], span[span.Row.TraceState], matched);
        _touched.Add(trace);
    }

    /// <summary>Keeps what is to be kept whatever else comes; then decides on the oldest traces where there is too much.</summary>
    private void Settle(long nowMs)
    {
        foreach (var trace in _touched)
        {
            if (_judge.Early(trace.Facts) != PolicyJudge.None)
            {
                _tally.Early.Add();
                Decide(trace, nowMs);
            }
        }

        _touched.Clear();
        while ((_bytes > _options.BytesMax || _open.Count > _options.TracesMax) && _order.TryDequeue(out var oldest))
        {
            if (oldest.Decision is null)
            {
                _tally.Forced.Add();
                Decide(oldest, nowMs);
            }
        }
    }

    private void Add(HeldTrace trace, in HeldSpan span, int segment, long nowMs)
    {
        trace.Spans.Add(span);
        trace.SeenMs = nowMs;
        trace.Bytes += span.Bytes;
        _bytes += span.Bytes;
        _spans++;
        if (_journal is not null && !trace.Segments.Contains(segment))
        {
            trace.Segments.Add(segment);
            _journal.Hold(segment);
        }
    }

    private void Decide(HeldTrace trace, long nowMs)
    {
        var policy = _judge.Decide(trace.Facts, nowMs);
        var decision = new SamplingDecision(policy, policy == PolicyJudge.None ? 0 : _judge.ThresholdOf(policy));
        trace.Decision = decision;
        _open.Remove(trace.Facts.Id);
        _decisions.Add(trace.Facts.Id, decision);
        _tally.Decided(decision, trace.Spans.Count);
        if (decision.IsKept)
        {
            _kept.Enqueue(trace);
        }
        else
        {
            Forget([trace]);
        }
    }

    /// <summary>Traces that are done with. What cannot be noted is done again after a restart, which costs no span.</summary>
    private void Forget(IReadOnlyList<HeldTrace> traces)
    {
        foreach (var trace in traces)
        {
            _bytes -= trace.Bytes;
            _spans -= trace.Spans.Count;
            trace.Spans = [];
        }

        if (_journal is null)
        {
            return;
        }

        try
        {
            _journal.AppendDecisions(traces);
            foreach (var trace in traces)
            {
                _journal.Release(trace.Segments);
            }

            _journal.Trim();
        }
        catch (IOException e)
        {
            _log.LogWarning("Tail sampling could not note what is done with; after a restart it may be stored twice: {Reason}", e.Message);
        }
    }

    private async Task<Exception?> ReleaseAsync(CancellationToken cancellationToken)
    {
        await _releasing.WaitAsync(cancellationToken);
        try
        {
            var batch = new SpanBatch();
            while (true)
            {
                var taken = new List<HeldTrace>();
                batch.Clear();
                lock (_lock)
                {
                    while (batch.Count < BatchSpansMax && _kept.TryDequeue(out var trace))
                    {
                        taken.Add(trace);
                        trace.Spans.ForEach(span => span.AddTo(batch, trace.Decision!.Value.Threshold));
                    }
                }

                if (taken.Count == 0)
                {
                    return null;
                }

                var isStored = false;
                try
                {
                    await _inner.WriteAsync(batch, cancellationToken);
                    isStored = true;
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    return e;
                }
                finally
                {
                    lock (_lock)
                    {
                        if (isStored)
                        {
                            Forget(taken);
                        }
                        else
                        {
                            taken.ForEach(_kept.Enqueue);
                        }
                    }
                }
            }
        }
        finally
        {
            _releasing.Release();
        }
    }

    private void Replay()
    {
        var held = new Dictionary<TraceId, List<(HeldSpan Span, int Segment)>>();
        var unreadable = _journal!.Replay(
            (batch, segment) =>
            {
                foreach (ref readonly var row in batch.Rows)
                {
                    if (!held.TryGetValue(row.TraceId, out var spans))
                    {
                        held[row.TraceId] = spans = [];
                    }

                    spans.Add((HeldSpan.Of(batch, row), segment));
                }
            },
            trace => held.Remove(trace));
        if (unreadable > 0)
        {
            _tally.Unreadable.Add();
            _log.LogWarning("The journal of tail sampling has {Bytes} bytes that cannot be read: the end of a write that was not finished, or a fault of the disk", unreadable);
        }

        var now = NowMs();
        lock (_lock)
        {
            foreach (var (span, segment) in held.Values.SelectMany(static spans => spans))
            {
                Insert(span, segment, now);
            }

            Settle(now);
            _journal.Trim();
        }

        if (held.Count > 0)
        {
            _log.LogInformation("Tail sampling goes on with {Traces} traces that were held", held.Count);
        }
    }

    private static SpanRecord RecordOf(in HeldSpan span)
    {
        var batch = new SpanBatch();
        span.AddTo(batch, 0);
        return SpanRecord.Of(batch, batch.Rows[0]);
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
