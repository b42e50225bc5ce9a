using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Head;

namespace Toka.TimeSeries.Catalog;

/// <summary>Reads series out of blocks into columns that several sources are merged in.</summary>
internal static class BlockReading
{
    [ThreadStatic]
    private static List<BlockFault>? t_faults;

    /// <summary>Adds the samples of a series in one block, merged with what the column has of the series already.</summary>
    /// <param name="block">The block.</param>
    /// <param name="ordinal">The series in it.</param>
    /// <param name="from">The first moment wanted.</param>
    /// <param name="to">The last moment wanted.</param>
    /// <param name="into">The column.</param>
    /// <param name="start">Where the series begins in the column.</param>
    /// <param name="note">Told what is damaged and was passed over.</param>
    /// <returns>Whether the series may have anything else than floats in the block.</returns>
    public static bool Append(Block block, int ordinal, long from, long to, FloatColumn into, int start, Action<BlockFault> note)
    {
        bool hasOthers;
        var middle = into.Count;
        var faults = t_faults ??= [];
        faults.Clear();
        try
        {
            block.ReadFloats(ordinal, from, to, into, out hasOthers, faults);
        }
        catch (BlockDamagedException e)
        {
            // How far the series was looked through is not known.
            hasOthers = true;
            into.Truncate(middle);
            faults.Add(e.Fault);
        }

        foreach (var fault in faults)
        {
            note(fault);
        }

        ColumnMerge.Tail(into, start, middle);
        return hasOthers;
    }

    /// <summary>Asks a block, whose index may be damaged.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="block">The block.</param>
    /// <param name="ask">What to ask.</param>
    /// <param name="otherwise">The answer of a damaged block.</param>
    /// <param name="note">Told what is damaged.</param>
    public static T Ask<T>(Block block, Func<Block, T> ask, T otherwise, Action<BlockFault> note)
    {
        try
        {
            return ask(block);
        }
        catch (BlockDamagedException e)
        {
            note(e.Fault);
            return otherwise;
        }
    }
}
