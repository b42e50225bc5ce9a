using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring.Scraping.Appending;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>What scraping counts about itself. Thread-safe.</summary>
internal sealed class ScrapeMetrics
{
    private static readonly ScrapeRefusal[] s_refusals = [.. Enum.GetValues<ScrapeRefusal>().Where(static refusal => refusal != ScrapeRefusal.None)];

    private static readonly Dictionary<ScrapeOutcome, string> s_outcomes = Enum.GetValues<ScrapeOutcome>().ToDictionary(
        static outcome => outcome, static outcome => outcome == ScrapeOutcome.Good ? "ok" : Name(outcome.ToString()));

    private readonly SelfHistogram _seconds;
    private readonly IngestTally _tally;
    private readonly SelfCounter _notWritten;

    public ScrapeMetrics(SelfMetrics metrics)
    {
        _seconds = metrics.Histogram("toka_scrape_seconds", "How long scrapes took, reading and writing included.", 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30);
        _tally = new IngestTally(metrics, "scrape");
        _notWritten = metrics.Dropped("metrics", "write_failed");
        Missed = metrics.Counter("toka_scrapes_missed_total", "Scrapes left out because the one before took too long.");
    }

    /// <summary>Scrapes that were left out.</summary>
    public SelfCounter Missed { get; }

    /// <summary>Counts a scrape that is written, and what of it was refused before the store saw it.</summary>
    /// <param name="reading">What its body came to.</param>
    /// <param name="outcome">What became of it in all.</param>
    /// <param name="appender">Knows what was refused.</param>
    /// <param name="duration">How long it took, writing included.</param>
    public void Scraped(in ScrapeReading reading, ScrapeOutcome outcome, ScrapeAppender appender, TimeSpan duration)
    {
        _tally.Request(s_outcomes[outcome]);
        _seconds.Observe(duration.TotalSeconds);
        foreach (var refusal in s_refusals)
        {
            if (appender.RefusedBy(refusal) is > 0 and var count)
            {
                _tally.Drop(
                    Name(refusal == ScrapeRefusal.ScrapeLimit ? reading.Outcome.ToString() : refusal.ToString()), count,
                    refusal switch { ScrapeRefusal.BadExemplar => "exemplars", ScrapeRefusal.BadCreated => "created", _ => "metrics" });
            }
        }
    }

    /// <summary>Counts what the store took and what it refused.</summary>
    public void Written(WriteResult result) => _tally.Written(result);

    /// <summary>Counts a batch that could not be written.</summary>
    public void NotWritten(WriteBatch batch) => _notWritten.Add(batch.Count + batch.Histograms.Count);

    /// <summary>A name of code as the value of a label.</summary>
    private static string Name(string name) => string.Concat(name.Select(static (c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
