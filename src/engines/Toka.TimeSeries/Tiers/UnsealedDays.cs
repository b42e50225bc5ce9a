namespace Toka.TimeSeries.Tiers;

/// <summary>Days with samples in memory: summaries, which are made of blocks, cannot know of them.</summary>
/// <param name="FromMs">All days from the one of this time on; ms since the Unix epoch.</param>
/// <param name="Late">First moments of single days before it.</param>
internal readonly record struct UnsealedDays(long FromMs, long[] Late)
{
    /// <summary>Everything is in blocks.</summary>
    public static UnsealedDays None => new(long.MaxValue, []);

    /// <summary>Whether a day is one of them.</summary>
    public bool Has(TierDay day) => FromMs <= day.EndMs || Array.IndexOf(Late, day.StartMs) >= 0;
}
