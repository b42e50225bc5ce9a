using Toka.Core.Series;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Columns;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Reading;

/// <content>Reading what is kept beside floats: of the blocks, in the order of their writing, and then of the head.</content>
internal sealed partial class StoredSeries
{
    [ThreadStatic]
    private static SideCapture? t_side;

    [ThreadStatic]
    private static PayloadMerge? t_merge;

    /// <inheritdoc/>
    public override void ReadHistograms(int index, HistogramColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        if (t_onlyFloats == (_number, index))
        {
            // Whoever wants histograms has mostly just read the floats.
            return;
        }

        var merge = ReadSide(index, PayloadKind.Histograms);
        for (var i = 0; i < merge.Histograms.Count; i++)
        {
            into.Add(merge.Histograms.Timestamps[i], merge.Histograms[i]);
        }
    }

    /// <inheritdoc/>
    public override void ReadExemplars(int index, ExemplarColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var exemplars = ReadSide(index, PayloadKind.Exemplars).Exemplars;
        for (var i = 0; i < exemplars.Count; i++)
        {
            into.Add(exemplars.Timestamps[i], exemplars.Values[i], exemplars.LabelsOf(i));
        }
    }

    /// <inheritdoc/>
    public override void ReadCreated(int index, CreatedColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var created = ReadSide(index, PayloadKind.Created).Created;
        for (var i = 0; i < created.Count; i++)
        {
            into.Add(created.Timestamps[i], created.Created[i]);
        }
    }

    /// <summary>Everything of a kind, merged; valid until this thread reads the next one.</summary>
    private PayloadMerge ReadSide(int index, PayloadKind kind)
    {
        var merge = t_merge ??= new PayloadMerge();
        merge.Begin(kind, from, to);
        var place = merged?.HeadPlaceOf(index) ?? index;
        if (place < 0)
        {
            ReadPayloads(index, kind, merge);
            return merge;
        }

        // The head first: what goes from there meanwhile is in blocks before it goes.
        place = head.PlaceOf(place);
        var capture = t_side ??= new SideCapture();
        var found = store.TryCaptureSide(head.Series.Ids[place], head.Series.Incarnations[place], from, to, capture, out var generation);
        if (found && generation == head.Generation)
        {
            ReadPayloads(index, kind, merge);
        }
        else
        {
            store.ReadPayloadsAnew(head.Series.Labels[place], kind, from, to, merge, Note);
        }

        if (found)
        {
            Add(capture, kind, merge);
        }

        return merge;
    }

    private static void Add(SideCapture capture, PayloadKind kind, PayloadMerge merge)
    {
        switch (kind)
        {
            case PayloadKind.Histograms:
                using (var column = new HistogramColumn())
                {
                    capture.ReadHistograms(column);
                    merge.Add(column);
                }

                break;
            case PayloadKind.Exemplars:
                merge.Add(capture.Exemplars);
                break;
            default:
                merge.Add(capture.Created);
                break;
        }
    }

    private void ReadPayloads(int index, PayloadKind kind, PayloadMerge merge)
    {
        if (merged is null)
        {
            return;
        }

        ObjectDisposedException.ThrowIf(_snapshot is null, this);
        // Histograms are not looked up in blocks when they come, so blocks may differ about a time: what was written first stands.
        foreach (var number in merged.BySequence)
        {
            var ordinal = merged.OrdinalOf(index, number, out var block);
            if (ordinal >= 0 && block.Info.TierMs == 0)
            {
                PayloadReading.Merge(block, ordinal, kind, from, to, merge, Note);
            }
        }
    }
}
