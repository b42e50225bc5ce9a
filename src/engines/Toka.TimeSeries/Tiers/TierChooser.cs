using Toka.Core.Series;

namespace Toka.TimeSeries.Tiers;

/// <summary>A part of a request's time and what to read it from.</summary>
/// <param name="FromMs">The first moment, ms since the Unix epoch, inclusive.</param>
/// <param name="ToMs">The last moment, inclusive.</param>
/// <param name="ResolutionMs">The resolution of the summaries to read; 0 for raw samples.</param>
/// <param name="WithLate">Whether raw samples are read beside the summaries: late ones, which could not be summed up with the rest, because that is gone.</param>
internal readonly record struct TierRange(long FromMs, long ToMs, long ResolutionMs, bool WithLate = false);

/// <summary>Decides from a request's hints and what there is which part of its time is read from what. Pure functions.</summary>
internal static class TierChooser
{
    /// <summary>A step or a range has at least so many buckets. 4: the ends of a window are off by a quarter of it at most.</summary>
    public const int BucketsMin = 4;

    /// <summary>
    /// How many buckets before the request's time summaries are read from. 2: the newest sample before a moment is in the bucket
    /// before the moment's, and an increase begins at the sample before a bucket that may begin before the window.
    /// </summary>
    public const int BucketsBefore = 2;

    /// <summary>The coarsest resolution that does for a request; 0 where only raw samples do.</summary>
    public static long CoarsestFor(SelectRequest request)
    {
        if (request.PrefersRaw || !TierFunctions.Of(request).MayUseSummaries)
        {
            return 0;
        }

        var span = request.RangeMs > 0 ? request.RangeMs : request.StepMs;
        var coarsest = 0L;
        foreach (var resolution in TierLayout.ResolutionsMs)
        {
            coarsest = resolution <= request.StepMs && resolution <= span / BucketsMin ? resolution : coarsest;
        }

        return coarsest;
    }

    /// <summary>Whether a request can be answered from anything but raw samples.</summary>
    public static bool MayChoose(SelectRequest request, TierDays days) =>
        days.Days.Count > 0 && (request.FromMs <= days.AloneUntilMs || (request.StepMs >= TierLayout.ResolutionsMs[0] && CoarsestFor(request) > 0));

    /// <summary>Decides.</summary>
    /// <param name="request">The request.</param>
    /// <param name="days">What the blocks hold of days with summaries; all other days are read raw.</param>
    /// <param name="unsealed">What is in memory alone: of those days raw samples are read as long as there are any.</param>
    public static TierChoice Choose(SelectRequest request, TierDays days, UnsealedDays unsealed)
    {
        var wanted = CoarsestFor(request);
        var ranges = new List<TierRange>();
        var reach = BucketsBefore * TierLayout.ResolutionsMs[^1];
        var at = request.FromMs < long.MinValue + reach ? long.MinValue : request.FromMs - reach;
        for (var i = days.FirstOf(at); i < days.Days.Count && days.Days[i].StartMs <= request.ToMs; i++)
        {
            var day = days.Days[i];
            if (at < day.StartMs)
            {
                Append(ranges, request, new TierRange(at, day.StartMs - 1, 0));
                at = day.StartMs;
            }

            var isUnsealed = unsealed.Has(day);
            var withLate = isUnsealed || day.HasLate;
            var resolution = day.ResolutionFor(day.HasRaw && isUnsealed ? 0 : wanted);
            if (resolution == 0 && at < day.RawStartMs)
            {
                // Whole buckets before raw samples begin; what the last one holds of those is not read twice.
                var before = day.ResolutionWithoutRaw(wanted);
                var cut = Math.Min(day.EndMs, TierLayout.BucketEnd(day.RawStartMs, before));
                Append(ranges, request, new TierRange(at, cut, before, withLate));
                at = cut + 1;
            }

            Append(ranges, request, new TierRange(at, day.EndMs, resolution, withLate && resolution > 0));
            at = day.EndMs + 1;
        }

        if (at <= request.ToMs)
        {
            Append(ranges, request, new TierRange(at, request.ToMs, 0));
        }

        // What lies before the request's time only serves summaries right behind it.
        while (ranges.Count > 1 && ranges[0].ToMs < request.FromMs && (ranges[1].ResolutionMs == 0 || ranges[1].FromMs > ranges[0].ToMs + 1))
        {
            ranges.RemoveAt(0);
        }

        return new TierChoice(request, ranges);
    }

    private static void Append(List<TierRange> ranges, SelectRequest request, TierRange range)
    {
        if (range.FromMs > range.ToMs)
        {
            return;
        }

        var first = range.ResolutionMs == 0 ? request.FromMs : Before(request.FromMs, BucketsBefore * range.ResolutionMs);
        range = range with { FromMs = Math.Max(range.FromMs, first), ToMs = Math.Min(range.ToMs, request.ToMs) };
        if (range.FromMs > range.ToMs)
        {
            return;
        }

        if (ranges.Count > 0 && ranges[^1].ResolutionMs == range.ResolutionMs && ranges[^1].WithLate == range.WithLate && ranges[^1].ToMs == range.FromMs - 1)
        {
            ranges[^1] = ranges[^1] with { ToMs = range.ToMs };
        }
        else
        {
            ranges.Add(range);
        }
    }

    private static long Before(long timeMs, long distanceMs) => timeMs < long.MinValue + distanceMs ? long.MinValue : timeMs - distanceMs;
}
