using System.Globalization;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>What a request is answered from, and how to tell. Immutable.</summary>
/// <param name="request">The request.</param>
/// <param name="ranges">Its time in parts, ascending, none overlapping another.</param>
internal sealed class TierChoice(SelectRequest request, IReadOnlyList<TierRange> ranges)
{
    /// <summary>The parts: raw ones are read from all raw blocks and the head, others from the blocks of their resolution.</summary>
    public IReadOnlyList<TierRange> Ranges { get; } = ranges;

    /// <summary>The coarsest resolution used, in ms; 0 where all is raw.</summary>
    public long ResolutionMs { get; } = ranges.Count == 0 ? 0 : ranges.Max(static range => range.ResolutionMs);

    /// <summary>Whether samples made of summaries show resets between them; see <see cref="FloatsFromSummaries"/>.</summary>
    public bool ShowsResets => TierFunctions.CountsResets(request.Function);

    /// <summary>The time for which a block's summaries are read, whole days at its beginning; empty (from above to) where none are.</summary>
    public (long FromMs, long ToMs) SpanIn(BlockInfo block)
    {
        var (from, to) = (long.MaxValue, long.MinValue);
        foreach (var range in Ranges)
        {
            if (block.TierMs > 0 && range.ResolutionMs == block.TierMs && TierRead.MayHave(block, range))
            {
                (from, to) = (Math.Min(from, TierLayout.DayStart(range.FromMs)), Math.Max(to, range.ToMs));
            }
        }

        return (from, to);
    }

    /// <summary>The resolution in ms at a time; 0 for raw.</summary>
    /// <param name="timeMs">The time, ms since the Unix epoch.</param>
    public long ResolutionAt(long timeMs)
    {
        var (from, to) = (0, Ranges.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = Ranges[middle].ToMs < timeMs ? (middle + 1, to) : (from, middle);
        }

        return from < Ranges.Count && Ranges[from].FromMs <= timeMs ? Ranges[from].ResolutionMs : 0;
    }

    /// <summary>For <see cref="SeriesSet.Infos"/>: a sentence where summaries answer as well as the question asks.</summary>
    public IReadOnlyList<string> Infos()
    {
        if (ResolutionMs == 0 || IsForWantOfRaw)
        {
            return [];
        }

        var span = request.RangeMs > 0 ? $"step {DurationOf(request.StepMs)}, range {DurationOf(request.RangeMs)}" : $"step {DurationOf(request.StepMs)}";
        return [$"answered from {TierLayout.NameOf(ResolutionMs)} summaries up to {EndOfSummaries()} ({span}); raw samples, where they are still kept, with resolution=raw"];
    }

    /// <summary>For <see cref="SeriesSet.Warnings"/>: a sentence where raw samples were wanted and are no longer kept.</summary>
    public IReadOnlyList<string> Warnings()
    {
        if (!IsForWantOfRaw)
        {
            return [];
        }

        var rule = TierFunctions.Of(request);
        var reason = request.RangeMs > 0 && request.Function.Length > 0 && !rule.MayUseSummaries ? $"; {request.Function} {rule.Reason}, so it is an estimate" : "";
        return [$"raw samples {Times()} are no longer kept: answered from {TierLayout.NameOf(ResolutionMs)} summaries{reason}"];
    }

    /// <summary>From before when, or between which times, summaries answer because raw samples are missing.</summary>
    private string Times()
    {
        var wanted = TierChooser.CoarsestFor(request);
        var times = new List<string>();
        for (var i = 0; i < Ranges.Count; i++)
        {
            var first = i;
            while (i < Ranges.Count && Ranges[i].ResolutionMs > wanted)
            {
                i++;
            }

            if (i > first)
            {
                times.Add(first == 0 ? $"from before {TimeOf(Ranges[i - 1].ToMs)}" : $"from {TimeOf(Ranges[first].FromMs)} to {TimeOf(Ranges[i - 1].ToMs)}");
            }
        }

        return string.Join(", and ", times);
    }

    private bool IsForWantOfRaw => ResolutionMs > TierChooser.CoarsestFor(request);

    private string EndOfSummaries() => TimeOf(Ranges.Last(static range => range.ResolutionMs > 0).ToMs);

    private static string TimeOf(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, -62_135_596_800_000, 253_402_300_799_000))
        .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string DurationOf(long ms) => TierLayout.NameOf(ms);
}
