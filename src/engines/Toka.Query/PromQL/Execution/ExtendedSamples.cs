using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Functions;

namespace Toka.Query.PromQL.Execution;

/// <summary>The samples of an anchored or smoothed range as they are shown: one at each end, and those between.</summary>
/// <remarks>Source: Prometheus 3, <c>extendFloats</c>. The left end itself is shown, though it is outside of a plain range.</remarks>
internal static class ExtendedSamples
{
    /// <summary>Cuts the samples that were read down to those of the range.</summary>
    /// <param name="context">The query.</param>
    /// <param name="range">The range.</param>
    /// <param name="index">The series.</param>
    /// <param name="endMs">The range's right end.</param>
    /// <param name="scratch">Holds the samples, of a look-back around the range too.</param>
    public static void Cut(QueryContext context, MatrixSource range, int index, long endMs, Scratch scratch)
    {
        var startMs = endMs - range.RangeMs;
        var isSmoothed = range.Mode == SelectorMode.Smoothed;
        var lookbackMs = (long)context.Options.LookbackDelta.TotalMilliseconds;
        var floats = new MovingWindow(scratch.Floats.Timestamps);
        var histograms = new MovingWindow(scratch.Histograms.Timestamps);
        var hasFloats = floats.MoveTo(startMs - lookbackMs, isSmoothed ? endMs + lookbackMs : endMs);
        var hasHistograms = histograms.MoveTo(startMs - lookbackMs, isSmoothed ? endMs + lookbackMs : endMs);
        var notes = new RangeNotes(context.Annotations, range.Position, range.Position, range.Series[index].Labels);
        scratch.Raw.Clear();
        scratch.OtherHistograms.Clear();
        if (hasFloats && hasHistograms)
        {
            notes.Mixed();
        }
        else if (hasFloats)
        {
            CutFloats(scratch, floats, startMs, endMs, isSmoothed);
        }
        else if (hasHistograms)
        {
            CutHistograms(scratch, histograms, startMs, endMs, isSmoothed, notes);
        }

        scratch.Floats.Clear();
        for (var i = 0; i < scratch.Raw.Count; i++)
        {
            scratch.Floats.Add(scratch.Raw.Timestamps[i], scratch.Raw.Values[i]);
        }

        scratch.Histograms.Clear();
        for (var i = 0; i < scratch.OtherHistograms.Count; i++)
        {
            scratch.Histograms.Add(scratch.OtherHistograms.Timestamps[i], scratch.OtherHistograms[i]);
        }
    }

    private static void CutFloats(Scratch scratch, in MovingWindow window, long startMs, long endMs, bool isSmoothed)
    {
        var into = scratch.Raw;
        var times = scratch.Floats.Timestamps[window.First..window.Behind];
        var values = scratch.Floats.Values[window.First..window.Behind];
        if (RangeEnds.TryFind(times, startMs, endMs, isSmoothed, out var first, out var last))
        {
            into.Add(startMs, isSmoothed && times[first] < startMs
                ? ExtendedRates.Interpolate(times[first], values[first], times[first + 1], values[first + 1], startMs, isCounter: false)
                : values[first]);
            for (var i = 0; i < times.Length; i++)
            {
                if (times[i] > startMs && times[i] < endMs)
                {
                    into.Add(times[i], values[i]);
                }
            }

            into.Add(endMs, isSmoothed && last > 0 && times[last] > endMs
                ? ExtendedRates.Interpolate(times[last - 1], values[last - 1], times[last], values[last], endMs, isCounter: false)
                : values[last]);
        }
    }

    private static void CutHistograms(
        Scratch scratch, in MovingWindow window, long startMs, long endMs, bool isSmoothed, RangeNotes notes)
    {
        var from = scratch.Histograms;
        var into = scratch.OtherHistograms;
        var times = from.Timestamps;
        if (!RangeEnds.TryFind(times[window.First..window.Behind], startMs, endMs, isSmoothed, out var first, out var last))
        {
            return;
        }

        (first, last) = (first + window.First, last + window.First);
        var left = isSmoothed && times[first] < startMs ? Between(from, first, startMs, notes) : from[first].ToHistogram();
        var right = isSmoothed && last > window.First && times[last] > endMs ? Between(from, last - 1, endMs, notes) : from[last].ToHistogram();
        if (left is null || right is null)
        {
            notes.MixedSchemas();
            return;
        }

        into.Add(startMs, left);
        for (var i = window.First; i < window.Behind; i++)
        {
            if (times[i] > startMs && times[i] < endMs)
            {
                into.Add(times[i], from[i]);
            }
        }

        into.Add(endMs, right);
    }

    private static NativeHistogram? Between(HistogramColumn samples, int place, long atMs, RangeNotes notes) => HistogramInterpolation.At(
        samples[place],
        samples.Timestamps[place],
        samples[place + 1],
        samples.Timestamps[place + 1],
        atMs,
        samples[place + 1].ResetHint != HistogramResetHint.Gauge,
        notes);
}
