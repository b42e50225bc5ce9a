using System.Text;

namespace Toka.TimeSeries.Index;

/// <summary>Lists of names and values for people to choose from. Called under the head's lock.</summary>
internal static class IndexLists
{
    /// <summary>Label names, ascending by bytes.</summary>
    /// <param name="index">The index.</param>
    /// <param name="ids">Of these series; null for all.</param>
    /// <param name="limit">The most; 0 for all.</param>
    public static IReadOnlyList<string> Names(SeriesIndex index, int[]? ids, int limit)
    {
        var names = new HashSet<int>();
        if (ids is null)
        {
            names.UnionWith(Enumerable.Range(0, index.Pairs.Names.Count).Where(n => index.Pairs.Names[n].Pairs.Count > 0));
        }
        else
        {
            foreach (var id in ids)
            {
                foreach (var pair in index.PairsOf(id))
                {
                    names.Add(index.Pairs[pair].Name);
                }
            }
        }

        return Sorted(names.Select(n => Encoding.UTF8.GetString(index.Pairs.Names[n].Utf8)), limit);
    }

    /// <summary>Values of a label, ascending by bytes.</summary>
    /// <param name="index">The index.</param>
    /// <param name="name">The label.</param>
    /// <param name="ids">Of these series; null for all.</param>
    /// <param name="limit">The most; 0 for all.</param>
    public static IReadOnlyList<string> Values(SeriesIndex index, string name, int[]? ids, int limit)
    {
        var number = index.Pairs.FindName(Encoding.UTF8.GetBytes(name));
        if (number < 0)
        {
            return [];
        }

        if (ids is null)
        {
            return Sorted(index.Pairs.Names[number].Pairs.Select(pair => Encoding.UTF8.GetString(index.Pairs.ValueOf(pair))), limit);
        }

        var pairs = new HashSet<int>();
        foreach (var id in ids)
        {
            foreach (var pair in index.PairsOf(id))
            {
                if (index.Pairs[pair].Name == number)
                {
                    pairs.Add(pair);
                }
            }
        }

        return Sorted(pairs.Select(pair => Encoding.UTF8.GetString(index.Pairs.ValueOf(pair))), limit);
    }

    private static IReadOnlyList<string> Sorted(IEnumerable<string> texts, int limit)
    {
        var sorted = texts.Order(StringComparer.Ordinal);
        return limit > 0 ? [.. sorted.Take(limit)] : [.. sorted];
    }
}
