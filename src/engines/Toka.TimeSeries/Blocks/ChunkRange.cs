namespace Toka.TimeSeries.Blocks;

/// <summary>Which samples of a chunk are wanted.</summary>
internal static class ChunkRange
{
    /// <summary>The samples from the first moment to the last.</summary>
    /// <param name="times">The times of the chunk, ascending.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <returns>The first one, and the first one behind.</returns>
    /// <exception cref="InvalidDataException">The times are not those of the chunk.</exception>
    public static (int Start, int End) Of(ReadOnlySpan<long> times, in ChunkRef chunk, long fromMs, long toMs)
    {
        if (times[0] != chunk.MinMs || times[^1] != chunk.MaxMs)
        {
            throw new InvalidDataException($"its times are {times[0]} to {times[^1]}, the index says {chunk.MinMs} to {chunk.MaxMs}");
        }

        var start = fromMs <= chunk.MinMs ? 0 : LowerBound(times, fromMs);
        var end = toMs >= chunk.MaxMs ? times.Length : LowerBound(times, toMs + 1);
        return (start, Math.Max(start, end));
    }

    private static int LowerBound(ReadOnlySpan<long> times, long ms)
    {
        var (low, high) = (0, times.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = times[middle] < ms ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
