using Toka.Alerting.Notification;
using Toka.Alerting.Rules;
using Toka.Core.Alerts;

namespace Toka.Alerting.Lifecycle;

/// <summary>The rules in force with how their last evaluation went, and the receivers in force. Replaced as a whole on reload.</summary>
internal sealed class RuleSet
{
    public RuleSet(AlertEngineOptions options, IReadOnlyList<WebhookSender> senders, IReadOnlyList<AlertRuleStatus> previous)
    {
        Options = options;
        Senders = senders;
        Rules = RuleCompiler.Compile(options.Thresholds, options.Alerting, options.CollectionInterval);
        Names = Rules.Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        Receivers = senders.Select(s => s.Receiver).ToHashSet(StringComparer.Ordinal);
        Cooldowns = Rules.ToDictionary(r => r.Name, r => r.CooldownMs, StringComparer.Ordinal);
        var known = previous.ToDictionary(p => (p.Name, p.Expression));
        Status = [.. Rules.Select(r => known.GetValueOrDefault(
            (r.Name, r.PromQL), new AlertRuleStatus(r.Name, r.Severity, r.PromQL, r.ForMs, 0, 0, null)) with { Severity = r.Severity, ForMs = r.ForMs })];
    }

    public AlertEngineOptions Options { get; }

    public IReadOnlyList<AlertRule> Rules { get; }

    public IReadOnlySet<string> Names { get; }

    public IReadOnlyList<WebhookSender> Senders { get; }

    public IReadOnlySet<string> Receivers { get; }

    public IReadOnlyDictionary<string, long> Cooldowns { get; }

    /// <summary>One for each rule, in order; the array is replaced, never changed.</summary>
    public AlertRuleStatus[] Status { get; set; }
}
