using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Reading;

/// <content>Reading where parts of the time are answered from summaries.</content>
internal sealed partial class StoredSeries
{
    [ThreadStatic]
    private static List<(Block Block, int Ordinal)>? t_tierBlocks;

    [ThreadStatic]
    private static List<BlockFault>? t_tierFaults;

    /// <summary>What is read from what; null where all is raw.</summary>
    public TierChoice? Choice { get; init; }

    /// <inheritdoc/>
    public override long ResolutionMs => Choice?.ResolutionMs ?? 0;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Infos => Choice?.Infos() ?? [];

    /// <inheritdoc/>
    public override long ResolutionAt(long timeMs) => Choice?.ResolutionAt(timeMs) ?? 0;

    /// <inheritdoc/>
    public override void ReadSummaries(int index, SummaryColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        if (Choice is null)
        {
            base.ReadSummaries(index, into);
            return;
        }

        using var samples = new FloatColumn();
        using var summaries = new SummaryColumn();
        foreach (var range in Choice.Ranges)
        {
            if (range is { ResolutionMs: > 0, WithLate: false })
            {
                ReadTier(index, range, into);
                continue;
            }

            samples.Clear();
            ReadRaw(index, range.FromMs, range.ToMs, samples);
            if (range.ResolutionMs > 0)
            {
                summaries.Clear();
                ReadTier(index, range, summaries);
                LateSamples.Append(summaries, samples, range.ResolutionMs, into);
                continue;
            }

            for (var i = 0; i < samples.Count; i++)
            {
                into.AddSample(samples.Timestamps[i], samples.Values[i]);
            }
        }
    }

    private void ReadFloats(int index, TierChoice choice, FloatColumn into)
    {
        using var summaries = new SummaryColumn();
        foreach (var range in choice.Ranges)
        {
            if (range.ResolutionMs == 0)
            {
                ReadRaw(index, range.FromMs, range.ToMs, into);
                continue;
            }

            summaries.Clear();
            ReadTier(index, range, summaries);
            var start = into.Count;
            FloatsFromSummaries.Append(summaries, into, choice.ShowsResets);
            if (range.WithLate)
            {
                var middle = into.Count;
                ReadRaw(index, range.FromMs, range.ToMs, into);
                ColumnMerge.Tail(into, start, middle);
            }
        }
    }

    private void ReadTier(int index, in TierRange range, SummaryColumn into)
    {
        ObjectDisposedException.ThrowIf(_snapshot is null, this);
        var blocks = t_tierBlocks ??= [];
        blocks.Clear();
        for (var number = 0; number < merged!.BlockCount; number++)
        {
            var ordinal = merged.OrdinalOf(index, number, out var block);
            if (ordinal >= 0 && block.Info.TierMs == range.ResolutionMs && TierRead.MayHave(block.Info, range))
            {
                blocks.Add((block, ordinal));
            }
        }

        if (blocks.Count == 0)
        {
            return;
        }

        // Of two blocks with summaries of one day the later written one's stand.
        blocks.Sort(static (left, right) => left.Block.Info.Sequence.CompareTo(right.Block.Info.Sequence));
        var faults = t_tierFaults ??= [];
        faults.Clear();
        var before = into.Count;
        try
        {
            TierRead.Append(blocks, range, into, faults);
        }
        catch (BlockDamagedException e)
        {
            into.Truncate(before);
            faults.Add(e.Fault);
        }

        faults.ForEach(Note);
        blocks.Clear();
    }
}
