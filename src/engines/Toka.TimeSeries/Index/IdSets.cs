namespace Toka.TimeSeries.Index;

/// <summary>Set arithmetic on ascending ids.</summary>
internal static class IdSets
{
    /// <summary>What is in both. Gallops where one is much the smaller.</summary>
    public static int[] Intersect(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var small = a.Length <= b.Length ? a : b;
        var large = a.Length <= b.Length ? b : a;
        var result = new int[small.Length];
        var count = 0;
        if (small.Length * 16L < large.Length)
        {
            foreach (var id in small)
            {
                var at = large.BinarySearch(id);
                if (at >= 0)
                {
                    result[count++] = id;
                }

                large = large[(at >= 0 ? at : ~at)..];
            }
        }
        else
        {
            for (int i = 0, j = 0; i < small.Length && j < large.Length;)
            {
                if (small[i] == large[j])
                {
                    result[count++] = small[i];
                }

                var step = small[i] <= large[j];
                j += large[j] <= small[i] ? 1 : 0;
                i += step ? 1 : 0;
            }
        }

        return result[..count];
    }

    /// <summary>What is in the first and not in the second.</summary>
    public static int[] Subtract(ReadOnlySpan<int> from, ReadOnlySpan<int> without)
    {
        var result = new int[from.Length];
        var count = 0;
        var j = 0;
        foreach (var id in from)
        {
            while (j < without.Length && without[j] < id)
            {
                j++;
            }

            if (j == without.Length || without[j] != id)
            {
                result[count++] = id;
            }
        }

        return result[..count];
    }
}
