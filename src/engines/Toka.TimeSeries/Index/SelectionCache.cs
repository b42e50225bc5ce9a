using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>The series of some matchers, ordered by labels. Immutable.</summary>
internal sealed record Selection(LabelMatcher[] Matchers, int[] Ids, int[] Incarnations, LabelSet[] Labels, long Generation, long Removals);

/// <summary>
/// Selections kept for repeated queries, the last used first: 64 entries and 65 536 series at most. New series are matched
/// and put in; a removal makes entries invalid. Called under the head's lock.
/// </summary>
internal sealed class SelectionCache(SeriesIndex index, Selector selector)
{
    private const int EntriesMax = 64;
    private const int SeriesMax = 65_536;

    private readonly LinkedList<Selection> _entries = new();
    private int _series;

    /// <summary>The series of these matchers now.</summary>
    public Selection Get(IReadOnlyList<LabelMatcher> matchers)
    {
        for (var node = _entries.First; node is not null; node = node.Next)
        {
            if (!IsSame(node.Value.Matchers, matchers))
            {
                continue;
            }

            _entries.Remove(node);
            _series -= node.Value.Ids.Length;
            return Keep(TryRefresh(node.Value) ?? Resolve(matchers));
        }

        return Keep(Resolve(matchers));
    }

    private Selection? TryRefresh(Selection known)
    {
        if (known.Removals != index.Removals || !index.TryCreatedSince(known.Generation, out var created))
        {
            return null;
        }

        var added = Array.FindAll(created, id => Selector.IsMatch(index.LabelsOf(id), known.Matchers));
        return added.Length == 0
            ? known with { Generation = index.Generation }
            : Make(known.Matchers, [.. known.Ids, .. added], [.. known.Labels, .. added.Select(index.LabelsOf)]);
    }

    private Selection Resolve(IReadOnlyList<LabelMatcher> matchers)
    {
        var ids = selector.Resolve(matchers);
        return Make([.. matchers], ids, Array.ConvertAll(ids, index.LabelsOf));
    }

    private Selection Make(LabelMatcher[] matchers, int[] ids, LabelSet[] labels)
    {
        Array.Sort(labels, ids);
        return new Selection(matchers, ids, Array.ConvertAll(ids, index.IncarnationOf), labels, index.Generation, index.Removals);
    }

    private Selection Keep(Selection selection)
    {
        if (selection.Ids.Length > SeriesMax)
        {
            return selection;
        }

        _entries.AddFirst(selection);
        _series += selection.Ids.Length;
        while (_entries.Count > EntriesMax || _series > SeriesMax)
        {
            _series -= _entries.Last!.Value.Ids.Length;
            _entries.RemoveLast();
        }

        return selection;
    }

    private static bool IsSame(LabelMatcher[] a, IReadOnlyList<LabelMatcher> b)
    {
        if (a.Length != b.Count)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (a[i].Operator != b[i].Operator || a[i].Name != b[i].Name || a[i].Value != b[i].Value)
            {
                return false;
            }
        }

        return true;
    }
}
