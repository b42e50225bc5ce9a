using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Reading;

/// <summary>What a set remembers of the head when it was made.</summary>
/// <param name="Series">Its series there.</param>
/// <param name="Chosen">Which of them; null for all.</param>
/// <param name="Generation">The head's generation.</param>
internal readonly record struct HeadSelection(Selection Series, int[]? Chosen, int Generation)
{
    /// <summary>The number of series.</summary>
    public int Count => Chosen?.Length ?? Series.Ids.Length;

    /// <summary>The place of a chosen series in the selection.</summary>
    public int PlaceOf(int index) => Chosen is null ? index : Chosen[index];

    /// <summary>The labels of a chosen series.</summary>
    public LabelSet LabelsOf(int index) => Series.Labels[PlaceOf(index)];
}

/// <summary>The series of one selection; see the remarks of <see cref="MetricStore"/>. Blocks are held until the disposal.</summary>
/// <param name="store">The store.</param>
/// <param name="head">The series in the head.</param>
/// <param name="merged">All series where blocks have some too; null where only the head has.</param>
/// <param name="snapshot">Holds the blocks; null where there are none.</param>
/// <param name="from">The first moment wanted.</param>
/// <param name="to">The last moment wanted.</param>
/// <param name="warnings">What was to be said at the selection.</param>
internal sealed partial class StoredSeries(
    MetricStore store, HeadSelection head, MergedSelection? merged, BlockSnapshot? snapshot, long from, long to, IReadOnlyList<string> warnings) : SeriesSet
{
    /// <summary>Damaged parts named in the warnings; the count says how many more there are.</summary>
    private const int FaultsNamed = 3;

    [ThreadStatic]
    private static SeriesCapture? t_capture;

    private readonly Lock _faultLock = new();
    private readonly HashSet<BlockFault> _faults = [];
    private BlockSnapshot? _snapshot = snapshot;

    /// <inheritdoc/>
    public override int Count => merged?.Count ?? head.Count;

    /// <inheritdoc/>
    public override int BlockCount => merged?.BlockCount ?? 0;

    /// <inheritdoc/>
    /// <remarks>Damaged parts of blocks are known once the series have been read.</remarks>
    public override IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_faultLock)
            {
                var all = Choice is null ? warnings : [.. warnings, .. Choice.Warnings()];
                if (_faults.Count == 0)
                {
                    return all;
                }

                var more = _faults.Count > FaultsNamed ? $"; and {_faults.Count - FaultsNamed} more" : "";
                return [.. all, $"damaged data was passed over: {string.Join("; ", _faults.Take(FaultsNamed))}{more}. toka doctor lists all damage."];
            }
        }
    }

    /// <inheritdoc/>
    public override LabelSet LabelsOf(int index) => merged?.LabelsOf(index) ?? head.LabelsOf(index);

    /// <inheritdoc/>
    public override void ReadFloats(int index, FloatColumn into)
    {
        ArgumentNullException.ThrowIfNull(into);
        if (Choice is null)
        {
            ReadRaw(index, from, to, into);
        }
        else
        {
            ReadFloats(index, Choice, into);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _snapshot, null)?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Reads samples as they came from the raw blocks and the head.</summary>
    private void ReadRaw(int index, long fromMs, long toMs, FloatColumn into)
    {
        var start = into.Count;
        var place = merged?.HeadPlaceOf(index) ?? index;
        if (place < 0)
        {
            ReadBlocks(index, fromMs, toMs, into, start);
            return;
        }

        // The head first: what goes from there meanwhile is in blocks before it goes.
        place = head.PlaceOf(place);
        var capture = t_capture ??= new SeriesCapture();
        var found = store.TryCapture(head.Series.Ids[place], head.Series.Incarnations[place], fromMs, toMs, capture, out var generation);
        if (found && generation == head.Generation)
        {
            ReadBlocks(index, fromMs, toMs, into, start);
        }
        else
        {
            store.ReadBlocksAnew(head.Series.Labels[place], fromMs, toMs, into, start, Note);
        }

        if (found)
        {
            capture.Decode(toMs, into, start);
        }
    }

    private void ReadBlocks(int index, long fromMs, long toMs, FloatColumn into, int start)
    {
        if (merged is null)
        {
            return;
        }

        ObjectDisposedException.ThrowIf(_snapshot is null, this);
        for (var number = 0; number < merged.BlockCount; number++)
        {
            var ordinal = merged.OrdinalOf(index, number, out var block);
            if (ordinal >= 0 && block.Info.TierMs == 0)
            {
                BlockReading.Append(block, ordinal, fromMs, toMs, into, start, Note);
            }
        }
    }

    /// <summary>Takes what was damaged when the series were selected or read.</summary>
    public void Note(BlockFault fault)
    {
        store.NoteDamage(fault);
        lock (_faultLock)
        {
            _faults.Add(fault);
        }
    }
}
