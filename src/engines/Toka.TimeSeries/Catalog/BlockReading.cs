using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Catalog;

/// <summary>Reads series out of blocks into columns that several sources are merged in.</summary>
internal static class BlockReading
{
    /// <summary>Adds the samples of a series in one block, merged with what the column has of the series already.</summary>
    /// <param name="block">The block.</param>
    /// <param name="ordinal">The series in it.</param>
    /// <param name="from">The first moment wanted.</param>
    /// <param name="to">The last moment wanted.</param>
    /// <param name="into">The column.</param>
    /// <param name="start">Where the series begins in the column.</param>
    /// <param name="faults">Takes what is damaged and was passed over; may be null.</param>
    public static void Append(Block block, int ordinal, long from, long to, FloatColumn into, int start, Action<BlockFault>? faults)
    {
        var middle = into.Count;
        block.ReadFloats(ordinal, from, to, into, faults);
        ColumnMerge.Tail(into, start, middle);
    }
}
