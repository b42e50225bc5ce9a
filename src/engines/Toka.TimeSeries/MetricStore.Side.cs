using Toka.Core.Labels;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Columns;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries;

/// <content>Reading what is kept beside floats.</content>
public sealed partial class MetricStore
{
    internal bool TryCaptureSide(int id, int incarnation, long from, long to, SideCapture into, out int generation)
    {
        LetReaders();
        lock (_lock)
        {
            generation = _head.Generation;
            if (_index.IncarnationOf(id) != incarnation)
            {
                return false;
            }

            _head.Side.Capture(id, from, to, into);
            return true;
        }
    }

    /// <summary>Reads a series from the blocks there are now: for a set made before a seal that has moved its samples.</summary>
    internal void ReadPayloadsAnew(LabelSet labels, PayloadKind kind, long from, long to, PayloadMerge merge, Action<BlockFault> faults)
    {
        if (_catalog is null)
        {
            return;
        }

        using var snapshot = _catalog.Acquire();
        foreach (var block in snapshot.In(from, to).OrderBy(static block => block.Info.Sequence))
        {
            var ordinal = block.Info.TierMs == 0 ? BlockReading.Ask(block, b => b.Find(labels.Encoded), -1, faults) : -1;
            if (ordinal >= 0)
            {
                PayloadReading.Merge(block, ordinal, kind, from, to, merge, faults);
            }
        }
    }
}
