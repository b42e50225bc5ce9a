using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>Finds the series that matchers select. Called under the head's lock.</summary>
internal sealed class Selector(SeriesIndex index)
{
    /// <summary>Below one series to this many values, the series are looked at instead of the values.</summary>
    private const int ValuesPerSeries = 4;

    /// <summary>So many values are looked at before a cancellation is seen: with the worst expression each takes milliseconds.</summary>
    private const int ValuesBetweenChecks = 32;

    /// <summary>The series which match all matchers, ids ascending.</summary>
    public int[] Resolve(IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellationToken)
    {
        var filters = matchers.Select(static m => new ValueFilter(m)).Where(static f => !f.MatchesAll).ToArray();
        int[]? ids = null;

        // Lists of words first: they are looked up; patterns then often have few series left to look at.
        foreach (var filter in filters.Where(static f => !f.MatchesAbsent).OrderBy(f => f.Words is null ? int.MaxValue : EstimateOf(f)))
        {
            ids = ids is null ? Having(filter, wanted: true, cancellationToken) : Narrow(ids, filter, cancellationToken);
            if (ids.Length == 0)
            {
                return ids;
            }
        }

        ids ??= index.All();
        foreach (var filter in filters.Where(static f => f.MatchesAbsent))
        {
            ids = ValuesOf(filter) > (long)ids.Length * ValuesPerSeries
                ? Filter(ids, filter, cancellationToken)
                : IdSets.Subtract(ids, Having(filter, wanted: false, cancellationToken));
        }

        return ids;
    }

    /// <summary>
    /// Some of the series which match all matchers: as soon as there are enough, no further one is looked at. The order is that
    /// of ids.
    /// </summary>
    /// <param name="matchers">All of these must match.</param>
    /// <param name="limit">The most.</param>
    /// <param name="isWanted">Decides on each series that matches.</param>
    /// <param name="cancellationToken">Ends the search: an expression may match few of a million values.</param>
    public List<int> Some(IReadOnlyList<LabelMatcher> matchers, int limit, Func<int, bool> isWanted, CancellationToken cancellationToken)
    {
        var filters = matchers.Select(static m => new ValueFilter(m)).Where(static f => !f.MatchesAll).ToArray();
        var found = new List<int>(Math.Min(limit, 1024));
        var looked = 0;
        foreach (var id in Candidates(filters, cancellationToken))
        {
            if (++looked % ValuesBetweenChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (found.Count == limit)
            {
                break;
            }

            if (index.IsLive(id) && Array.TrueForAll(filters, filter => IsMatch(id, filter)) && isWanted(id))
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <summary>Whether a filter leaves every series there is: all of them have the label, and every value of it matches.</summary>
    public bool LeavesAll(LabelMatcher matcher)
    {
        var filter = new ValueFilter(matcher);
        if (filter.MatchesAll || (filter.MatchesAbsent && ValuesOf(filter) == 0))
        {
            return true;
        }

        if (!filter.MatchesAny || filter.MatchesAbsent)
        {
            return false;
        }

        var name = index.Pairs.FindName(filter.Name);
        return name >= 0 && index.Pairs.Names[name].Pairs.Sum(pair => (long)index.Pairs[pair].Series.Count) == index.Count;
    }

    /// <summary>The series that the narrowest filter leaves, one value after the other; all ids where none narrows. Lists of words come before patterns: they are looked up.</summary>
    private IEnumerable<int> Candidates(ValueFilter[] filters, CancellationToken cancellationToken)
    {
        var narrowing = filters.Where(static f => !f.MatchesAbsent && !f.MatchesAny).ToArray();
        var best = narrowing.Where(static f => f.Words is not null).MinBy(EstimateOf) ?? narrowing.FirstOrDefault();
        return best is null
            ? Enumerable.Range(0, index.End)
            : PairsWith(best, wanted: true, cancellationToken).SelectMany(pair => index.Pairs[pair].Series.Ids().ToArray());
    }

    private bool IsMatch(int id, ValueFilter filter)
    {
        var name = index.Pairs.FindName(filter.Name);
        var value = name < 0 ? default : index.ValueOf(id, name);
        return value.IsEmpty ? filter.MatchesAbsent : filter.IsMatch(value);
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

    private int[] Narrow(int[] ids, ValueFilter filter, CancellationToken cancellationToken) =>
        filter.Words is null && ValuesOf(filter) > (long)ids.Length * ValuesPerSeries
            ? Filter(ids, filter, cancellationToken)
            : IdSets.Intersect(ids, Having(filter, wanted: true, cancellationToken));

    private int[] Filter(int[] ids, ValueFilter filter, CancellationToken cancellationToken)
    {
        var name = index.Pairs.FindName(filter.Name);
        var looked = 0;
        return Array.FindAll(ids, id =>
        {
            if (++looked % ValuesBetweenChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return filter.IsMatch(index.ValueOf(id, name));
        });
    }

    private int ValuesOf(ValueFilter filter)
    {
        var name = index.Pairs.FindName(filter.Name);
        return name < 0 ? 0 : index.Pairs.Names[name].Pairs.Count;
    }

    private int EstimateOf(ValueFilter filter)
    {
        var count = 0;
        foreach (var pair in PairsWith(filter, wanted: true, CancellationToken.None))
        {
            count += index.Pairs[pair].Series.Count;
        }

        return count;
    }

    /// <summary>The series whose label is there and matches, or is there and does not.</summary>
    private int[] Having(ValueFilter filter, bool wanted, CancellationToken cancellationToken)
    {
        var pairs = PairsWith(filter, wanted, cancellationToken);
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

    private List<int> PairsWith(ValueFilter filter, bool wanted, CancellationToken cancellationToken)
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

        var looked = 0;
        foreach (var pair in index.Pairs.Names[name].Pairs)
        {
            if (++looked % ValuesBetweenChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (filter.IsMatch(index.Pairs.ValueOf(pair)) == wanted)
            {
                found.Add(pair);
            }
        }

        return found;
    }
}
