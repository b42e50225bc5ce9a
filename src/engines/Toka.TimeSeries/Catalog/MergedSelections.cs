using Toka.Core.Labels;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Index;
using Toka.TimeSeries.Reading;

namespace Toka.TimeSeries.Catalog;

/// <summary>A block and the series that were found in it, ascending.</summary>
internal readonly record struct BlockPart(Block Block, int[] Ordinals);

/// <summary>
/// Merged selections kept for repeated queries, the last used first: a dashboard asks the same of the same blocks again and
/// again, and merging compares the labels of every series in every block. Thread-safe.
/// </summary>
internal sealed class MergedSelections
{
    /// <summary>Selections kept: the panels of one dashboard.</summary>
    private const int EntriesMax = 32;

    /// <summary>Series kept in all of them, for each one of its blocks, and those of the head's selections: 2 MiB of places, and some 8 MiB of labels at most.</summary>
    private const long PlacesMax = 512 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _entries = new();
    private long _places;

    /// <summary>The number of selections kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The merged selection of the same series of the same parts; null for none.</summary>
    public MergedSelection? Find(IReadOnlyList<LabelMatcher> matchers, in HeadSelection head, List<BlockPart> parts)
    {
        lock (_lock)
        {
            for (var node = _entries.First; node is not null; node = node.Next)
            {
                if (node.Value.IsOf(matchers, head, parts))
                {
                    _entries.Remove(node);
                    _entries.AddFirst(node);
                    return node.Value.Merged;
                }
            }

            return null;
        }
    }

    /// <summary>Keeps a merged selection, which is not changed any more.</summary>
    public void Keep(IReadOnlyList<LabelMatcher> matchers, in HeadSelection head, List<BlockPart> parts, MergedSelection merged)
    {
        // A selection of the head that its cache does not keep is another object each time: it would be kept and never found.
        var entry = new Entry([.. matchers], head, [.. parts], merged);
        if (head.Series.Ids.Length > SelectionCache.SeriesMax || entry.Places > PlacesMax / 2)
        {
            return;
        }

        lock (_lock)
        {
            _entries.AddFirst(entry);
            _places += entry.Places;
            while (_entries.Count > EntriesMax || _places > PlacesMax)
            {
                _places -= _entries.Last!.Value.Places;
                _entries.RemoveLast();
            }
        }
    }

    private sealed record Entry(LabelMatcher[] Matchers, HeadSelection Head, BlockPart[] Parts, MergedSelection Merged)
    {
        public long Places => ((long)Merged.Count * (1 + Parts.Length)) + Head.Series.Ids.Length;

        public bool IsOf(IReadOnlyList<LabelMatcher> matchers, in HeadSelection head, List<BlockPart> parts)
        {
            if (parts.Count != Parts.Length || !ReferenceEquals(head.Series.Labels, Head.Series.Labels) || !LabelMatcher.AreSame(Matchers, matchers)
                || (head.Chosen is null) != (Head.Chosen is null) || !head.Chosen.AsSpan().SequenceEqual(Head.Chosen))
            {
                return false;
            }

            for (var i = 0; i < Parts.Length; i++)
            {
                if (!ReferenceEquals(parts[i].Block, Parts[i].Block) || !parts[i].Ordinals.AsSpan().SequenceEqual(Parts[i].Ordinals))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
