using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Monitoring.Scraping.Appending;
using Toka.Protocols.Exposition;

namespace Toka.Features.Tests.Monitoring.Scraping.Support;

/// <summary>An appender with a clock of its own, and what its last batch held, in words.</summary>
internal sealed class AppenderBench
{
    private const long IntervalMs = 15_000;

    public AppenderBench(ScrapeRules? rules = null, LabelSet? target = null) =>
        Appender = new ScrapeAppender(rules ?? ScrapeRules.Default, target ?? LabelSet.Of(("job", "app"), ("instance", "a:1")));

    public ScrapeAppender Appender { get; }

    /// <summary>The time of the last scrape.</summary>
    public long TimeMs { get; private set; } = 1_767_225_600_000;

    /// <summary>The samples as <c>series value</c>, with <c>@ms</c> where the time is not that of the scrape, in order.</summary>
    public List<string> Samples { get; } = [];

    /// <summary>The series that were marked as ended.</summary>
    public List<string> Ended { get; } = [];

    public List<(string Series, NativeHistogram Histogram)> Histograms { get; } = [];

    public List<string> Exemplars { get; } = [];

    public List<string> Created { get; } = [];

    public List<MetricMetadata> Metadata { get; } = [];

    public ScrapeReading Scrape(string body, ExpositionFormat format = ExpositionFormat.Text, bool isWritten = true) =>
        Scrape(Encoding.UTF8.GetBytes(body), format, isWritten);

    public ScrapeReading Scrape(byte[] body, ExpositionFormat format, bool isWritten = true)
    {
        var reading = default(ScrapeReading);
        Run(batch => reading = Appender.Read(body, format, TimeMs, batch), isWritten);
        return reading;
    }

    public void Fail() => Run(batch => Appender.Fail(TimeMs, batch));

    public void End() => Run(batch => Appender.End(TimeMs, batch));

    private void Run(Action<WriteBatch> action, bool isWritten = true)
    {
        TimeMs += IntervalMs;
        using var batch = new WriteBatch();
        action(batch);
        Keep(batch);
        if (isWritten)
        {
            Appender.Written();
        }
        else
        {
            Appender.NotWritten();
        }
    }

    private void Keep(WriteBatch batch)
    {
        Samples.Clear();
        Ended.Clear();
        Histograms.Clear();
        Exemplars.Clear();
        Created.Clear();
        Metadata.Clear();
        Metadata.AddRange(batch.Metadata);
        foreach (var row in batch.Rows)
        {
            var series = LabelSet.FromEncoded(batch.LabelsOf(row)).ToString();
            if (StaleMarker.Is(row.Value))
            {
                Ended.Add(series);
            }
            else
            {
                Samples.Add(FormattableString.Invariant($"{series} {row.Value}") + At(row.TimestampMs));
            }
        }

        foreach (var row in batch.Histograms)
        {
            var series = LabelSet.FromEncoded(batch.LabelsOf(row.Series)).ToString();
            if (row.Histogram.IsStale)
            {
                Ended.Add(series);
            }
            else
            {
                Histograms.Add((series, row.Histogram));
            }
        }

        foreach (var row in batch.Exemplars)
        {
            Exemplars.Add(FormattableString.Invariant($"{LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {LabelSet.FromEncoded(batch.LabelsOf(row.Labels))} {row.Value}") + At(row.TimestampMs));
        }

        foreach (var row in batch.Created)
        {
            Created.Add(FormattableString.Invariant($"{LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {row.CreatedMs}") + At(row.TimestampMs));
        }
    }

    private string At(long timeMs) => timeMs == TimeMs ? "" : FormattableString.Invariant($" @{timeMs}");
}
