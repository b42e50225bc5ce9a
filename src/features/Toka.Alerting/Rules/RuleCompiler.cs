using System.Globalization;
using Toka.Alerting.Options;
using Toka.Configuration.Binding;

namespace Toka.Alerting.Rules;

/// <summary>Makes rules of options.</summary>
internal static class RuleCompiler
{
    /// <summary>A rate of change is the slope over this many points of its window: enough for a steady slope, cheap to query.</summary>
    private const int SlopePoints = 20;

    /// <summary>All rules: the shipped ones, then the user's.</summary>
    public static IReadOnlyList<AlertRule> Compile(ThresholdOptions thresholds, AlertingOptions alerting, TimeSpan collectionInterval)
    {
        var window = MetricAliases.WindowFor(collectionInterval);
        return [.. ShippedRules.Compile(thresholds, window), .. alerting.Rules.Select(r => Compile(r, window))];
    }

    private static AlertRule Compile(ThresholdRuleOptions options, TimeSpan window)
    {
        var alias = MetricAliases.Find(options.Metric);
        var expression = MetricAliases.Expand(options.Metric, window);
        var title = alias?.Title ?? options.Name;
        var unit = alias?.Unit ?? "";
        if (options.Condition.IsRate)
        {
            var overMs = (long)options.Over.TotalMilliseconds;
            var stepMs = Math.Max(1000, overMs / SlopePoints / 1000 * 1000);
            expression = string.Create(
                CultureInfo.InvariantCulture,
                $"deriv(({expression})[{ConfigUnits.FormatDuration(overMs)}:{ConfigUnits.FormatDuration(stepMs)}])");
            title = $"Change of {(alias is null ? title : LowerFirst(title))}";
            unit = unit.Length == 0 ? "/s" : unit + "/s";
        }

        return new AlertRule(
            options.Name, expression, options.Condition, options.Severity,
            (long)options.For.TotalMilliseconds, (long)options.Cooldown.TotalMilliseconds,
            title, unit, alias?.Subject ?? "", options.Summary, null);
    }

    private static string LowerFirst(string title) =>
        title.Length > 1 && char.IsLower(title[1]) ? char.ToLowerInvariant(title[0]) + title[1..] : title;
}
