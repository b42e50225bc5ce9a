using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.TimeSeries.Tiers;

/// <summary>
/// Late samples of a day whose other raw samples are gone, so that it cannot be summed up again. Thread-safe; without state.
/// </summary>
internal static class LateSamples
{
    /// <summary>
    /// Appends summaries and, as summaries of one, the samples of buckets that have none. A sample of a bucket that has one is left
    /// out: the summary may count it already, and does not say so.
    /// </summary>
    /// <param name="summaries">The day's summaries, ascending.</param>
    /// <param name="samples">The samples, ascending.</param>
    /// <param name="resolutionMs">The resolution of the summaries.</param>
    /// <param name="into">Appended to; not the first.</param>
    public static void Append(SummaryColumn summaries, FloatColumn samples, long resolutionMs, SummaryColumn into)
    {
        var (j, risen) = (0, 0.0);
        double? before = null, last = null;
        for (var i = 0; i < summaries.Count; i++)
        {
            var summary = summaries[i];
            var end = TierLayout.BucketEnd(summary.TimestampMs, resolutionMs);
            for (; j < samples.Count && TierLayout.BucketEnd(samples.Timestamps[j], resolutionMs) <= end; j++)
            {
                if (TierLayout.BucketEnd(samples.Timestamps[j], resolutionMs) < end)
                {
                    into.AddSample(samples.Timestamps[j], samples.Values[j]);
                    risen += into.Increase[into.Count - 1];
                    last = StaleMarker.Is(samples.Values[j]) ? last : samples.Values[j];
                }
            }

            if (summary.Count == 0)
            {
                into.Add(summary);
                continue;
            }

            into.Add(risen > 0 ? summary with { Increase = IncreaseAfter(summary, before, last, risen) } : summary);
            (before, last, risen) = (summary.Last, null, 0);
        }

        for (; j < samples.Count; j++)
        {
            if (summaries.Count == 0 || TierLayout.BucketEnd(samples.Timestamps[j], resolutionMs) > TierLayout.BucketEnd(summaries.Timestamps[^1], resolutionMs))
            {
                into.AddSample(samples.Timestamps[j], samples.Values[j]);
            }
        }
    }

    /// <summary>
    /// A summary counts its increase from the one before; a part of that is told by the samples between the two. Not where the
    /// counter fell from the summary before: then it fell from the last of those samples, which had risen further.
    /// </summary>
    private static double IncreaseAfter(in Summary summary, double? before, double? last, double risen)
    {
        var fellFromBefore = before is { } from && last is { } to && risen == to - from && summary.FallsSince(from) == from && from != 0;
        return fellFromBefore ? summary.Increase : Math.Max(0, summary.Increase - risen);
    }
}
