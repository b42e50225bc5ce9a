using Toka.Core.Labels;

namespace Toka.TimeSeries.Index;

/// <summary>The series of some matchers, ordered by labels. Immutable.</summary>
internal sealed record Selection(LabelMatcher[] Matchers, int[] Ids, int[] Incarnations, LabelSet[] Labels, long Generation, long Removals);

/// <summary>
/// Selections kept for repeated queries, the last used first: 64 entries and 65 536 series at most. New series are matched
/// and put in; a removal makes entries invalid. Thread-safe: it takes the head's lock for what it asks the index, a slice of
/// the series at a time, so that writers do not wait for a large selection; what is sorted is sorted outside.
/// </summary>
/// <param name="index">The series.</param>
/// <param name="turn">The head's lock.</param>
internal sealed class SelectionCache(SeriesIndex index, IndexTurn turn)
{
    /// <summary>The most series that are kept. Above so many, looking for some takes no less than looking for all.</summary>
    public const int SeriesMax = 65_536;

    private const int EntriesMax = 64;

    /// <summary>Labels are read of so many series before the head's lock is let go of: some 0.3 ms.</summary>
    public const int SliceSeries = 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<Selection> _entries = new();
    private int _series;

    /// <summary>The series of these matchers now. The head's lock is not held.</summary>
    /// <param name="matchers">The matchers.</param>
    /// <param name="check">Sees a selection made anew while it has no labels yet, and throws where it is too large; null for none.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public Selection Get(IReadOnlyList<LabelMatcher> matchers, Action<Selection>? check, CancellationToken cancellationToken)
    {
        var known = Find(matchers);
        var (found, isWhole) = Ask(known, matchers, cancellationToken);
        if (found.Ids.Length == 0 && !isWhole)
        {
            // Nothing has come since.
            return Keep(known! with { Generation = found.Generation });
        }

        if (isWhole)
        {
            check?.Invoke(found);
        }

        var selection = WithLabels(found, cancellationToken);
        return Keep(isWhole ? selection : Joined(known!, selection));
    }

    /// <summary>At most so many of the series of these matchers, whichever; not kept. The head's lock is not held.</summary>
    /// <param name="matchers">All of these must match.</param>
    /// <param name="limit">The most.</param>
    /// <param name="isWanted">Decides on each series that matches; called under the head's lock.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public Selection Some(IReadOnlyList<LabelMatcher> matchers, int limit, Func<int, bool> isWanted, CancellationToken cancellationToken)
    {
        var found = turn.Run(inside =>
        {
            var generation = index.Generation;
            return Found([.. matchers], new Selector(index, inside, cancellationToken).Some(matchers, limit, isWanted), generation);
        });
        return WithLabels(found, cancellationToken);
    }

    private Selection? Find(IReadOnlyList<LabelMatcher> matchers)
    {
        lock (_lock)
        {
            for (var node = _entries.First; node is not null; node = node.Next)
            {
                if (LabelMatcher.AreSame(node.Value.Matchers, matchers))
                {
                    return node.Value;
                }
            }
        }

        return null;
    }

    /// <summary>
    /// The series, not in order and without labels: all, or those that have come since a selection was made. The generation is
    /// that of the beginning: who comes during the search may be among the found and is looked at again the next time.
    /// </summary>
    private (Selection Found, bool IsWhole) Ask(Selection? known, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellationToken) => turn.Run(inside =>
    {
        var generation = index.Generation;
        var selector = new Selector(index, inside, cancellationToken);
        if (known is null || known.Removals != index.Removals || !index.TryCreatedSince(known.Generation, out var created))
        {
            return (Found([.. matchers], selector.Resolve(matchers), generation), true);
        }

        var more = selector.Among(created, matchers);
        return (Found(known.Matchers, more.Length == 0 ? [] : [.. more.Except(known.Ids)], generation), false);
    });

    private Selection Found(LabelMatcher[] matchers, int[] ids, long generation) =>
        new(matchers, ids, Array.ConvertAll(ids, index.IncarnationOf), [], generation, index.Removals);

    /// <summary>The same series in the order of their labels; those that have gone meanwhile are left out.</summary>
    private Selection WithLabels(Selection found, CancellationToken cancellationToken)
    {
        var (labels, places) = (new List<LabelSet>(found.Ids.Length), new List<(int Id, int Incarnation)>(found.Ids.Length));
        for (var from = 0; from < found.Ids.Length; from += SliceSeries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            turn.Look(() =>
            {
                for (var i = from; i < Math.Min(from + SliceSeries, found.Ids.Length); i++)
                {
                    if (index.IncarnationOf(found.Ids[i]) == found.Incarnations[i])
                    {
                        labels.Add(index.LabelsOf(found.Ids[i]));
                        places.Add((found.Ids[i], found.Incarnations[i]));
                    }
                }
            });
        }

        return Sorted(found, [.. labels], [.. places]);
    }

    private static Selection Joined(Selection known, Selection more) => Sorted(
        more,
        [.. known.Labels, .. more.Labels],
        [.. known.Ids.Zip(known.Incarnations), .. more.Ids.Zip(more.Incarnations)]);

    private static Selection Sorted(Selection of, LabelSet[] labels, (int Id, int Incarnation)[] places)
    {
        Array.Sort(labels, places);
        return of with
        {
            Ids = Array.ConvertAll(places, static place => place.Id),
            Incarnations = Array.ConvertAll(places, static place => place.Incarnation),
            Labels = labels,
        };
    }

    /// <summary>Keeps a selection in the place of an older one of the same matchers.</summary>
    private Selection Keep(Selection selection)
    {
        lock (_lock)
        {
            for (var node = _entries.First; node is not null; node = node.Next)
            {
                if (LabelMatcher.AreSame(node.Value.Matchers, selection.Matchers))
                {
                    _entries.Remove(node);
                    _series -= node.Value.Ids.Length;
                    break;
                }
            }

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
        }

        return selection;
    }
}
