using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.StatsD;

namespace Toka.Monitoring.StatsD;

/// <summary>One series while it is added up. Guarded by its aggregator.</summary>
/// <param name="labels">The series.</param>
/// <param name="kind">Its type; timers are histograms.</param>
/// <param name="createdMs">When it began, ms since the Unix epoch: within the interval of its first value.</param>
internal sealed class StatsDSeries(LabelSet labels, StatsDKind kind, long createdMs)
{
    /// <summary>The series.</summary>
    public LabelSet Labels { get; } = labels;

    /// <summary>Its type.</summary>
    public StatsDKind Kind { get; } = kind;

    /// <summary>When it began.</summary>
    public long CreatedMs { get; } = createdMs;

    /// <summary>Another series of the same hash.</summary>
    public StatsDSeries? Next { get; set; }

    /// <summary>When its last value came, ms since the Unix epoch.</summary>
    public long SeenMs { get; set; }

    /// <summary>The time at which it was last stored, ms since the Unix epoch; 0 for never.</summary>
    public long StoredMs { get; set; }

    /// <summary>The time of the marker of its end; 0 while it goes on.</summary>
    public long EndedMs { get; set; }

    /// <summary>Whether it has never been stored, so that the zero it began at is written too.</summary>
    public bool IsNew => StoredMs == 0;

    /// <summary>Of counters the sum, of gauges the last value.</summary>
    public double Value { get; set; }

    /// <summary>Of histograms and timers.</summary>
    public GrowingHistogram? Histogram { get; } = kind == StatsDKind.Histogram ? new GrowingHistogram() : null;

    /// <summary>Of sets: the hashes of the members of this interval. Two of a million differ by all 64 bits but for one chance in 10^7.</summary>
    public HashSet<ulong>? Members { get; } = kind == StatsDKind.Set ? [] : null;
}
