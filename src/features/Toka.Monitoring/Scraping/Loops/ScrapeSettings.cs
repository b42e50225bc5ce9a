using Toka.Core.Labels.Relabelling;
using Toka.Monitoring.Scraping.Appending;
using Toka.Monitoring.Scraping.Fetching;
using Toka.Monitoring.Scraping.Options;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>What all targets of a job share. Immutable; a reload makes others.</summary>
/// <param name="Job">The job.</param>
/// <param name="Rules">What becomes of samples.</param>
/// <param name="Fetcher">Gets bodies.</param>
/// <param name="Connections">What <paramref name="Fetcher"/> sends by: entered before each scrape.</param>
/// <param name="Refusal">Why no target of the job is scraped; null where they are.</param>
internal sealed record ScrapeSettings(ScrapeJobOptions Job, ScrapeRules Rules, ScrapeFetcher Fetcher, JobConnections Connections, string? Refusal)
{
    /// <summary>The rules of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="previous">The job before a reload and its rules; where both relabel alike, so do the old and the new rules.</param>
    public static ScrapeRules RulesOf(ScrapeJobOptions job, ScrapeSettings? previous) => new()
    {
        HonorLabels = job.HonorLabels,
        HonorTimestamps = job.HonorTimestamps,
        TracksTimestampsStaleness = job.TrackTimestampsStaleness,
        Relabelling = previous is not null && previous.Job.MetricRelabelConfigs.Equals(job.MetricRelabelConfigs)
            ? previous.Rules.Relabelling
            : new Relabeller(job.MetricRelabelConfigs),
        SampleLimit = job.SampleLimit,
        LabelLimit = job.LabelLimit,
        LabelNameLengthLimit = job.LabelNameLengthLimit,
        LabelValueLengthLimit = job.LabelValueLengthLimit,
        BucketLimit = job.NativeHistogramBucketLimit,
        MinBucketFactor = job.NativeHistogramMinBucketFactor,
        KeepsNative = job.ScrapeNativeHistograms,
        KeepsClassicBesideNative = job.AlwaysScrapeClassicHistograms,
        HasExtraMetrics = job.ExtraScrapeMetrics,
        HasLegacyNames = job.MetricNameValidationScheme == NameValidation.Legacy,
    };
}
