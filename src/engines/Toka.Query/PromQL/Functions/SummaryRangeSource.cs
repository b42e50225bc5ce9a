using Toka.Core.Series;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>The summaries that a range function sees at one step, stale markers left out.</summary>
internal readonly ref struct SummaryWindow(SummaryColumn all)
{
    /// <summary>All summaries of the series, those before the window too.</summary>
    public SummaryColumn All { get; } = all;

    /// <summary>The window's first summary among <see cref="All"/>.</summary>
    public int First { get; init; }

    /// <summary>The place behind the window's last summary; the window has at least one.</summary>
    public int Behind { get; init; }

    /// <summary>The window's left end, itself outside, ms since the Unix epoch.</summary>
    public long StartMs { get; init; }

    /// <summary>The window's right end, itself inside, ms since the Unix epoch.</summary>
    public long EndMs { get; init; }

    /// <summary>The longest time that one summary stands for, in ms.</summary>
    public long ResolutionMs { get; init; }
}

/// <summary>Computes one value of a window of summaries.</summary>
/// <returns>The value, or <see cref="RangeWindow.NoValue"/>.</returns>
internal delegate double SummaryKernel(in SummaryWindow window);

/// <summary>
/// A range function over summaries: the twin of what <see cref="RangeFunction"/> does with samples, which a series that has
/// native histograms goes back to.
/// </summary>
internal sealed class SummaryRangeSource(RangeFunction function, FunctionCall call, MatrixSource range, VectorSource ofSamples)
    : VectorSource(function.KeepsName ? range.Series : SeriesNames.Drop(call.Context, range.Series))
{
    private readonly SummaryKernel _kernel = function.OfSummaries!;

    public override void Read(int index, StepColumn into)
    {
        using var scratch = call.Context.Rent();
        range.ReadHistograms(index, scratch);
        if (scratch.Histograms.Count > 0)
        {
            ofSamples.Read(index, into);
            return;
        }

        range.ReadSummaries(index, scratch);
        var column = scratch.Summaries;
        into.DropHistograms();
        var values = into.Floats;
        var window = new MovingWindow(column.Timestamps);
        var hasAny = false;
        for (var step = 0; step < values.Length; step++)
        {
            if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
            {
                call.Context.CheckCancelled();
            }

            var end = range.EndAt(step);
            var start = end - range.RangeMs;
            if (!window.MoveTo(start, end))
            {
                values[step] = Absent.Value;
                continue;
            }

            hasAny = true;
            values[step] = _kernel(new SummaryWindow(column)
            {
                First = window.First,
                Behind = window.Behind,
                StartMs = start,
                EndMs = end,
                ResolutionMs = range.ResolutionMs,
            });
        }

        call.Context.CheckCancelled();
        if (hasAny)
        {
            function.InformOfGauge(call, range.Series[index].Labels);
        }
    }
}
