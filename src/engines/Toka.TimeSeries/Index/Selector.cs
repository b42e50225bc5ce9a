using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>Finds the series that matchers select. Called under the head's lock.</summary>
internal sealed class Selector(SeriesIndex index)
{
    /// <summary>Below one series to this many values, the series are looked at instead of the values.</summary>
    private const int ValuesPerSeries = 4;

    /// <summary>The series which match all matchers, ids ascending.</summary>
    public int[] Resolve(IReadOnlyList<LabelMatcher> matchers)
    {
        var filters = matchers.Select(static m => new ValueFilter(m)).Where(static f => !f.MatchesAll).ToArray();
        int[]? ids = null;

        // Lists of words first: they are looked up; patterns then often have few series left to look at.
        foreach (var filter in filters.Where(static f => !f.MatchesAbsent).OrderBy(f => f.Words is null ? int.MaxValue : EstimateOf(f)))
        {
            ids = ids is null ? Having(filter, wanted: true) : Narrow(ids, filter);
            if (ids.Length == 0)
            {
                return ids;
            }
        }

        ids ??= index.All();
        foreach (var filter in filters.Where(static f => f.MatchesAbsent))
        {
            ids = ValuesOf(filter) > (long)ids.Length * ValuesPerSeries
                ? Filter(ids, filter)
                : IdSets.Subtract(ids, Having(filter, wanted: false));
        }

        return ids;
    }

    /// <summary>Whether one series matches all matchers.</summary>
    public static bool IsMatch(LabelSet labels, IReadOnlyList<LabelMatcher> matchers)
    {
        foreach (var matcher in matchers)
        {
            if (!matcher.IsMatch(labels))
            {
                return false;
            }
        }

        return true;
    }

    private int[] Narrow(int[] ids, ValueFilter filter) =>
        filter.Words is null && ValuesOf(filter) > (long)ids.Length * ValuesPerSeries
            ? Filter(ids, filter)
            : IdSets.Intersect(ids, Having(filter, wanted: true));

    private int[] Filter(int[] ids, ValueFilter filter)
    {
        var name = index.Pairs.FindName(filter.Name);
        return Array.FindAll(ids, id => filter.IsMatch(index.ValueOf(id, name)));
    }

    private int ValuesOf(ValueFilter filter)
    {
        var name = index.Pairs.FindName(filter.Name);
        return name < 0 ? 0 : index.Pairs.Names[name].Pairs.Count;
    }

    private int EstimateOf(ValueFilter filter)
    {
        var count = 0;
        foreach (var pair in PairsWith(filter, wanted: true))
        {
            count += index.Pairs[pair].Series.Count;
        }

        return count;
    }

    /// <summary>The series whose label is there and matches, or is there and does not.</summary>
    private int[] Having(ValueFilter filter, bool wanted)
    {
        var pairs = PairsWith(filter, wanted);
        if (pairs.Count == 0)
        {
            return [];
        }

        if (pairs.Count == 1)
        {
            return index.Pairs[pairs[0]].Series.Ids().ToArray();
        }

        // A series has one value of a label, so the lists have no id in common.
        var ids = new int[pairs.Sum(pair => index.Pairs[pair].Series.Count)];
        var at = 0;
        foreach (var pair in pairs)
        {
            var list = index.Pairs[pair].Series.Ids();
            list.CopyTo(ids.AsSpan(at));
            at += list.Length;
        }

        Array.Sort(ids);
        return ids;
    }

    private List<int> PairsWith(ValueFilter filter, bool wanted)
    {
        var found = new List<int>();
        if (filter.Words is { } words && wanted != filter.IsNegative)
        {
            foreach (var word in words)
            {
                var pair = index.Pairs.Find(filter.Name, word.Span);
                if (pair >= 0)
                {
                    found.Add(pair);
                }
            }

            return found;
        }

        var name = index.Pairs.FindName(filter.Name);
        if (name < 0)
        {
            return found;
        }

        foreach (var pair in index.Pairs.Names[name].Pairs)
        {
            if (filter.IsMatch(index.Pairs.ValueOf(pair)) == wanted)
            {
                found.Add(pair);
            }
        }

        return found;
    }
}
