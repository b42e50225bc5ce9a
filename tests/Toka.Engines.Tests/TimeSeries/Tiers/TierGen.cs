using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>Series to sum up.</summary>
internal static class TierGen
{
    /// <summary>Any values at any distances, stale markers and other NaN among them; several buckets, sometimes days.</summary>
    public static readonly Gen<(long[] Times, double[] Values)> Any = Series(
        Gen.Frequency((8, Gen.Double[-1000, 1000]), (1, Gen.Const(double.NaN)), (1, Gen.Const(StaleMarker.Value)), (1, Gen.Const(double.PositiveInfinity))));

    /// <summary>Whole numbers, of which sums are exact; stale markers among them.</summary>
    public static readonly Gen<(long[] Times, double[] Values)> Whole = Series(
        Gen.Frequency((10, Gen.Int[-1000, 1000].Select(static value => (double)value)), (1, Gen.Const(StaleMarker.Value))));

    /// <summary>A counter of whole numbers that is reset now and then; stale markers among them.</summary>
    public static readonly Gen<(long[] Times, double[] Values)> Counter = Series(
        Gen.Frequency((9, Gen.Int[0, 50].Select(static step => (double)step)), (2, Gen.Const(-1.0)), (1, Gen.Const(StaleMarker.Value)))).Select(static series =>
        {
            double value = 0;
            var values = Array.ConvertAll(series.Values, step =>
            {
                value = StaleMarker.Is(step) ? value : step < 0 ? 1 : value + step;
                return StaleMarker.Is(step) ? step : value;
            });
            return (series.Times, values);
        });

    public static SummaryColumn SumUp(long resolutionMs, long[] times, double[] values)
    {
        var into = new SummaryColumn();
        var summariser = new Summariser(resolutionMs);
        summariser.Begin();
        summariser.Add(times, values, into);
        summariser.Flush(into);
        return into;
    }

    /// <summary>Sums up day by day, as blocks are summed up.</summary>
    public static SummaryColumn SumUpByDay(long resolutionMs, long[] times, double[] values)
    {
        var into = new SummaryColumn();
        var summariser = new Summariser(resolutionMs);
        for (int from = 0, to; from < times.Length; from = to)
        {
            var day = TierLayout.DayStart(times[from]);
            for (to = from; to < times.Length && TierLayout.DayStart(times[to]) == day; to++)
            {
            }

            summariser.Begin();
            summariser.Add(times.AsSpan(from..to), values.AsSpan(from..to), into);
            summariser.Flush(into);
        }

        return into;
    }

    /// <summary>What PromQL adds up between two samples: the difference, and what each fall on the way falls from.</summary>
    public static double Change(ReadOnlySpan<double> values)
    {
        var change = values[^1] - values[0];
        for (var i = 1; i < values.Length; i++)
        {
            change += Summaries.FallOf(values[i - 1], values[i]);
        }

        return change;
    }

    private static Gen<(long[] Times, double[] Values)> Series(Gen<double> value) =>
        Gen.Select(
            Gen.Long[-200_000_000, 200_000_000],
            Gen.Select(Gen.Frequency((10, Gen.Long[1, 20_000]), (3, Gen.Const(5000L)), (1, Gen.Long[1, 40_000_000])), value).Array[1, 120],
            static (start, steps) =>
            {
                var time = start;
                return (Array.ConvertAll(steps, step => time += step.Item1), Array.ConvertAll(steps, static step => step.Item2));
            });
}
