using Toka.Core.Labels;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Blocks;

/// <summary>Finds the series of a block that matchers select, over the mapped index. Made for one selection.</summary>
/// <param name="labels">Names and values.</param>
/// <param name="series">The series.</param>
/// <param name="seriesCount">How many there are.</param>
/// <param name="cancellationToken">Ends the search: seen before each value that is matched, for a pattern may be slow.</param>
internal sealed class BlockSelector(BlockLabels labels, SeriesTable series, int seriesCount, CancellationToken cancellationToken)
{
    /// <summary>Looking at one series costs as much as about so many bytes of a list.</summary>
    private const int ListBytesPerSeries = 16;

    /// <summary>Above one value to this many series, the values of the series are looked at instead of all values.</summary>
    private const int ValuesPerSeries = 4;

    /// <summary>With so many lists, and more than one series in so many, a bitmap orders them faster than sorting.</summary>
    private const int BitmapLists = 8;
    private const int BitmapShare = 32;

    /// <summary>A matcher with the number of its label; what it matches is found when it is first needed.</summary>
    private sealed class Condition(ValueFilter filter, int name)
    {
        public ValueFilter Filter => filter;

        public int Name => name;

        /// <summary>The values that match, or for a condition that the absent label meets too, those that do not.</summary>
        public List<ValueEntry>? Values { get; set; }

        public long Series => Values?.Sum(static v => (long)v.Series) ?? long.MaxValue;

        public long ListBytes => Values!.Sum(static v => (long)v.PostingBytes);
    }

    /// <summary>The ordinals of the series which match all matchers, ascending.</summary>
    public int[] Resolve(IReadOnlyList<LabelMatcher> matchers)
    {
        var (required, excluding) = (new List<Condition>(), new List<Condition>());
        foreach (var filter in matchers.Select(static m => new ValueFilter(m)).Where(static f => !f.MatchesAll))
        {
            var name = labels.FindName(filter.Name);
            if (!filter.MatchesAbsent && name < 0)
            {
                return [];
            }

            if (name >= 0)
            {
                var condition = new Condition(filter, name);
                condition.Values = Words(condition, wanted: !filter.MatchesAbsent);
                (filter.MatchesAbsent ? excluding : required).Add(condition);
            }
        }

        // Lists of words first: they are looked up; patterns then often have few series left to look at.
        int[]? ordinals = null;
        foreach (var condition in required.OrderBy(static c => c.Series))
        {
            ordinals = ordinals is null ? Union(ValuesOf(condition, wanted: true)) : Narrow(ordinals, condition, wanted: true);
            if (ordinals.Length == 0)
            {
                return ordinals;
            }
        }

        ordinals ??= All();
        foreach (var condition in excluding)
        {
            ordinals = Narrow(ordinals, condition, wanted: false);
        }

        return ordinals;
    }

    private int[] Narrow(int[] ordinals, Condition condition, bool wanted)
    {
        if (condition.Values is null && labels.ValueCountOf(condition.Name) > (long)ordinals.Length * ValuesPerSeries)
        {
            return FilterByValue(ordinals, condition);
        }

        var values = ValuesOf(condition, wanted);
        if (values.Count == 0)
        {
            return wanted ? [] : ordinals;
        }

        if (condition.ListBytes > (long)ordinals.Length * ListBytesPerSeries)
        {
            return FilterByRank(ordinals, condition.Name, values, wanted);
        }

        if (!wanted)
        {
            return IdSets.Subtract(ordinals, Union(values));
        }

        return values.Count == 1 && values[0].Series > 1
            ? ordinals[..labels.PostingsOf(values[0], seriesCount).Intersect(ordinals)]
            : IdSets.Intersect(ordinals, Union(values));
    }

    /// <summary>Looks at the value of each series.</summary>
    private int[] FilterByValue(int[] ordinals, Condition condition)
    {
        var known = new Dictionary<int, bool>();
        var text = new byte[128];
        return Array.FindAll(ordinals, ordinal =>
        {
            var rank = series.RankOf(ordinal, condition.Name);
            if (!known.TryGetValue(rank, out var matches))
            {
                var length = rank < 0 ? 0 : labels.CopyValue(condition.Name, rank, ref text, 0);
                cancellationToken.ThrowIfCancellationRequested();
                matches = rank < 0 ? condition.Filter.MatchesAbsent : condition.Filter.IsMatch(text.AsSpan(0, length));
                known.Add(rank, matches);
            }

            return matches;
        });
    }

    /// <summary>Looks at the rank of each series' value.</summary>
    private int[] FilterByRank(int[] ordinals, int name, List<ValueEntry> values, bool wanted)
    {
        var listed = new bool[labels.ValueCountOf(name)];
        foreach (var value in values)
        {
            listed[value.Rank] = true;
        }

        return Array.FindAll(ordinals, ordinal => series.RankOf(ordinal, name) is var rank && (rank >= 0 && listed[rank]) == wanted);
    }

    private List<ValueEntry> ValuesOf(Condition condition, bool wanted) => condition.Values ??= Scan(condition, wanted);

    /// <summary>The entries of the filter's words where these are what is looked for, else null.</summary>
    private List<ValueEntry>? Words(Condition condition, bool wanted)
    {
        if (condition.Filter.Words is not { } words || wanted == condition.Filter.IsNegative)
        {
            return null;
        }

        var found = new List<ValueEntry>();
        foreach (var word in words)
        {
            if (word.Length > 0 && labels.TryFind(condition.Name, word.Span, out var entry))
            {
                found.Add(entry);
            }
        }

        return found;
    }

    private List<ValueEntry> Scan(Condition condition, bool wanted)
    {
        // Values lie in their order: those of a common beginning lie together.
        var prefix = wanted != condition.Filter.IsNegative ? condition.Filter.Prefix : [];
        var found = new List<ValueEntry>();
        using var walk = labels.WalkFrom(condition.Name, prefix);
        while (walk.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (condition.Filter.IsMatch(walk.Text) == wanted)
            {
                found.Add(walk.Entry);
            }
            else if (!walk.Text.StartsWith(prefix) && walk.Text.SequenceCompareTo(prefix) > 0)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The series of some values. A series has one value of a label, so the lists have none in common.</summary>
    private int[] Union(List<ValueEntry> values)
    {
        var total = values.Sum(static v => (long)v.Series);
        if (total > seriesCount)
        {
            throw new InvalidDataException("the values of a label have more series than there are");
        }

        if (values.Count > BitmapLists && total > seriesCount / BitmapShare)
        {
            return UnionByBitmap(values, (int)total);
        }

        var ordinals = new int[total];
        var (at, ascending) = (0, true);
        foreach (var value in values)
        {
            var before = at;
            at += CopyTo(value, ordinals.AsSpan(at));
            ascending &= before == 0 || at == before || ordinals[before - 1] < ordinals[before];
        }

        if (!ascending)
        {
            Array.Sort(ordinals);
        }

        return ordinals;
    }

    private int CopyTo(in ValueEntry value, Span<int> into)
    {
        if (value.Series == 1)
        {
            into[0] = value.Posting < seriesCount ? value.Posting : throw new InvalidDataException("a value names a series that is not there");
            return 1;
        }

        return labels.PostingsOf(value, seriesCount).CopyTo(into[..value.Series]) == value.Series
            ? value.Series
            : throw new InvalidDataException("a list of series is shorter than was said");
    }

    private int[] UnionByBitmap(List<ValueEntry> values, int total)
    {
        var bits = new ulong[(seriesCount + 63) / 64];
        foreach (var value in values)
        {
            if (value.Series == 1)
            {
                bits[value.Posting / 64] |= 1UL << value.Posting;
                continue;
            }

            var list = labels.PostingsOf(value, seriesCount);
            while (list.MoveNext())
            {
                for (var ordinal = list.Start; ordinal < list.End; ordinal++)
                {
                    bits[ordinal / 64] |= 1UL << ordinal;
                }
            }
        }

        var ordinals = new int[total];
        var count = 0;
        for (var i = 0; i < bits.Length; i++)
        {
            for (var word = bits[i]; word != 0; word &= word - 1)
            {
                ordinals[count++] = (i * 64) + System.Numerics.BitOperations.TrailingZeroCount(word);
            }
        }

        return count == total ? ordinals : throw new InvalidDataException("two values of a label have a series in common");
    }

    private int[] All()
    {
        var ordinals = new int[seriesCount];
        for (var i = 0; i < ordinals.Length; i++)
        {
            ordinals[i] = i;
        }

        return ordinals;
    }
}
