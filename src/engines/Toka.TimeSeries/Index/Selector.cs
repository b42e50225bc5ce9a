using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>
/// Finds the series that matchers select: one search, in one run of an <see cref="IndexTurn"/>. Patterns are matched outside
/// the head's lock; what is looked up or counted is done under it, a piece at a time.
/// </summary>
/// <param name="index">The series.</param>
/// <param name="turn">The run.</param>
/// <param name="cancellationToken">Ends the search: an expression may be slow, and match few of a million values.</param>
internal sealed class Selector(SeriesIndex index, IndexTurn.Inside turn, CancellationToken cancellationToken)
{
    /// <summary>Below one series to this many values, the series are looked at instead of the values.</summary>
    private const int ValuesPerSeries = 4;

    /// <summary>So many series or pairs are looked at before a writer is let in: some tens of microseconds.</summary>
    private const int LookedAtOnce = 256;

    private readonly ValueBatch _batch = new();

    /// <summary>The series which match all matchers, ids ascending.</summary>
    public int[] Resolve(IReadOnlyList<LabelMatcher> matchers)
    {
        var filters = FiltersOf(matchers);
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

    /// <summary>Those of some series which match all matchers, in their order.</summary>
    public int[] Among(int[] ids, IReadOnlyList<LabelMatcher> matchers)
    {
        foreach (var filter in FiltersOf(matchers))
        {
            ids = Filter(ids, filter);
        }

        return ids;
    }

    /// <summary>
    /// Some of the series which match all matchers, in no order: when there are enough, no further ones are looked at.
    /// </summary>
    /// <param name="matchers">All of these must match.</param>
    /// <param name="limit">The most.</param>
    /// <param name="isWanted">Decides on each series that matches.</param>
    public int[] Some(IReadOnlyList<LabelMatcher> matchers, int limit, Func<int, bool> isWanted)
    {
        var filters = FiltersOf(matchers);
        var found = new List<int>(Math.Min(limit, 1024));
        foreach (var looked in Candidates(filters).Chunk(LookedAtOnce))
        {
            var ids = Array.FindAll(looked, index.IsLive);
            foreach (var filter in filters)
            {
                ids = Filter(ids, filter);
            }

            found.AddRange(ids.Where(isWanted).Take(limit - found.Count));
            if (found.Count == limit)
            {
                break;
            }

            turn.Breathe();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return [.. found];
    }

    /// <summary>Whether a matcher leaves every series there is: all of them have the label, and every value of it matches.</summary>
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

        var having = 0L;
        foreach (var pair in PairsWith(filter, wanted: true))
        {
            having += index.Pairs[pair].Series.Count;
        }

        return having == index.Count;
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

    private static ValueFilter[] FiltersOf(IReadOnlyList<LabelMatcher> matchers) =>
        [.. matchers.Select(static m => new ValueFilter(m)).Where(static f => !f.MatchesAll)];

    /// <summary>The series that the narrowest filter leaves, one value after the other; all ids where none narrows. Lists of words come before patterns: they are looked up.</summary>
    private IEnumerable<int> Candidates(ValueFilter[] filters)
    {
        var narrowing = filters.Where(static f => !f.MatchesAbsent && !f.MatchesAny).ToArray();
        var best = narrowing.Where(static f => f.Words is not null).MinBy(EstimateOf) ?? narrowing.FirstOrDefault();
        return best is null
            ? Enumerable.Range(0, index.End)
            : PairsWith(best, wanted: true).SelectMany(pair => index.Pairs[pair].Series.Ids().ToArray());
    }

    private int[] Narrow(int[] ids, ValueFilter filter) =>
        filter.Words is null && ValuesOf(filter) > (long)ids.Length * ValuesPerSeries
            ? Filter(ids, filter)
            : IdSets.Intersect(ids, Having(filter, wanted: true));

    /// <summary>Looks at the value of each series.</summary>
    private int[] Filter(int[] ids, ValueFilter filter)
    {
        var name = index.Pairs.FindName(filter.Name);
        var found = new List<int>(ids.Length);
        foreach (var id in ids)
        {
            _batch.Add(id, name < 0 ? default : index.ValueOf(id, name));
            if (_batch.IsFull)
            {
                MatchBatch(filter, wanted: true, found);
            }
        }

        MatchBatch(filter, wanted: true, found);
        return [.. found];
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

        turn.Outside(() => Array.Sort(ids));
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

        var pairs = index.Pairs.Names[name].Pairs;
        if (filter.MatchesAny)
        {
            return wanted ? [.. pairs] : found;
        }

        // By place, for pairs come to the end of the list while the search is outside.
        for (var i = 0; i < pairs.Count; i++)
        {
            _batch.Add(pairs[i], index.Pairs.ValueOf(pairs[i]));
            if (_batch.IsFull)
            {
                MatchBatch(filter, wanted, found);
            }
        }

        MatchBatch(filter, wanted, found);
        return found;
    }

    private void MatchBatch(ValueFilter filter, bool wanted, List<int> found)
    {
        if (!_batch.IsEmpty)
        {
            turn.Outside(() => _batch.Match(filter, wanted, cancellationToken));
            found.AddRange(_batch.Matched);
        }
    }
}
