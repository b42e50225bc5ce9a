using Toka.Alerting.Options;
using Toka.Core.Alerts;

namespace Toka.Alerting.Rules;

/// <summary>The rules which <see cref="ThresholdOptions"/> stand for.</summary>
internal static class ShippedRules
{
    private static readonly (string Name, string Metric, Func<ThresholdOptions, ThresholdPair> Pair)[] Table =
    [
        ("cpu_usage", "cpu_usage_percent", static o => o.Cpu),
        ("memory_usage", "memory_usage_percent", static o => o.Memory),
        ("disk_usage", "disk_usage_percent", static o => o.Disk),
        ("network_usage", "network_usage_percent", static o => o.Network),
    ];

    /// <summary>Their names, which a user's rules cannot have.</summary>
    public static IEnumerable<string> Names => Table.SelectMany(t => new[] { Critical(t.Name), Warning(t.Name) });

    /// <summary>Makes the rules; a critical one comes before its warning.</summary>
    public static IEnumerable<AlertRule> Compile(ThresholdOptions options, TimeSpan window)
    {
        foreach (var (name, metric, pair) in Table)
        {
            var alias = MetricAliases.Find(metric)!;
            var thresholds = pair(options);
            var critical = new AlertRule(
                Critical(name), MetricAliases.Expand(metric, window), Condition.Above(thresholds.Critical), Severity.Critical,
                (long)options.CriticalFor.TotalMilliseconds, (long)options.Cooldown.TotalMilliseconds,
                alias.Title, alias.Unit, alias.Subject, null, null);
            yield return critical;
            yield return critical with
            {
                Name = Warning(name),
                Condition = Condition.Above(thresholds.Warning),
                Severity = Severity.Medium,
                ForMs = (long)options.WarningFor.TotalMilliseconds,
                YieldsTo = critical.Name,
            };
        }
    }

    private static string Critical(string name) => name + "_critical";

    private static string Warning(string name) => name + "_warning";
}
