using System.Globalization;
using Toka.Configuration.Faults;

namespace Toka.Configuration.Tree;

/// <summary>
/// Lays environment variables over a tree: <c>TOKA__PERFORMANCE__METRICS_INTERVAL_SECONDS=5</c> is
/// <c>performance.metrics_interval_seconds: 5</c>, and <c>TOKA__ALERTING__WEBHOOKS__0__URL</c> the first webhook's. A
/// variable wins over the file; its fault names the variable.
/// </summary>
public static class EnvironmentOverlay
{
    /// <summary>What the variables begin with.</summary>
    public const string Prefix = "TOKA__";

    private const string Separator = "__";

    /// <summary>Lays variables over a tree.</summary>
    /// <param name="root">The file's tree, not changed; null where there is none.</param>
    /// <param name="environment">Variables; those without the prefix are passed over. Names are read without regard to case.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <returns>The tree with the variables in it; null where there is nothing at all.</returns>
    public static ConfigNode? Apply(ConfigNode? root, IReadOnlyDictionary<string, string> environment, ConfigFaults faults)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(faults);
        foreach (var (name, value) in environment.OrderBy(v => v.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var location = new ConfigLocation($"environment variable {name}", 0, 0);
            var segments = name[Prefix.Length..].ToLowerInvariant().Split(Separator);
            if (segments.Contains(""))
            {
                faults.Add(location, "", $"the name does not say a key; write it like {Prefix}PERFORMANCE__METRICS_INTERVAL_SECONDS");
                continue;
            }

            root = Place(root, segments, 0, value, location, faults);
        }

        return root;
    }

    private static ConfigNode? Place(
        ConfigNode? at, string[] segments, int depth, string value, ConfigLocation location, ConfigFaults faults)
    {
        if (depth == segments.Length)
        {
            return value.Length == 0
                ? new ConfigNode(ConfigNodeKind.Null, location)
                : new ConfigNode(ConfigNodeKind.Scalar, location, value);
        }

        return int.TryParse(segments[depth], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? PlaceItem(at, index, segments, depth, value, location, faults)
            : PlaceEntry(at, segments, depth, value, location, faults);
    }

    private static ConfigNode PlaceEntry(
        ConfigNode? at, string[] segments, int depth, string value, ConfigLocation location, ConfigFaults faults)
    {
        var copy = new ConfigNode(ConfigNodeKind.Mapping, at?.Location ?? location);
        foreach (var entry in at?.Entries ?? [])
        {
            copy.Add(entry);
        }

        var key = segments[depth];
        var old = copy.Find(key);
        var inner = Place(old?.Value, segments, depth + 1, value, location, faults);
        if (inner is not null)
        {
            copy.Replace(new ConfigEntry(key, KeyLocation(old, inner, location), inner));
        }

        return copy;
    }

    private static ConfigNode? PlaceItem(
        ConfigNode? at, int index, string[] segments, int depth, string value, ConfigLocation location, ConfigFaults faults)
    {
        var count = at?.Items.Count ?? 0;
        if (index > count)
        {
            faults.Add(location, string.Join('.', segments[..depth]), $"item {index} is named, but the list has {count}; number the items from 0 without a gap");
            return at;
        }

        var copy = new ConfigNode(ConfigNodeKind.Sequence, at?.Location ?? location);
        foreach (var item in at?.Items ?? [])
        {
            copy.Add(item);
        }

        var inner = Place(index < count ? copy.Items[index] : null, segments, depth + 1, value, location, faults);
        if (inner is not null)
        {
            copy.Replace(index, inner);
        }

        return copy;
    }

    /// <summary>A variable that changes something inside a file's section leaves the section's key to the file.</summary>
    private static ConfigLocation KeyLocation(ConfigEntry? old, ConfigNode inner, ConfigLocation location) =>
        inner.Kind is ConfigNodeKind.Mapping or ConfigNodeKind.Sequence ? old?.KeyLocation ?? location : location;
}
