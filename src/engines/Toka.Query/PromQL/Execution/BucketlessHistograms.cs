using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Execution;

/// <summary>Leaves of native histograms what <c>histogram_count</c> and its kin need: count, sum, and whether the counter began anew.</summary>
internal static class BucketlessHistograms
{
    /// <summary>Takes the buckets out of a column. What they say of resets stays as the histograms' hints.</summary>
    /// <param name="column">The histograms of one series, stale ones among them.</param>
    /// <param name="spare">Another column; what was in it goes.</param>
    public static void Reduce(HistogramColumn column, HistogramColumn spare)
    {
        spare.Clear();
        HistogramLayout? last = null, empty = null;
        for (var i = 0; i < column.Count; i++)
        {
            // What cannot be joined with its buckets is not joined without them either.
            var histogram = column[i];
            empty = ReferenceEquals(histogram.Layout, last) ? empty! : Emptied(histogram.Layout);
            last = histogram.Layout;
            spare.Add(column.Timestamps[i], empty, HintOf(column, i), 0, histogram.Count, histogram.Sum);
        }

        column.Clear();
        for (var i = 0; i < spare.Count; i++)
        {
            column.Add(spare.Timestamps[i], spare[i]);
        }
    }

    private static HistogramLayout Emptied(HistogramLayout layout) => new(layout.Schema, 0, [], [], layout.CustomValues);

    private static HistogramResetHint HintOf(HistogramColumn column, int index)
    {
        var hint = column[index].ResetHint;
        if (hint != HistogramResetHint.Unknown || index == 0 || StaleMarker.Is(column[index - 1].Sum))
        {
            return hint;
        }

        return HistogramArithmetic.IsReset(column[index - 1], column[index]) ? HistogramResetHint.Reset : HistogramResetHint.NoReset;
    }
}
