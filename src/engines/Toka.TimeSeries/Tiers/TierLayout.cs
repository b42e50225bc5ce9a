namespace Toka.TimeSeries.Tiers;

/// <summary>The resolutions of summaries and the buckets of time that they sum up.</summary>
/// <remarks>
/// A bucket is (k·r, (k + 1)·r], closed at its end as PromQL's windows are: a window whose ends are multiples of r is made of
/// whole buckets. Summaries are made of one day of samples at a time, [d, d + 1 day), so the bucket around midnight has a part
/// in either day, each with a summary of its own: whoever reads summaries must not expect one a bucket.
/// </remarks>
internal static class TierLayout
{
    /// <summary>What is summed up at once, in ms: a day of UTC.</summary>
    public const long DayMs = 86_400_000;

    private static readonly long[] Resolutions = [10_000, 60_000, 3_600_000];

    /// <summary>The resolutions in ms, finest first; each divides the next, and a day.</summary>
    public static ReadOnlySpan<long> ResolutionsMs => Resolutions;

    /// <summary>The end of the bucket around a time, itself inside.</summary>
    public static long BucketEnd(long timeMs, long resolutionMs)
    {
        var into = timeMs % resolutionMs;
        var rest = into > 0 ? resolutionMs - into : -into;
        return timeMs > long.MaxValue - rest ? long.MaxValue : timeMs + rest;
    }

    /// <summary>The first ms of the bucket around a time.</summary>
    public static long BucketStart(long timeMs, long resolutionMs)
    {
        var into = timeMs % resolutionMs;
        var before = into > 0 ? into - 1 : into + resolutionMs - 1;
        return timeMs < long.MinValue + before ? long.MinValue : timeMs - before;
    }

    /// <summary>The first moment of the day around a time.</summary>
    public static long DayStart(long timeMs)
    {
        var into = timeMs % DayMs;
        into += into < 0 ? DayMs : 0;
        return timeMs < long.MinValue + into ? long.MinValue : timeMs - into;
    }

    /// <summary>A resolution as people write it: 10s, 1m, 1h.</summary>
    public static string NameOf(long resolutionMs) => resolutionMs switch
    {
        >= 3_600_000 when resolutionMs % 3_600_000 == 0 => FormattableString.Invariant($"{resolutionMs / 3_600_000}h"),
        >= 60_000 when resolutionMs % 60_000 == 0 => FormattableString.Invariant($"{resolutionMs / 60_000}m"),
        >= 1000 when resolutionMs % 1000 == 0 => FormattableString.Invariant($"{resolutionMs / 1000}s"),
        _ => FormattableString.Invariant($"{resolutionMs}ms"),
    };
}
