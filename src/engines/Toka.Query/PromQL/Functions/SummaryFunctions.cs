using Toka.Core.Series;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>The functions of a window that summaries of its samples answer.</summary>
/// <remarks>
/// A window takes a summary whole or not at all, by the time of its last sample. Where the window's ends lie on the ends of
/// buckets, nothing is lost; elsewhere a window is one bucket off at most at either end.
/// </remarks>
internal static class SummaryFunctions
{
    public static double Sum(in SummaryWindow window)
    {
        var sum = new KahanSum(0);
        foreach (var part in window.All.Sum[window.First..window.Behind])
        {
            sum.Add(part);
        }

        return sum.Total;
    }

    public static double Count(in SummaryWindow window)
    {
        var count = 0L;
        foreach (var part in window.All.Counts[window.First..window.Behind])
        {
            count += part;
        }

        return count;
    }

    /// <summary>The mean: of the sum, or part by part where that is too large for a number.</summary>
    public static double Avg(in SummaryWindow window)
    {
        var sum = Sum(window);
        if (!double.IsInfinity(sum))
        {
            return sum / Count(window);
        }

        double mean = 0, count = 0;
        for (var i = window.First; i < window.Behind; i++)
        {
            count += window.All.Counts[i];
            var weight = window.All.Counts[i] / count;
            mean = (mean * (1 - weight)) + (window.All.Sum[i] / window.All.Counts[i] * weight);
        }

        return mean;
    }

    public static double Min(in SummaryWindow window)
    {
        var parts = window.All.Min[window.First..window.Behind];
        var best = parts[0];
        foreach (var part in parts)
        {
            best = part < best || double.IsNaN(best) ? part : best;
        }

        return best;
    }

    public static double Max(in SummaryWindow window)
    {
        var parts = window.All.Max[window.First..window.Behind];
        var best = parts[0];
        foreach (var part in parts)
        {
            best = part > best || double.IsNaN(best) ? part : best;
        }

        return best;
    }

    public static double Rate(in SummaryWindow window) => Change(window, true, true);

    public static double Increase(in SummaryWindow window) => Change(window, true, false);

    public static double Delta(in SummaryWindow window) => Change(window, false, false);

    /// <summary>
    /// What PromQL's rule makes of the window's samples, as far as summaries tell: the change since the sample before the first
    /// bucket, so that what happened within that bucket counts too, stretched or shrunk to the window.
    /// </summary>
    private static double Change(in SummaryWindow window, bool isCounter, bool isRate)
    {
        var all = window.All;
        var last = window.Behind - 1;
        var first = FirstPoint(window);
        if (first == last)
        {
            return RangeWindow.NoValue;
        }

        var samples = 0L;
        double falls = 0;
        for (var i = first + 1; i <= last; i++)
        {
            samples += all.Counts[i];
            falls += isCounter ? all[i].FallsSince(all.Last[i - 1]) : 0;
        }

        var change = all.Last[last] - all.Last[first] + falls;
        var sampled = (all.Timestamps[last] - all.Timestamps[first]) / 1000.0;
        var average = sampled / samples;
        var threshold = average * RateFunctions.ExtrapolationThreshold;

        // Of a bucket that reaches out of the window, what lies before its last sample is not known: no reason to call it missing.
        var hiddenAtStart = all.Counts[first] > 1 ? window.ResolutionMs / 1000.0 : 0;
        var hiddenAtEnd = all.Counts[last] > 1 ? (window.EndMs - Floor(window.EndMs, window.ResolutionMs)) / 1000.0 : 0;
        var toStart = (all.Timestamps[first] - window.StartMs) / 1000.0;
        var toEnd = (window.EndMs - all.Timestamps[last]) / 1000.0;
        toStart = toStart >= threshold + hiddenAtStart ? average / 2 : toStart;
        toEnd = toEnd >= threshold + hiddenAtEnd ? average / 2 : toEnd;
        var factor = RateFunctions.FactorOf(change, all.Last[first], sampled, toStart, toEnd, isCounter);
        return change * (isRate ? factor / ((window.EndMs - window.StartMs) / 1000.0) : factor);
    }

    private static long Floor(long timeMs, long resolutionMs) => timeMs - (((timeMs % resolutionMs) + resolutionMs) % resolutionMs);

    /// <summary>
    /// Where the change begins: at the window's first summary, or at the one before it where the first one sums up several
    /// samples and the one before is its neighbour.
    /// </summary>
    private static int FirstPoint(in SummaryWindow window)
    {
        var before = window.First - 1;
        return window.All.Counts[window.First] > 1 && before >= 0 && window.All.Timestamps[before] > window.StartMs - (2 * window.ResolutionMs)
            ? before
            : window.First;
    }
}
