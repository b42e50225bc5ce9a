using Toka.Core.Samples;

namespace Toka.Core.Series;

/// <summary>
/// What is kept of samples that follow one another in one series. A stale marker is a summary of its own, of no samples,
/// whose <see cref="Last"/> is the marker: the samples around it keep their own last value.
/// </summary>
/// <param name="TimestampMs">The time of the last sample, ms since the Unix epoch.</param>
/// <param name="Min">The least value; NaN only where there is nothing else.</param>
/// <param name="Max">The greatest value; NaN only where there is nothing else.</param>
/// <param name="Sum">The sum; NaN where any value is.</param>
/// <param name="Count">How many samples, NaN included; 0 for a stale marker.</param>
/// <param name="Last">The last value, every bit of it.</param>
/// <param name="Increase">
/// What a counter rose by since the last sample of the summary before, resets counted as PromQL counts them: last − the one
/// before, and for each fall the value that it fell from. 0 where no sample is known before.
/// </param>
public readonly record struct Summary(long TimestampMs, double Min, double Max, double Sum, long Count, double Last, double Increase)
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

    /// <summary>What PromQL adds to the difference of two samples that follow one another: the first where it is the greater.</summary>
    /// <param name="previous">The first value.</param>
    /// <param name="value">The second value.</param>
    public static double FallOf(double previous, double value) => value < previous ? previous : 0;

    /// <summary>
    /// What resets took from a counter since the sample before: <see cref="Last"/> − previous + this is the increase. A single
    /// sample is judged by the value that stands before it now, so that any two parts of a series may be put side by side;
    /// 0 where infinite or NaN values leave nothing to tell.
    /// </summary>
    /// <param name="previous">The last value of the summary before.</param>
    public double FallsSince(double previous)
    {
        if (Count == 1)
        {
            return FallOf(previous, Last);
        }

        var falls = Increase - (Last - previous);
        return double.IsNaN(falls) ? 0 : falls;
    }
}
