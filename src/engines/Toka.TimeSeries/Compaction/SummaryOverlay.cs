using Toka.Core.Series;

namespace Toka.TimeSeries.Compaction;

/// <summary>
/// Merges summaries of one series bucket by bucket: where two columns have the same bucket the later one's stands as a whole.
/// </summary>
/// <remarks>
/// Two summaries of one bucket cannot be added up, for they may count the same samples; but a block of summaries is always
/// made of all raw samples of its time, so the one that was made last knows everything that the others know.
/// </remarks>
internal static class SummaryOverlay
{
    /// <summary>Appends the buckets of two columns in the order of time.</summary>
    /// <param name="earlier">What was written first, ascending.</param>
    /// <param name="later">What was written after it, ascending.</param>
    /// <param name="tierMs">The length of a bucket.</param>
    /// <param name="into">Appended to; neither of the two.</param>
    /// <returns>How many buckets of the earlier column were replaced.</returns>
    public static int Merge(SummaryColumn earlier, SummaryColumn later, long tierMs, SummaryColumn into)
    {
        var (i, j, replaced) = (0, 0, 0);
        while (i < earlier.Count && j < later.Count)
        {
            var mine = Ladder.StartOf(earlier.Timestamps[i], tierMs);
            var theirs = Ladder.StartOf(later.Timestamps[j], tierMs);
            if (mine < theirs)
            {
                into.Add(earlier[i++]);
                continue;
            }

            into.Add(later[j++]);
            if (mine == theirs)
            {
                i++;
                replaced++;
            }
        }

        Append(earlier, i, into);
        Append(later, j, into);
        return replaced;
    }

    /// <summary>Appends buckets, but for those whose time lies in a range.</summary>
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

    /// <summary>Appends the buckets of a column from one of them on.</summary>
    public static void Append(SummaryColumn from, int start, SummaryColumn into)
    {
        for (var i = start; i < from.Count; i++)
        {
            into.Add(from[i]);
        }
    }
}
