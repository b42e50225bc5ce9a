using Toka.Configuration.Binding;

namespace Toka.Edges.Tests.Configuration.Prometheus;

/// <summary>The rows of the reference page: one for each key, but for what stands there once for several places.</summary>
internal static class ReferenceTable
{
    private const string Job = "scrape_configs[].";
    private static readonly string[] s_same = ["alerting.alertmanagers[].", "scrape_configs[].http_sd_configs[]."];

    public static IEnumerable<string> Of(IReadOnlyList<ConfigKey> keys, IReadOnlyList<ConfigKey> ruleKeys)
    {
        var paths = keys.Select(static key => key.Path).ToHashSet(StringComparer.Ordinal);
        return keys.Where(key => key.Type != "section" && !IsRepeated(key.Path, paths)).Concat(ruleKeys).Select(Row);
    }

    /// <summary>The HTTP keys and those of discovery and relabelling are the same wherever they stand.</summary>
    private static bool IsRepeated(string path, HashSet<string> paths) =>
        s_same.Any(place => path.StartsWith(place, StringComparison.Ordinal) && paths.Contains(Job + path[place.Length..]))
        || path.StartsWith("alerting.alert_relabel_configs[].", StringComparison.Ordinal)
        || path.StartsWith("alerting.alertmanagers[].alert_relabel_configs[].", StringComparison.Ordinal)
        || path.StartsWith("scrape_configs[].metric_relabel_configs[].", StringComparison.Ordinal);

    private static string Row(ConfigKey key)
    {
        const string NotInForce = "Not in force: ";
        var isForeign = key.Description.StartsWith(NotInForce, StringComparison.Ordinal);
        var isLater = key.Path.StartsWith("alerting", StringComparison.Ordinal) || key.Path.StartsWith("groups", StringComparison.Ordinal) || key.Path is "rule_files" or "global.evaluation_interval"
            || key.Path.EndsWith(".convert_classic_histograms_to_nhcb", StringComparison.Ordinal);
        var description = isForeign ? key.Description[NotInForce.Length..] : key.Description;
        return $"| `{key.Path}` | {(isForeign || isLater ? "not in force" : "supported")} | {key.Type} | {(isForeign ? "" : key.Default)} | {description} |".Replace("  |", " |", StringComparison.Ordinal);
    }
}
