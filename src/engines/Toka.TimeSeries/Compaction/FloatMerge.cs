using Toka.Core.Series;

namespace Toka.TimeSeries.Compaction;

/// <summary>Merges float samples of one series by time.</summary>
internal static class FloatMerge
{
    /// <summary>
    /// Appends the samples of two columns in the order of time. At equal times the earlier column's value stays: the same
    /// bits are a duplicate, others a conflict.
    /// </summary>
    /// <param name="earlier">What was written first, ascending.</param>
    /// <param name="later">What was written after it, ascending.</param>
    /// <param name="into">Appended to; neither of the two.</param>
    /// <param name="tally">Counts duplicates and conflicts.</param>
    /// <returns>The time of the first conflict, or null.</returns>
    public static long? Merge(FloatColumn earlier, FloatColumn later, FloatColumn into, MergeTally tally)
    {
        ReadOnlySpan<long> a = earlier.Timestamps, b = later.Timestamps;
        ReadOnlySpan<double> aValues = earlier.Values, bValues = later.Values;
        long? conflict = null;
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (b[j] < a[i])
            {
                into.Add(b[j], bValues[j]);
                j++;
                continue;
            }

            if (b[j] == a[i])
            {
                if (BitConverter.DoubleToInt64Bits(aValues[i]) == BitConverter.DoubleToInt64Bits(bValues[j]))
                {
                    tally.Duplicates++;
                }
                else
                {
                    tally.Conflicts++;
                    conflict ??= a[i];
                }

                j++;
            }

            into.Add(a[i], aValues[i]);
            i++;
        }

        Append(a[i..], aValues[i..], into);
        Append(b[j..], bValues[j..], into);
        return conflict;
    }

    /// <summary>Appends samples, but for those of a range of times.</summary>
    /// <returns>How many were left out.</returns>
    public static int AppendWithout(FloatColumn from, long removeFromMs, long removeToMs, FloatColumn into)
    {
        var times = from.Timestamps;
        var start = LowerBound(times, removeFromMs);
        var end = removeToMs == long.MaxValue ? times.Length : LowerBound(times, removeToMs + 1);
        end = Math.Max(start, end);
        Append(times[..start], from.Values[..start], into);
        Append(times[end..], from.Values[end..], into);
        return end - start;
    }

    private static int LowerBound(ReadOnlySpan<long> times, long time)
    {
        int low = 0, high = times.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = times[middle] < time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static void Append(ReadOnlySpan<long> times, ReadOnlySpan<double> values, FloatColumn into)
    {
        into.Extend(times.Length, out var newTimes, out var newValues);
        times.CopyTo(newTimes);
        values.CopyTo(newValues);
    }
}
