using Toka.Core.Series;

namespace Toka.TimeSeries.Columns;

/// <summary>What a merge met besides samples that were new.</summary>
internal struct MergeTally
{
    /// <summary>Samples that were there in both, every bit the same.</summary>
    public long Duplicates { get; set; }

    /// <summary>Samples left out because another one stood at their time first.</summary>
    public long Conflicts { get; set; }
}

/// <summary>Merges two sorted columns of one series into a third one. Where both have a time, the first one's sample stays.</summary>
internal static class SideMerge
{
    /// <summary>Merges histograms.</summary>
    public static void Merge(HistogramColumn first, HistogramColumn second, HistogramColumn into, ref MergeTally tally)
    {
        int i = 0, j = 0;
        while (i < first.Count || j < second.Count)
        {
            if (j == second.Count || (i < first.Count && first.Timestamps[i] < second.Timestamps[j]))
            {
                into.Add(first.Timestamps[i], first[i]);
                i++;
            }
            else if (i == first.Count || second.Timestamps[j] < first.Timestamps[i])
            {
                into.Add(second.Timestamps[j], second[j]);
                j++;
            }
            else
            {
                Count(first[i].IsSame(second[j]), ref tally);
                j++;
            }
        }
    }

    /// <summary>Merges exemplars; those of one time with other labels are others.</summary>
    public static void Merge(ExemplarColumn first, ExemplarColumn second, ExemplarColumn into, ref MergeTally tally)
    {
        int i = 0, j = 0;
        while (i < first.Count || j < second.Count)
        {
            var order = i == first.Count ? 1 : j == second.Count ? -1 : first.Timestamps[i].CompareTo(second.Timestamps[j]);
            order = order != 0 ? order : first.LabelsOf(i).SequenceCompareTo(second.LabelsOf(j));
            if (order == 0)
            {
                Count(BitConverter.DoubleToUInt64Bits(first.Values[i]) == BitConverter.DoubleToUInt64Bits(second.Values[j]), ref tally);
                j++;
            }
            else if (order < 0)
            {
                into.Add(first.Timestamps[i], first.Values[i], first.LabelsOf(i));
                i++;
            }
            else
            {
                into.Add(second.Timestamps[j], second.Values[j], second.LabelsOf(j));
                j++;
            }
        }
    }

    /// <summary>Merges steps; one that changes nothing is left out.</summary>
    public static void Merge(CreatedColumn first, CreatedColumn second, CreatedColumn into, ref MergeTally tally)
    {
        int i = 0, j = 0;
        while (i < first.Count || j < second.Count)
        {
            if (j == second.Count || (i < first.Count && first.Timestamps[i] < second.Timestamps[j]))
            {
                into.Add(first.Timestamps[i], first.Created[i]);
                i++;
            }
            else if (i == first.Count || second.Timestamps[j] < first.Timestamps[i])
            {
                into.Add(second.Timestamps[j], second.Created[j]);
                j++;
            }
            else
            {
                Count(first.Created[i] == second.Created[j], ref tally);
                j++;
            }
        }
    }

    private static void Count(bool isSame, ref MergeTally tally)
    {
        if (isSame)
        {
            tally.Duplicates++;
        }
        else
        {
            tally.Conflicts++;
        }
    }
}
