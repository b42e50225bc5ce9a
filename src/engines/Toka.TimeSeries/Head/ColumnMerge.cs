using System.Buffers;
using Toka.Core.Series;

namespace Toka.TimeSeries.Head;

/// <summary>Puts the pieces of a series (blocks, chunks, late samples) into one ascending column.</summary>
internal static class ColumnMerge
{
    /// <summary>
    /// Merges two ascending runs that lie behind each other in a column. A time that is in both is kept once, with the first
    /// run's value: what was written first stands. Where the second run only goes on from the first, nothing moves.
    /// </summary>
    /// <param name="column">The column.</param>
    /// <param name="start">Where the first run begins.</param>
    /// <param name="middle">Where the second run begins; it ends with the column.</param>
    public static void Tail(FloatColumn column, int start, int middle)
    {
        var count = column.Count;
        if (middle == count || middle == start || column.Timestamps[middle - 1] < column.Timestamps[middle])
        {
            return;
        }

        var at = column.Timestamps[start..middle].BinarySearch(column.Timestamps[middle]);
        at = start + (at < 0 ? ~at : at);
        var length = count - at;
        var times = ArrayPool<long>.Shared.Rent(length);
        var values = ArrayPool<double>.Shared.Rent(length);
        column.Timestamps[at..].CopyTo(times);
        column.Values[at..].CopyTo(values);
        column.Truncate(at);
        int i = 0, j = middle - at;
        var end = j;
        while (i < end || j < length)
        {
            if (j == length || (i < end && times[i] <= times[j]))
            {
                j += j < length && times[i] == times[j] ? 1 : 0;
                column.Add(times[i], values[i]);
                i++;
            }
            else
            {
                column.Add(times[j], values[j]);
                j++;
            }
        }

        ArrayPool<long>.Shared.Return(times);
        ArrayPool<double>.Shared.Return(values);
    }
}
