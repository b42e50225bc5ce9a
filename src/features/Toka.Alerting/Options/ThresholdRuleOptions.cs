using Toka.Alerting.Rules;
using Toka.Configuration.Binding;
using Toka.Core.Alerts;

namespace Toka.Alerting.Options;

/// <summary>One threshold rule of a user's own.</summary>
public sealed record ThresholdRuleOptions
{
    /// <summary>The rule's name, which becomes the label <c>alertname</c>; each name once.</summary>
    public required string Name { get; init; }

    /// <summary>A metric alias such as <c>cpu_usage_percent</c>, or PromQL.</summary>
    public required string Metric { get; init; }

    /// <summary>When the rule holds.</summary>
    public required Condition Condition { get; init; }

    /// <summary>The window of a rate of change. Default 5 min; 1 s to 1 day.</summary>
    public TimeSpan Over { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the condition must hold. Default 1 min; 0 to 7 days.</summary>
    public TimeSpan For { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The alerts' severity. Default High.</summary>
    public Severity Severity { get; init; } = Severity.High;

    /// <summary>For how long after an alert's end nobody is notified of its return. Default 5 min; 0 to 7 days.</summary>
    public TimeSpan Cooldown { get; init; } = AlertingOptions.CooldownDefault;

    /// <summary>The sentence that alerts carry, with {value}, {threshold} and {label} in braces; null for the standard one.</summary>
    public string? Summary { get; init; }

    internal static readonly (string Word, Severity Value)[] Severities =
        [("low", Severity.Low), ("medium", Severity.Medium), ("high", Severity.High), ("critical", Severity.Critical)];

    private static readonly string[] Conditions = ["above", "below", "outside", "rate_of_change_above", "rate_of_change_below"];

    internal static ThresholdRuleOptions Bind(ConfigSection section, HashSet<string> names, Func<string, string?> checkExpression)
    {
        var name = section.RequiredText("name", "The rule's name; it becomes the label alertname.");
        if (name.Length > 0 && !names.Add(name))
        {
            section.Fault("name", $"\"{name}\" is taken by another rule; choose another name");
        }

        var metric = section.RequiredText("metric", "A metric alias or a PromQL expression.");
        if (metric.Length > 0 && checkExpression(MetricAliases.Expand(metric, MetricAliases.WindowMin)) is { } wrong)
        {
            section.Fault("metric", $"is neither a metric alias nor PromQL: {wrong}");
        }

        var condition = BindCondition(section);
        var over = section.Duration(
            "over", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "The window of a rate of change.");
        if (section.Has("over") && condition is not { IsRate: true })
        {
            section.Fault("over", "says the window of a rate of change; it needs rate_of_change_above or rate_of_change_below");
        }

        return new ThresholdRuleOptions
        {
            Name = name,
            Metric = metric,
            Condition = condition,
            Over = over,
            For = section.Duration("for", TimeSpan.FromMinutes(1), TimeSpan.Zero, TimeSpan.FromDays(7), "How long the condition must hold before the alert is active."),
            Severity = section.Choice("severity", "high", Severities, "The severity of the rule's alerts."),
            Cooldown = section.Duration("cooldown", AlertingOptions.CooldownDefault, TimeSpan.Zero, TimeSpan.FromDays(7), "For how long after an alert's end nobody is notified of its return."),
            Summary = section.OptionalText("summary", null, "The sentence that alerts carry; {value}, {threshold} and label names in braces are filled in."),
        };
    }

    private static Condition BindCondition(ConfigSection section)
    {
        const double Least = double.NegativeInfinity;
        const double Most = double.PositiveInfinity;
        var above = section.OptionalNumber("above", null, Least, Most, "Holds where the value is above this.");
        var below = section.OptionalNumber("below", null, Least, Most, "Holds where the value is below this.");
        var outside = section.OptionalPair("outside", "Holds where the value is below the first or above the second.");
        var rising = section.OptionalNumber("rate_of_change_above", null, Least, Most, "Holds where the value changes by more than this a second.");
        var falling = section.OptionalNumber("rate_of_change_below", null, Least, Most, "Holds where the value changes by less than this a second, such as -1.");
        var given = Conditions.Where(section.Has).ToList();
        if (given.Count != 1)
        {
            section.Fault(given.Count == 0 ? "" : given[1], given.Count == 0
                ? $"has no condition; give one of {string.Join(", ", Conditions)}"
                : $"stands beside {given[0]}; a rule has one condition, so make two rules");
        }

        return (above, below, outside, rising, falling) switch
        {
            ({ } limit, _, _, _, _) => Condition.Above(limit),
            (_, { } limit, _, _, _) => Condition.Below(limit),
            (_, _, { } pair, _, _) => Condition.Outside(pair.Low, pair.High),
            (_, _, _, { } limit, _) => Condition.RateAbove(limit),
            (_, _, _, _, { } limit) => Condition.RateBelow(limit),
            _ => Condition.Above(double.PositiveInfinity),
        };
    }
}
