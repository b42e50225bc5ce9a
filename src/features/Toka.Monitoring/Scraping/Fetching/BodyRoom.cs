using Toka.Monitoring.Scraping.Appending;

namespace Toka.Monitoring.Scraping.Fetching;

/// <summary>What all bodies that are being read may take together, so that many large targets at once do not take the memory. Thread-safe.</summary>
/// <param name="bytesMax">The most bytes.</param>
internal sealed class BodyRoom(long bytesMax)
{
    private long _taken;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes room.</summary>
    /// <exception cref="ScrapeFailure">There is not so much left.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) > bytesMax)
        {
            Give(bytes);
            throw new ScrapeFailure(ScrapeOutcome.MemoryLimit, FormattableString.Invariant(
                $"memory: the bodies that are read at the same time have no room left of {bytesMax} bytes, an eighth of the memory budget; set body_size_limit, spread large targets by longer intervals, or raise --memory"));
        }
    }

    /// <summary>Gives room back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
