using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>The last work on a result: counting what it takes, and its order.</summary>
internal static class Finishing
{
    /// <summary>So many comparisons are some tenths of a millisecond.</summary>
    private const int ComparisonsBetweenChecks = 4096;

    /// <summary>Counts a series of the result against the query's limits.</summary>
    public static void Hold(QueryContext context, MatrixSeries series)
    {
        var root = context.Plan.Root;
        context.Hold(Footprint.SeriesBytes + ((long)Footprint.ResultPointBytes * (series.Values.Length + series.Histograms.Length)), root);
        context.CountPoints(series.Values.Length, root);
        foreach (var histogram in series.Histograms.Span)
        {
            context.Hold(histogram, root);
        }
    }

    /// <summary>Orders by labels; what comes from a selector is in order already.</summary>
    public static void Order(QueryContext context, List<MatrixSeries> series)
    {
        var started = context.Profiler?.Now() ?? 0;
        for (var i = 1; i < series.Count; i++)
        {
            if (series[i - 1].Labels.CompareTo(series[i].Labels) > 0)
            {
                Sort(context, series, static (a, b) => a.Labels.CompareTo(b.Labels));
                break;
            }
        }

        context.Profiler?.AddFinishing(started);
    }

    /// <summary>Sorts, and ends at once when the query is cancelled. Equal ones may change places.</summary>
    public static void Sort<T>(QueryContext context, List<T> items, Comparison<T> compare)
    {
        var count = 0;
        try
        {
            items.Sort((a, b) =>
            {
                if (++count % ComparisonsBetweenChecks == 0)
                {
                    context.CheckCancelled();
                }

                return compare(a, b);
            });
        }
        catch (InvalidOperationException e) when (e.InnerException is OperationCanceledException)
        {
            // The library wraps what a comparison throws.
            context.CheckCancelled();
            throw;
        }
    }
}
