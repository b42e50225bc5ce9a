using System.Text;
using System.IO.Hashing;
using Toka.Core.Labels;

namespace Toka.Monitoring.Scraping.Targets;

/// <summary>A target after relabelling. Immutable.</summary>
/// <param name="Url">The address that is scraped.</param>
/// <param name="Labels">The labels of its series.</param>
/// <param name="DiscoveredLabels">The labels before relabelling.</param>
/// <param name="Interval">How often it is scraped.</param>
/// <param name="Timeout">What a scrape may take.</param>
internal sealed record ScrapeTarget(Uri Url, LabelSet Labels, LabelSet DiscoveredLabels, TimeSpan Interval, TimeSpan Timeout)
{
    /// <summary>What makes it the same target over reloads: its series and its address.</summary>
    public (LabelSet Labels, string Url) Identity => (Labels, Url.AbsoluteUri);

    /// <summary>
    /// When in its interval it is scraped, in ms: by the labels and the address, so that targets are spread and each keeps its
    /// moment over restarts.
    /// </summary>
    public long OffsetMs => (long)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(Url.AbsoluteUri), (long)Labels.Hash) % (ulong)Math.Max(1, Interval.TotalMilliseconds));
}
