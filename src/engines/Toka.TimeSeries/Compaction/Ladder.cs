namespace Toka.TimeSeries.Compaction;

/// <summary>
/// The lengths of the blocks of each resolution: aligned spans of UTC, each length dividing the next, so that a block which
/// fits a short span fits the longer one around it.
/// </summary>
internal static class Ladder
{
    /// <summary>Samples as they came.</summary>
    public const long Raw = 0;

    /// <summary>Summaries of 10 s.</summary>
    public const long Tier10s = 10_000;

    /// <summary>Summaries of 1 min.</summary>
    public const long Tier1m = 60_000;

    /// <summary>Summaries of 1 h.</summary>
    public const long Tier1h = 3_600_000;

    private const long Hour = 3_600_000;
    private const long Day = 24 * Hour;

    // A day of raw samples is the longest: what is deleted whole should not be much. Summaries are small, so theirs are longer.
    private static readonly long[] RawLengths = [2 * Hour, Day];
    private static readonly long[] Lengths10s = [Day, 8 * Day];
    private static readonly long[] Lengths1m = [Day, 32 * Day];
    private static readonly long[] Lengths1h = [Day, 32 * Day, 384 * Day];

    /// <summary>The lengths in ms, ascending.</summary>
    /// <param name="tierMs">The resolution; one that is not known has those of 1 h.</param>
    public static ReadOnlySpan<long> LengthsOf(long tierMs) => tierMs switch
    {
        Raw => RawLengths,
        Tier10s => Lengths10s,
        Tier1m => Lengths1m,
        _ => Lengths1h,
    };

    /// <summary>The first ms of the aligned span of a length around a time.</summary>
    public static long StartOf(long timeMs, long length)
    {
        var into = InSpan(timeMs, length);
        return timeMs < long.MinValue + into ? long.MinValue : timeMs - into;
    }

    /// <summary>The last ms of the aligned span of a length around a time.</summary>
    public static long LastOf(long timeMs, long length)
    {
        var rest = length - 1 - InSpan(timeMs, length);
        return timeMs > long.MaxValue - rest ? long.MaxValue : timeMs + rest;
    }

    /// <summary>Whether two times lie in the same aligned span.</summary>
    public static bool Fits(long minMs, long maxMs, long length) => LastOf(minMs, length) >= maxMs;

    private static long InSpan(long timeMs, long length)
    {
        var rest = timeMs % length;
        return rest < 0 ? rest + length : rest;
    }
}
