using Toka.Core.Labels.Relabelling;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>What becomes of the samples of a job's targets. Immutable. Limits of 0 do not limit.</summary>
internal sealed record ScrapeRules
{
    /// <summary>The rules that hold where none are given.</summary>
    public static ScrapeRules Default { get; } = new();

    /// <summary>Whether labels of the samples win over those of the target; else they are renamed to <c>exported_…</c>.</summary>
    public bool HonorLabels { get; init; }

    /// <summary>Whether times that stand with samples are kept.</summary>
    public bool HonorTimestamps { get; init; } = true;

    /// <summary>Whether series whose samples have times of their own are marked as ended too when they vanish.</summary>
    public bool TracksTimestampsStaleness { get; init; }

    /// <summary>Rules for each series.</summary>
    public Relabeller Relabelling { get; init; } = new([]);

    /// <summary>Samples of one scrape after relabelling.</summary>
    public int SampleLimit { get; init; }

    /// <summary>Labels of one series, the name among them.</summary>
    public int LabelLimit { get; init; }

    /// <summary>Bytes of a label's name.</summary>
    public int LabelNameLengthLimit { get; init; }

    /// <summary>Bytes of a label's value.</summary>
    public int LabelValueLengthLimit { get; init; }

    /// <summary>Buckets of a native histogram; finer ones are made coarser.</summary>
    public int BucketLimit { get; init; }

    /// <summary>The least factor from one bound of a native histogram to the next; finer ones are made coarser.</summary>
    public double MinBucketFactor { get; init; }

    /// <summary>Whether native histograms are kept; else the classic buckets of theirs are.</summary>
    public bool KeepsNative { get; init; } = true;

    /// <summary>Whether classic buckets are kept beside a native histogram that is kept.</summary>
    public bool KeepsClassicBesideNative { get; init; }

    /// <summary>Whether only names of letters, digits and underscores are kept, for metrics colons too.</summary>
    public bool HasLegacyNames { get; init; }

    /// <summary>Whether the scrape's limits and size are written as series too.</summary>
    public bool HasExtraMetrics { get; init; }

    /// <summary>Whether two sets of rules do the same with a series: then what is known of the series stays true.</summary>
    public bool ResolveAs(ScrapeRules other) =>
        HonorLabels == other.HonorLabels && HasLegacyNames == other.HasLegacyNames && ReferenceEquals(Relabelling, other.Relabelling)
        && LabelLimit == other.LabelLimit && LabelNameLengthLimit == other.LabelNameLengthLimit && LabelValueLengthLimit == other.LabelValueLengthLimit;
}
