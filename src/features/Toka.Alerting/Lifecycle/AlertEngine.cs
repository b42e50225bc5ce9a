using Microsoft.Extensions.Logging;
using Toka.Alerting.Notification;
using Toka.Core.Alerts;
using Toka.Core.State;
using Toka.Core.Telemetry;
using Toka.Query;

namespace Toka.Alerting.Lifecycle;

/// <summary>
/// Judges: evaluates the rules on a grid of times, leads each alert through its life, keeps all of it in the state store and
/// has the webhooks told. Thread-safe.
/// </summary>
/// <remarks>
/// A failed evaluation changes no alert. A state store which fails is tried again at each evaluation, while alerts live on in
/// memory. Both are named in <see cref="Problems"/>.
/// </remarks>
public sealed class AlertEngine : IAlertFeed, INotificationBook, IDisposable
{
    /// <summary>For how long after the start restored alerts outlive the absence of their series, in ms: rates need samples first.</summary>
    internal const long StartGraceMs = 60_000;

    /// <summary>How long the history of alerts is kept, in ms: 90 days, a quarter to look back on.</summary>
    internal const long HistoryKeptMs = 90L * 86_400_000;

    private const long TrimEveryMs = 86_400_000;

    /// <summary>The state store's collection and journal.</summary>
    private const string Name = "alerts";

    private readonly RuleEvaluator _evaluator;
    private readonly IStateStore _state;
    private readonly HttpMessageInvoker _http;
    private readonly SelfMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SelfCounter _missed;
    private readonly AlertBook _book;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SenderTasks _senderTasks = new();
    private volatile RuleSet _set;
    private volatile IReadOnlyList<Alert> _current = [];
    private volatile string? _stateProblem;
    private long _version;
    private long _loadedMs;
    private long _trimmedMs;
    private bool _isLoaded;

    /// <summary>An engine; nothing runs yet.</summary>
    /// <param name="options">Rules, receivers and intervals.</param>
    /// <param name="engine">Answers the rules' expressions.</param>
    /// <param name="state">Keeps alerts (collection and journal <c>alerts</c>).</param>
    /// <param name="http">Sends to webhooks. The caller owns it; it should not follow redirects.</param>
    /// <param name="metrics">Takes the engine's own counters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Takes what goes wrong.</param>
    public AlertEngine(
        AlertEngineOptions options, IQueryEngine engine, IStateStore state, HttpMessageInvoker http,
        SelfMetrics metrics, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        _evaluator = new RuleEvaluator(engine, metrics, time);
        _state = state;
        _http = http;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _missed = metrics.Counter("toka_rule_evaluations_missed_total", "Evaluations of all rules that did not happen because the one before took too long.");
        _book = new AlertBook(metrics);
        _set = MakeSet(options);
        metrics.Gauge("toka_alerts_firing", "Alerts that are active or acknowledged.", () => _current.Count(a => a.State is AlertState.Active or AlertState.Acknowledged));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Alert> Current => _current;

    /// <inheritdoc/>
    public IReadOnlyList<AlertRuleStatus> Rules => _set.Status;

    /// <inheritdoc/>
    public TimeSpan Interval => _set.Options.EvaluationInterval;

    /// <inheritdoc/>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>What keeps alerting from doing all of its work, a sentence each; empty while all is well. For health.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var set = _set;
            return
            [
                .. new[] { _stateProblem }.OfType<string>(),
                .. set.Senders.Select(s => s.Problem).OfType<string>(),
                .. set.Status.Where(s => s.LastError is not null).Select(s => $"rule {s.Name} cannot be evaluated: {s.LastError}"),
            ];
        }
    }

    /// <summary>Evaluates and notifies until cancelled: at each whole multiple of the interval since the Unix epoch.</summary>
    /// <param name="cancellationToken">Ends it; the task then completes without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _senderTasks.StartAsync(_set.Senders, cancellationToken);
        try
        {
            var lastMs = NowMs;
            while (true)
            {
                var intervalMs = (long)_set.Options.EvaluationInterval.TotalMilliseconds;
                var nextMs = ((lastMs / intervalMs) + 1) * intervalMs;
                var late = (NowMs - nextMs) / intervalMs;
                if (late > 0)
                {
                    _missed.Add(late);
                    nextMs += late * intervalMs;
                }

                var wait = nextMs - NowMs;
                if (wait > intervalMs)
                {
                    // The clock was set back: the grid begins anew from where it is now.
                    lastMs = NowMs;
                    continue;
                }

                if (wait > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(wait), _time, cancellationToken);
                }

                await EvaluateSafelyAsync(nextMs, cancellationToken);
                lastMs = nextMs;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            await _senderTasks.StopAsync();
        }
    }

    /// <summary>Evaluates all rules once.</summary>
    /// <param name="nowMs">The evaluation's time, ms since the Unix epoch; not before an earlier one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task EvaluateAsync(long nowMs, CancellationToken cancellationToken)
    {
        var set = _set;
        await LoadAsync(nowMs, cancellationToken);
        var outcomes = await _evaluator.EvaluateAsync(set.Rules, nowMs, cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (set != _set)
            {
                // Other rules came into force meanwhile: their own evaluation follows.
                return;
            }

            var isGrace = nowMs - _loadedMs < StartGraceMs;
            var status = new AlertRuleStatus[set.Rules.Count];
            for (var i = 0; i < status.Length; i++)
            {
                var (samples, error, elapsed) = outcomes[i];
                if (error is null)
                {
                    _book.Observe(set.Rules[i], samples, nowMs, isGrace);
                }

                status[i] = set.Status[i] with { Matched = samples.Count, LastEvaluationMs = nowMs, LastError = error, LastElapsed = elapsed };
            }

            set.Status = status;
            if (_isLoaded)
            {
                _book.Sweep(set.Names, set.Receivers, nowMs);
            }

            await KeepAsync(nowMs, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }

        foreach (var sender in set.Senders)
        {
            sender.Kick();
        }
    }

    /// <summary>Puts other rules and receivers in force. Alerts of rules that are gone resolve at the next evaluation.</summary>
    /// <param name="options">The new options.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ApplyAsync(AlertEngineOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _set = MakeSet(options);
        }
        finally
        {
            _gate.Release();
        }

        await _senderTasks.ReplaceAsync(_set.Senders);
    }

    /// <summary>Sends what is due to every webhook now; what <see cref="RunAsync"/> does by itself.</summary>
    internal Task SendDueAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_set.Senders.Select(s => s.SendDueAsync(cancellationToken)));

    /// <inheritdoc/>
    public async ValueTask<Alert?> AcknowledgeAsync(string id, string by, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(by);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var alert = _book.Acknowledge(id, by, NowMs);
            await KeepAsync(NowMs, cancellationToken);
            return alert;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Alert>> HistoryAsync(string? id, long fromMs, int limit, CancellationToken cancellationToken)
    {
        var entries = await _state.ReadAsync(Name, id, fromMs, limit, cancellationToken);
        return [.. entries.Select(e => AlertJson.FromBytes(e.Body))];
    }

    /// <summary>Frees what the engine holds; after <see cref="RunAsync"/> has ended.</summary>
    public void Dispose()
    {
        _senderTasks.Dispose();
        foreach (var sender in _set.Senders)
        {
            sender.Dispose();
        }

        _gate.Dispose();
    }

    async ValueTask<IReadOnlyList<DueNotification>> INotificationBook.DueAsync(string receiver, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _book.Due(receiver, NowMs);
        }
        finally
        {
            _gate.Release();
        }
    }

    async ValueTask INotificationBook.SettleAsync(
        string receiver, IReadOnlyList<DueNotification> messages, bool isRefused, CancellationToken cancellationToken)
    {
        // The receiver has it: that is noted even when the program is being stopped.
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            foreach (var message in messages)
            {
                _book.Settle(receiver, message, isRefused);
            }

            await KeepAsync(NowMs, CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private RuleSet MakeSet(AlertEngineOptions options)
    {
        var senders = options.Alerting.Webhooks
            .Select(w => new WebhookSender(w, options.ExternalUrl, this, _http, _metrics, _time, _logger))
            .ToList();
        var set = new RuleSet(options, senders, _set?.Status ?? []);
        _book.Receivers = [.. set.Receivers];
        _book.CooldownOf = rule => set.Cooldowns.GetValueOrDefault(rule);
        return set;
    }

    private async Task EvaluateSafelyAsync(long nowMs, CancellationToken cancellationToken)
    {
        try
        {
            await EvaluateAsync(nowMs, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _stateProblem = $"the last evaluation ended with a fault of toka's own: {e.Message}";
            _logger.LogError(e, "the evaluation of the rules failed");
        }
    }

    private async Task LoadAsync(long nowMs, CancellationToken cancellationToken)
    {
        if (_isLoaded)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            foreach (var (id, body) in await _state.ListAsync(Name, cancellationToken))
            {
                Restore(id, body);
            }

            _isLoaded = true;
            _loadedMs = nowMs;
            _stateProblem = null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            StateFailed(e);
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Restore(string id, byte[] body)
    {
        try
        {
            _book.Restore(TrackedAlert.FromBytes(id, body));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            _metrics.Dropped("alerts", "unreadable_state").Add();
            _logger.LogWarning("the kept alert {Id} cannot be read and is left out: {Reason}", id, e.Message);
        }
    }

    /// <summary>Writes what changed and shows it. Called under the gate.</summary>
    private async ValueTask KeepAsync(long nowMs, CancellationToken cancellationToken)
    {
        var list = _book.List(nowMs);
        if (!list.SequenceEqual(_current, ReferenceEqualityComparer.Instance))
        {
            _current = list;
            Interlocked.Increment(ref _version);
        }

        try
        {
            if (_book.Dirty.Count > 0 && _isLoaded)
            {
                await _state.PutAsync(Name, _book.TakeDocuments(), cancellationToken);
                _book.DocumentsWritten();
            }

            if (_book.Journal.Count > 0)
            {
                await _state.AppendAsync(Name, [.. _book.Journal], cancellationToken);
                _book.JournalWritten();
            }

            if (nowMs - _trimmedMs > TrimEveryMs)
            {
                await _state.TrimAsync(Name, nowMs - HistoryKeptMs, cancellationToken);
                _trimmedMs = nowMs;
            }

            _stateProblem = _isLoaded ? null : _stateProblem;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            StateFailed(e);
        }
    }

    private void StateFailed(Exception e)
    {
        _metrics.Counter("toka_alert_state_failures_total", "Reads and writes of the alerts' state that failed.").Add();
        var problem = $"alerts cannot be kept: {e.Message}";
        if (_stateProblem != problem)
        {
            _logger.LogError(e, "alerts cannot be kept");
        }

        _stateProblem = problem;
    }
}
