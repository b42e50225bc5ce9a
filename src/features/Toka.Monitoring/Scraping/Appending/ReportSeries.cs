using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>The series that a scrape has of itself, with the target's labels. Immutable.</summary>
internal sealed class ReportSeries
{
    private readonly LabelSet _up;
    private readonly LabelSet _duration;
    private readonly LabelSet _scraped;
    private readonly LabelSet _kept;
    private readonly LabelSet _added;
    private readonly LabelSet _timeout;
    private readonly LabelSet _sampleLimit;
    private readonly LabelSet _bodyBytes;

    public ReportSeries(LabelSet target)
    {
        var builder = new LabelSetBuilder(target);
        _up = Named("up");
        _duration = Named("scrape_duration_seconds");
        _scraped = Named("scrape_samples_scraped");
        _kept = Named("scrape_samples_post_metric_relabeling");
        _added = Named("scrape_series_added");
        _timeout = Named("scrape_timeout_seconds");
        _sampleLimit = Named("scrape_sample_limit");
        _bodyBytes = Named("scrape_body_size_bytes");

        LabelSet Named(string name)
        {
            builder.Set(LabelSet.MetricName, name);
            return builder.Build();
        }
    }

    /// <summary>Adds what a scrape came to.</summary>
    public void Write(WriteBatch batch, long timeMs, in ScrapeReading reading, in ScrapeCourse course, ScrapeRules rules)
    {
        batch.Add(_up, timeMs, reading.IsUp ? 1 : 0);
        batch.Add(_duration, timeMs, course.Duration.TotalSeconds);
        batch.Add(_scraped, timeMs, reading.Scraped);
        batch.Add(_kept, timeMs, reading.Kept);
        batch.Add(_added, timeMs, reading.Added);
        if (rules.HasExtraMetrics)
        {
            batch.Add(_timeout, timeMs, course.Timeout.TotalSeconds);
            batch.Add(_sampleLimit, timeMs, rules.SampleLimit);
            batch.Add(_bodyBytes, timeMs, course.BodyBytes);
        }
    }

    /// <summary>Adds that all of them ended.</summary>
    public void End(WriteBatch batch, long timeMs, bool withExtra)
    {
        ReadOnlySpan<LabelSet> all = [_up, _duration, _scraped, _kept, _added, _timeout, _sampleLimit, _bodyBytes];
        foreach (var labels in withExtra ? all : all[..5])
        {
            batch.Add(labels, timeMs, StaleMarker.Value);
        }
    }
}

/// <summary>How a scrape went, apart from what is in the body.</summary>
/// <param name="Duration">From the begin to the last byte, and reading it.</param>
/// <param name="Timeout">What it might have taken.</param>
/// <param name="BodyBytes">The body's size before any compression; −1 where it is over the limit, 0 where there is none.</param>
internal readonly record struct ScrapeCourse(TimeSpan Duration, TimeSpan Timeout, long BodyBytes);
