using Toka.Core.Series;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Tiers;

/// <summary>The samples of one series from several blocks in the order of time, each time once: the first added stands.</summary>
internal sealed class SampleMerge : IDisposable
{
    private readonly FloatColumn _more = new();
    private FloatColumn _spare = new();

    /// <summary>What was added so far.</summary>
    public FloatColumn Column { get; private set; } = new();

    /// <summary>Forgets the samples.</summary>
    public void Clear() => Column.Clear();

    /// <summary>Adds the samples that a block has within a range of time.</summary>
    /// <param name="block">The block.</param>
    /// <param name="ordinal">The series in it.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="faults">Takes the chunks that had to be left out.</param>
    public void Add(Block block, int ordinal, long fromMs, long toMs, ICollection<BlockFault>? faults)
    {
        if (Column.Count == 0)
        {
            block.ReadFloats(ordinal, fromMs, toMs, Column, faults);
            return;
        }

        _more.Clear();
        block.ReadFloats(ordinal, fromMs, toMs, _more, faults);
        if (_more.Count == 0)
        {
            return;
        }

        _spare.Clear();
        var (i, j) = (0, 0);
        while (i < Column.Count || j < _more.Count)
        {
            if (j == _more.Count || (i < Column.Count && Column.Timestamps[i] <= _more.Timestamps[j]))
            {
                j += j < _more.Count && Column.Timestamps[i] == _more.Timestamps[j] ? 1 : 0;
                _spare.Add(Column.Timestamps[i], Column.Values[i]);
                i++;
            }
            else
            {
                _spare.Add(_more.Timestamps[j], _more.Values[j]);
                j++;
            }
        }

        (Column, _spare) = (_spare, Column);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _more.Dispose();
        _spare.Dispose();
        Column.Dispose();
    }
}
