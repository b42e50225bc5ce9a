using Toka.Alerting.Notification;
using Toka.Alerting.Rules;
using Toka.Core.Alerts;
using Toka.Core.Labels;
using Toka.Core.State;
using Toka.Core.Telemetry;
using Toka.Query.Results;

namespace Toka.Alerting.Lifecycle;

/// <summary>
/// The life of all alerts: pending → active → acknowledged → resolved. Pure state and time, no waiting and no input or
/// output; what has to be written is collected for <see cref="AlertEngine"/>. Not thread-safe.
/// </summary>
internal sealed class AlertBook(SelfMetrics metrics)
{
    /// <summary>Alerts of one rule, count: beyond it a rule says nothing more, and its cost is bounded.</summary>
    public const int AlertsPerRuleMax = 1000;

    /// <summary>How long a resolved alert stays listed, in ms: 15 minutes, time to see what just ended.</summary>
    public const long ResolvedListedMs = 15 * 60_000;

    /// <summary>How long the delivery of an alert's end is tried, in ms: a day.</summary>
    public const long ResolveTriedMs = 24 * 3_600_000L;

    /// <summary>Journal entries that wait for a state store which fails, count; then the oldest are dropped and counted.</summary>
    public const int JournalWaitingMax = 10_000;

    private readonly Dictionary<string, TrackedAlert> _tracked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _dirty = new(StringComparer.Ordinal);
    private readonly List<JournalEntry> _journal = [];
    private readonly SelfCounter _overLimit = metrics.Dropped("alerts", "alerts_per_rule_limit");
    private readonly SelfCounter _duplicate = metrics.Dropped("alerts", "duplicate_labels");
    private readonly SelfCounter _journalDropped = metrics.Dropped("alerts", "journal_waiting_limit");
    private readonly SelfCounter _undelivered = metrics.Dropped("notifications", "resolved_before_delivery");
    private readonly SelfCounter _givenUp = metrics.Dropped("notifications", "resolve_given_up");
    private readonly SelfCounter _cooledDown = metrics.Counter(
        WebhookSender.OutcomeMetric, WebhookSender.OutcomeHelp, ("outcome", "cooldown"));

    /// <summary>The receivers in force, for counting what they never heard.</summary>
    public IReadOnlyCollection<string> Receivers { get; set; } = [];

    /// <summary>The cooldown of a rule in ms; set by the engine with the rules.</summary>
    public Func<string, long> CooldownOf { get; set; } = static _ => 0;

    /// <summary>Documents to write, keyed by id, and entries to append.</summary>
    public IReadOnlyCollection<string> Dirty => _dirty;

    /// <summary>Entries to append to the journal, in order.</summary>
    public IReadOnlyList<JournalEntry> Journal => _journal;

    /// <summary>Whether no alert is remembered.</summary>
    public bool IsEmpty => _tracked.Count == 0;

    /// <summary>The stable id of an alert: the hash of the series' labels and the rule's name, 16 hexadecimal digits.</summary>
    public static string IdOf(AlertRule rule, LabelSet series) => IdOf(rule.Name, series);

    private static string IdOf(string rule, LabelSet series)
    {
        var labels = series.ToBuilder();
        labels.Remove(LabelSet.MetricName);
        labels.Set("alertname", rule);
        return labels.Build().Hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Takes an alert of an earlier run; one that is known already stays.</summary>
    public void Restore(TrackedAlert tracked) => _tracked.TryAdd(tracked.Id, tracked);

    /// <summary>Takes the outcome of one rule's evaluation: all series that its expression found.</summary>
    /// <param name="rule">The rule. A rule that another yields to comes before that other.</param>
    /// <param name="samples">The series with their values.</param>
    /// <param name="nowMs">The evaluation's time.</param>
    /// <param name="isGrace">Whether restored alerts outlive the absence of their series, because this run has hardly begun.</param>
    public void Observe(AlertRule rule, IReadOnlyList<VectorSample> samples, long nowMs, bool isGrace)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var count = _tracked.Values.Count(t => t.Rule == rule.Name && t.HoldsSinceMs is not null);
        foreach (var sample in samples)
        {
            var id = IdOf(rule, sample.Labels);
            if (!seen.Add(id))
            {
                _duplicate.Add();
                continue;
            }

            _tracked.TryGetValue(id, out var tracked);
            if (tracked is not null)
            {
                tracked.IsRestored = false;
            }

            if (!rule.Condition.Holds(sample.Value))
            {
                End(tracked, nowMs, sample.Value);
            }
            else if (tracked?.HoldsSinceMs is null && count >= AlertsPerRuleMax)
            {
                _overLimit.Add();
            }
            else
            {
                count += tracked?.HoldsSinceMs is null ? 1 : 0;
                Hold(rule, tracked ?? Track(id, rule), sample, nowMs);
            }
        }

        foreach (var tracked in _tracked.Values)
        {
            if (tracked.Rule == rule.Name && !seen.Contains(tracked.Id) && !(isGrace && tracked.IsRestored))
            {
                End(tracked, nowMs, null);
            }
        }
    }

    /// <summary>Ends what belongs to no rule any more and forgets what is over.</summary>
    /// <param name="rules">The names of the rules in force.</param>
    /// <param name="receivers">The receivers in force; what others were told is forgotten.</param>
    /// <param name="nowMs">Now.</param>
    public void Sweep(IReadOnlySet<string> rules, IReadOnlySet<string> receivers, long nowMs)
    {
        foreach (var tracked in _tracked.Values.ToList())
        {
            if (!rules.Contains(tracked.Rule))
            {
                End(tracked, nowMs, null);
            }

            foreach (var receiver in tracked.Marks.Keys.Where(r => !receivers.Contains(r)).ToList())
            {
                tracked.Marks.Remove(receiver);
                _dirty.Add(tracked.Id);
            }

            if (tracked is { Live: null, Resolved.ResolvedAtMs: { } resolvedAt } && nowMs - resolvedAt > ResolveTriedMs)
            {
                foreach (var (receiver, _) in tracked.Marks.Where(m => m.Value.Status == NotificationStatus.Firing).ToList())
                {
                    tracked.Marks.Remove(receiver);
                    _givenUp.Add();
                }
            }

            if (IsOver(tracked, nowMs))
            {
                _tracked.Remove(tracked.Id);
                _dirty.Add(tracked.Id);
            }
        }
    }

    /// <summary>Takes an active alert on.</summary>
    /// <returns>The alert afterwards; null where none is active under this id.</returns>
    public Alert? Acknowledge(string id, string by, long nowMs)
    {
        if (!_tracked.TryGetValue(id, out var tracked) || !tracked.IsFiring)
        {
            return null;
        }

        if (tracked.Live!.State == AlertState.Active)
        {
            Enter(tracked, tracked.Live with { State = AlertState.Acknowledged, AcknowledgedBy = by, AcknowledgedAtMs = nowMs }, nowMs);
        }

        return tracked.Live;
    }

    /// <summary>What is listed: live alerts and lately resolved ones; firing before pending before resolved, the worst and newest first.</summary>
    public IReadOnlyList<Alert> List(long nowMs) =>
    [
        .. _tracked.Values
            .Select(t => t.Live ?? (nowMs - t.Resolved?.ResolvedAtMs < ResolvedListedMs ? t.Resolved : null))
            .OfType<Alert>()
            .OrderBy(a => a.State switch { AlertState.Pending => 1, AlertState.Resolved => 2, _ => 0 })
            .ThenByDescending(a => a.Severity)
            .ThenByDescending(a => a.SinceMs)
            .ThenBy(a => a.Id, StringComparer.Ordinal),
    ];

    /// <summary>What a receiver has yet to get.</summary>
    public IReadOnlyList<DueNotification> Due(string receiver, long nowMs)
    {
        var due = new List<DueNotification>();
        foreach (var tracked in _tracked.Values)
        {
            var hasMark = tracked.Marks.TryGetValue(receiver, out var mark);
            if (tracked.IsFiring)
            {
                if (!(hasMark && mark.ActiveAtMs == tracked.Live!.ActiveAtMs) && nowMs >= tracked.CooldownUntilMs)
                {
                    due.Add(new DueNotification(tracked.Live!));
                }
            }
            else if (hasMark && mark.Status == NotificationStatus.Firing && tracked.Resolved is not null)
            {
                due.Add(new DueNotification(tracked.Resolved));
            }
        }

        return due;
    }

    /// <summary>Notes what a receiver was told.</summary>
    public void Settle(string receiver, DueNotification message, bool isRefused)
    {
        if (!_tracked.TryGetValue(message.Alert.Id, out var tracked))
        {
            return;
        }

        // A receiver that refuses an end is not asked again either: for Toka the matter is closed.
        var status = !message.IsFiring ? NotificationStatus.Resolved : isRefused ? NotificationStatus.Refused : NotificationStatus.Firing;
        tracked.Marks[receiver] = new NotificationMark(status, message.Alert.ActiveAtMs ?? message.Alert.SinceMs);
        _dirty.Add(tracked.Id);
    }

    /// <summary>The documents to write: a body, or null to delete.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]?>> TakeDocuments() =>
        [.. _dirty.Select(id => new KeyValuePair<string, byte[]?>(id, _tracked.TryGetValue(id, out var tracked) ? tracked.ToBytes() : null))];

    /// <summary>The documents were written.</summary>
    public void DocumentsWritten() => _dirty.Clear();

    /// <summary>The journal was written.</summary>
    public void JournalWritten() => _journal.Clear();

    /// <summary>Counts alerts which end without a receiver having heard of them.</summary>
    private void CountUnheard(TrackedAlert tracked, Alert ended, long nowMs)
    {
        foreach (var receiver in Receivers)
        {
            if (!(tracked.Marks.TryGetValue(receiver, out var mark) && mark.ActiveAtMs == ended.ActiveAtMs))
            {
                (nowMs < tracked.CooldownUntilMs ? _cooledDown : _undelivered).Add();
            }
        }
    }

    private TrackedAlert Track(string id, AlertRule rule)
    {
        var tracked = new TrackedAlert(id, rule.Name);
        _tracked.Add(id, tracked);
        return tracked;
    }

    private void Hold(AlertRule rule, TrackedAlert tracked, in VectorSample sample, long nowMs)
    {
        if (tracked.HoldsSinceMs is null)
        {
            tracked.HoldsSinceMs = nowMs;
            _dirty.Add(tracked.Id);
        }

        if (rule.YieldsTo is { } worse && _tracked.TryGetValue(IdOf(worse, sample.Labels), out var other) && other.IsFiring)
        {
            Leave(tracked, rule, nowMs);
            return;
        }

        var since = tracked.HoldsSinceMs.Value;
        var isDue = nowMs - since >= rule.ForMs;
        var labels = tracked.Live is { } live && live.Severity == rule.Severity ? live.Labels : LabelsOf(rule, sample.Labels);
        var alert = (tracked.Live ?? NewAlert(rule, tracked.Id, labels, since)) with
        {
            Labels = labels,
            Severity = rule.Severity,
            Expression = rule.Expression,
            Threshold = rule.Condition.Threshold,
            Value = sample.Value,
            Summary = AlertSummary.Write(rule, labels, sample.Value),
        };
        if (tracked.Live is null && !isDue)
        {
            Enter(tracked, alert, nowMs);
        }
        else if (isDue && alert.State == AlertState.Pending)
        {
            Enter(tracked, alert with { State = AlertState.Active, ActiveAtMs = nowMs }, nowMs);
        }
        else if (tracked.Live != alert)
        {
            tracked.Live = alert;
        }
    }

    private void End(TrackedAlert? tracked, long nowMs, double? value)
    {
        if (tracked?.HoldsSinceMs is null && tracked?.Live is null)
        {
            return;
        }

        tracked.HoldsSinceMs = null;
        _dirty.Add(tracked.Id);
        if (value is { } last && tracked.Live is not null)
        {
            tracked.Live = tracked.Live with { Value = last };
        }

        Leave(tracked, null, nowMs);
    }

    /// <summary>Takes the alert off: a firing one is resolved, a pending one never was.</summary>
    private void Leave(TrackedAlert tracked, AlertRule? yielding, long nowMs)
    {
        if (tracked.Live is not { } live)
        {
            return;
        }

        tracked.Live = null;
        _dirty.Add(tracked.Id);
        if (live.State == AlertState.Pending)
        {
            return;
        }

        CountUnheard(tracked, live, nowMs);
        var resolved = live with
        {
            State = AlertState.Resolved,
            ResolvedAtMs = nowMs,
            Summary = yielding?.YieldsTo is { } worse ? $"{live.Summary} {worse} has taken over." : live.Summary,
        };
        tracked.Resolved = resolved;
        if (tracked.Marks.Values.Any(m => m.Status == NotificationStatus.Firing))
        {
            tracked.CooldownUntilMs = nowMs + CooldownOf(live.Rule);
        }

        Append(resolved, nowMs);
    }

    private void Enter(TrackedAlert tracked, Alert alert, long nowMs)
    {
        tracked.Live = alert;
        _dirty.Add(tracked.Id);
        Append(alert, nowMs);
    }

    private void Append(Alert alert, long nowMs)
    {
        if (_journal.Count == JournalWaitingMax)
        {
            _journal.RemoveAt(0);
            _journalDropped.Add();
        }

        _journal.Add(new JournalEntry(nowMs, alert.Id, AlertJson.ToBytes(alert)));
    }

    private static bool IsOver(TrackedAlert tracked, long nowMs) =>
        tracked is { Live: null, HoldsSinceMs: null }
        && nowMs >= tracked.CooldownUntilMs
        && !(nowMs - tracked.Resolved?.ResolvedAtMs < ResolvedListedMs)
        && !tracked.Marks.Values.Any(m => m.Status == NotificationStatus.Firing);

    private static LabelSet LabelsOf(AlertRule rule, LabelSet series)
    {
        var labels = series.ToBuilder();
        labels.Remove(LabelSet.MetricName);
        labels.Set("alertname", rule.Name);
        labels.Set("severity", rule.Severity.ToString().ToLowerInvariant());
        return labels.Build();
    }

    private static Alert NewAlert(AlertRule rule, string id, LabelSet labels, long sinceMs) => new()
    {
        Id = id,
        Rule = rule.Name,
        Severity = rule.Severity,
        State = AlertState.Pending,
        Labels = labels,
        Summary = "",
        Expression = rule.Expression,
        Value = 0,
        Threshold = rule.Condition.Threshold,
        SinceMs = sinceMs,
    };
}
