using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>How single samples become summaries, and what summaries tell of a counter.</summary>
public static class Summaries
{
    /// <summary>A sample that has none before it.</summary>
    /// <param name="timestampMs">Its time, ms since the Unix epoch.</param>
    /// <param name="value">Its value; not a stale marker.</param>
    public static Summary OfSample(long timestampMs, double value) => new(timestampMs, value, value, value, 1, value, 0);

    /// <summary>A sample.</summary>
    /// <param name="timestampMs">Its time, ms since the Unix epoch.</param>
    /// <param name="value">Its value; not a stale marker.</param>
    /// <param name="previous">The value of the sample before.</param>
    public static Summary OfSample(long timestampMs, double value, double previous) =>
        new(timestampMs, value, value, value, 1, value, value - previous + FallOf(previous, value));

    /// <summary>A stale marker.</summary>
    /// <param name="timestampMs">Its time, ms since the Unix epoch.</param>
    public static Summary OfMarker(long timestampMs) => new(timestampMs, double.NaN, double.NaN, 0, 0, StaleMarker.Value, 0);

    /// <summary>Adds a sample as a summary of one, or a stale marker as a summary of none.</summary>
    /// <param name="column">Where to.</param>
    /// <param name="timestampMs">The time, after the last one's, ms since the Unix epoch.</param>
    /// <param name="value">The value; every bit is kept.</param>
    public static void AddSample(this SummaryColumn column, long timestampMs, double value)
    {
        ArgumentNullException.ThrowIfNull(column);
        if (StaleMarker.Is(value))
        {
            column.Add(OfMarker(timestampMs));
            return;
        }

        var before = column.Count - 1;
        while (before >= 0 && column.Counts[before] == 0)
        {
            before--;
        }

        column.Add(before < 0 ? OfSample(timestampMs, value) : OfSample(timestampMs, value, column.Last[before]));
    }

    /// <summary>What PromQL adds to the difference of two samples that follow one another: the first where it is the greater.</summary>
    /// <param name="previous">The first value.</param>
    /// <param name="value">The second value.</param>
    public static double FallOf(double previous, double value) => value < previous ? previous : 0;

    /// <summary>
    /// What resets took from a counter since the sample before: <see cref="Summary.Last"/> − previous + this is the increase. A
    /// single sample is judged by the value that stands before it now, so that any two parts of a series may stand side by
    /// side. 0 where infinite or NaN values leave nothing to tell.
    /// </summary>
    /// <param name="summary">A summary of samples; not a stale marker's.</param>
    /// <param name="previous">The last value of the summary before.</param>
    public static double FallsSince(this in Summary summary, double previous)
    {
        if (summary.Count == 1)
        {
            return FallOf(previous, summary.Last);
        }

        var falls = summary.Increase - (summary.Last - previous);
        return double.IsNaN(falls) ? 0 : falls;
    }
}
