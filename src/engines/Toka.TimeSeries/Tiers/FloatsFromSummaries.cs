using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.TimeSeries.Tiers;

/// <summary>Samples that stand for summaries: the last one of each, at its own time.</summary>
internal static class FloatsFromSummaries
{
    /// <summary>Appends the samples.</summary>
    /// <param name="from">The summaries.</param>
    /// <param name="into">Appended to.</param>
    /// <param name="showResets">
    /// Whether a counter's resets between two of the samples are shown to readers that look for falls. Only where the reader
    /// counts resets: the samples put in for it never were.
    /// </param>
    public static void Append(SummaryColumn from, FloatColumn into, bool showResets)
    {
        var before = -1;
        for (var i = 0; i < from.Count; i++)
        {
            if (from.Counts[i] == 0)
            {
                into.Add(from.Timestamps[i], StaleMarker.Value);
                continue;
            }

            if (showResets && before >= 0)
            {
                ShowResets(from[i], from.Last[before], into);
            }

            into.Add(from.Timestamps[i], from.Last[i]);
            before = i;
        }
    }

    /// <summary>
    /// Puts samples between two others so that PromQL's rule (what a counter falls from is added) finds the same increase: a
    /// peak as high as all falls together, and zero behind it where the counter has climbed past the peak again.
    /// </summary>
    /// <remarks>
    /// There is room: with a peak above the sample before, the bucket has the sample at the peak and the last one; with zero
    /// besides, one more between the two.
    /// </remarks>
    private static void ShowResets(in Summary summary, double previous, FloatColumn into)
    {
        var falls = summary.FallsSince(previous);
        var room = summary.TimestampMs - into.Timestamps[^1] - 1;
        if (!(falls > 0) || room < 1)
        {
            return;
        }

        var isPeakHidden = falls > previous;
        var isFallHidden = summary.Last >= (isPeakHidden ? falls : previous);
        if (isPeakHidden && room > (isFallHidden ? 1 : 0))
        {
            into.Add(summary.TimestampMs - (isFallHidden ? 2 : 1), falls);
        }

        if (isFallHidden)
        {
            into.Add(summary.TimestampMs - 1, Math.Min(0, summary.Last));
        }
    }
}
