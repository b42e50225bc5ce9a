using Toka.Core.Series;

namespace Toka.TimeSeries.Tiers;

/// <summary>Merges summaries of one series and one resolution from blocks that overlap.</summary>
/// <remarks>
/// Two summaries of a bucket cannot be added up: they may count the same samples, and neither says which. But summaries of a
/// day are always made of all raw samples of that day at once, so of two blocks the later written one (the higher sequence)
/// knows all that the other knows: where it has summaries in a day, those stand for the whole day. A series that is in the
/// earlier one alone stays: its raw samples may be gone. Not bucket by bucket, because the summaries of a day hang together:
/// each counts its increase from the one before.
/// </remarks>
internal static class SummaryMerge
{
    /// <summary>Appends the summaries of two columns in the order of time, of each day those of one column.</summary>
    /// <param name="earlier">What was written first, ascending.</param>
    /// <param name="later">What was written after it, ascending.</param>
    /// <param name="into">Appended to; neither of the two.</param>
    /// <returns>How many summaries of the earlier column were replaced.</returns>
    public static int Merge(SummaryColumn earlier, SummaryColumn later, SummaryColumn into)
    {
        var (i, j, replaced) = (0, 0, 0);
        while (j < later.Count)
        {
            var day = TierLayout.DayStart(later.Timestamps[j]);
            for (; i < earlier.Count && earlier.Timestamps[i] < day; i++)
            {
                into.Add(earlier[i]);
            }

            for (; i < earlier.Count && earlier.Timestamps[i] - day < TierLayout.DayMs; i++)
            {
                replaced++;
            }

            for (; j < later.Count && later.Timestamps[j] - day < TierLayout.DayMs; j++)
            {
                into.Add(later[j]);
            }
        }

        Append(earlier, i, into);
        return replaced;
    }

    /// <summary>Appends the summaries of a column from one of them on.</summary>
    public static void Append(SummaryColumn from, int start, SummaryColumn into)
    {
        for (var i = start; i < from.Count; i++)
        {
            into.Add(from[i]);
        }
    }

    /// <summary>Appends summaries, but for those whose time lies in a range.</summary>
    /// <returns>How many were left out.</returns>
    public static int AppendWithout(SummaryColumn from, long removeFromMs, long removeToMs, SummaryColumn into)
    {
        var removed = 0;
        for (var i = 0; i < from.Count; i++)
        {
            if (from.Timestamps[i] >= removeFromMs && from.Timestamps[i] <= removeToMs)
            {
                removed++;
            }
            else
            {
                into.Add(from[i]);
            }
        }

        return removed;
    }
}
