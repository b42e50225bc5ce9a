using Toka.Monitoring.Scraping.Appending;

namespace Toka.Monitoring.Scraping.Fetching;

/// <summary>A scrape that got no body to read.</summary>
internal sealed class ScrapeFailure(ScrapeOutcome outcome, string message, Exception? cause = null) : Exception(message, cause)
{
    public ScrapeOutcome Outcome { get; } = outcome;
}
