using Toka.Core.Labels;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>What the bytes of a series stand for: how its labels are written depends on it.</summary>
internal static class SeriesKind
{
    /// <summary>A sample whose labels stay as they are.</summary>
    public const int Plain = 0;

    /// <summary>A sample of a histogram's family, whose <c>le</c> is a number.</summary>
    public const int OfHistogram = 1;

    /// <summary>A sample of a summary's family, whose <c>quantile</c> is a number.</summary>
    public const int OfSummary = 2;

    /// <summary>A line that says when counters began.</summary>
    public const int Created = 3;

    /// <summary>A native histogram.</summary>
    public const int Native = 4;
}

/// <summary>A series as a target writes it, and what it is in the store.</summary>
/// <param name="key">The bytes that stand for it in the body.</param>
/// <param name="kind">One of <see cref="SeriesKind"/>.</param>
/// <param name="hash">The hash of both.</param>
internal sealed class SeriesEntry(byte[] key, int kind, ulong hash) : KeyedEntry<SeriesEntry>(key, kind, hash)
{
    /// <summary>The series in the store; null where it is not kept.</summary>
    public LabelSet? Labels { get; init; }

    /// <summary>Why it is not kept; <see cref="ScrapeRefusal.None"/> where the rules of the job say so.</summary>
    public ScrapeRefusal Refusal { get; init; }

    /// <summary>Of a line that says when counters began: their entries.</summary>
    public SeriesEntry[] Counters { get; set; } = [];

    /// <summary>Of such a line: how often they were looked for.</summary>
    public byte Searches { get; set; }

    /// <summary>Whether the last sample is in the store and no marker of its end.</summary>
    public bool IsLive { get; set; }

    /// <summary>Whether the sample of this body is one whose absence will mean the series' end.</summary>
    public bool IsTracked { get; set; }

    /// <summary>When its counter began, as last told to the store; 0 for never.</summary>
    public long CreatedMs { get; set; }

    /// <summary>The last exemplar of it, so that one that stands still is stored once; 0 for none.</summary>
    public ulong ExemplarHash { get; set; }
}

/// <summary>A series that goes on in the store.</summary>
/// <param name="Labels">The series.</param>
/// <param name="IsHistogram">Whether its last sample was a native histogram.</param>
internal readonly record struct LiveSeries(LabelSet Labels, bool IsHistogram);
