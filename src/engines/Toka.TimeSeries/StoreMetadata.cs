using Toka.Core.Samples;
using Toka.Core.Telemetry;

namespace Toka.TimeSeries;

/// <summary>What is known of metric families. Thread-safe.</summary>
internal sealed class StoreMetadata(SelfMetrics metrics)
{
    /// <summary>The most families: ten times what a busy server exposes, at some 150 bytes each.</summary>
    private const int FamiliesMax = 20_000;

    /// <summary>The longest family name, help or unit kept, in characters; longer ones are sentences gone wrong.</summary>
    private const int TextCharsMax = 4096;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, MetricMetadata> _families = new(StringComparer.Ordinal);
    private readonly SelfCounter _refused = metrics.Dropped("metadata", "family_limit");

    /// <summary>Whether this would change anything and may be kept; counts what may not.</summary>
    public bool IsNews(MetricMetadata metadata)
    {
        lock (_lock)
        {
            if (_families.TryGetValue(metadata.Family, out var known))
            {
                return known != metadata && IsSmall(metadata);
            }

            if (_families.Count < FamiliesMax && IsSmall(metadata))
            {
                return true;
            }

            _refused.Add();
            return false;
        }
    }

    /// <summary>Keeps it.</summary>
    public void Set(MetricMetadata metadata)
    {
        lock (_lock)
        {
            _families[metadata.Family] = metadata;
        }
    }

    /// <summary>One family or all, ordered by name.</summary>
    public IReadOnlyList<MetricMetadata> List(string? family, int limit)
    {
        lock (_lock)
        {
            if (family is not null)
            {
                return _families.TryGetValue(family, out var one) ? [one] : [];
            }

            return [.. _families.Values.Take(limit > 0 ? limit : int.MaxValue)];
        }
    }

    private static bool IsSmall(MetricMetadata m) =>
        m.Family.Length <= TextCharsMax && m.Help.Length <= TextCharsMax && m.Unit.Length <= TextCharsMax;
}
