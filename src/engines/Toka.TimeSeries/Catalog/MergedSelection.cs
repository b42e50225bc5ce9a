using Toka.Core.Labels;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Catalog;

/// <summary>
/// Series of the head and of blocks, merged by labels. Each series has an entry; the order is a list of entries, so what a
/// block adds in the middle moves nothing but that list.
/// </summary>
internal sealed class MergedSelection
{
    private readonly List<LabelSet> _labels = [];
    private readonly List<(Block Block, int[] Ordinals)> _blocks = [];
    private byte[] _scratch = new byte[512];
    private readonly int _headCount;
    private List<int> _order;
    private int[]? _bySequence;

    /// <summary>Begins with the series of the head.</summary>
    /// <param name="head">Their labels, ascending.</param>
    public MergedSelection(IEnumerable<LabelSet> head)
    {
        _labels.AddRange(head);
        _headCount = _labels.Count;
        _order = [.. Enumerable.Range(0, _headCount)];
    }

    /// <summary>The number of series.</summary>
    public int Count => _order.Count;

    /// <summary>The labels of a series.</summary>
    public LabelSet LabelsOf(int index) => _labels[_order[index]];

    /// <summary>The place of a series among those of the head; −1 where it is only in blocks.</summary>
    public int HeadPlaceOf(int index) => _order[index] < _headCount ? _order[index] : -1;

    /// <summary>The blocks, in the order of their adding.</summary>
    public int BlockCount => _blocks.Count;

    /// <summary>The numbers of the blocks in the order of their writing; once all blocks have been added. Thread-safe.</summary>
    public int[] BySequence => _bySequence ??= [.. Enumerable.Range(0, _blocks.Count).OrderBy(number => _blocks[number].Block.Info.Sequence)];

    /// <summary>Where a block has a series.</summary>
    /// <param name="index">The series.</param>
    /// <param name="number">Which block.</param>
    /// <param name="block">The block.</param>
    /// <returns>The ordinal in the block; −1 where it does not have it.</returns>
    public int OrdinalOf(int index, int number, out Block block)
    {
        (block, var ordinals) = _blocks[number];
        var entry = _order[index];
        return entry < ordinals.Length ? ordinals[entry] - 1 : -1;
    }

    /// <summary>Forgets all series but the first ones.</summary>
    /// <param name="count">How many stay, if there are so many.</param>
    public void Truncate(int count)
    {
        if (_order.Count > count)
        {
            _order.RemoveRange(count, _order.Count - count);
        }
    }

    /// <summary>Merges the series of a block in.</summary>
    /// <param name="block">The block.</param>
    /// <param name="found">Their ordinals, ascending and so in the order of labels.</param>
    /// <returns>How many they are.</returns>
    public int Add(Block block, ReadOnlySpan<int> found)
    {
        if (found.IsEmpty)
        {
            return 0;
        }

        var order = new List<int>(Math.Max(_order.Count, found.Length));
        var ordinals = new int[_labels.Count + found.Length];
        var at = 0;
        foreach (var ordinal in found)
        {
            var encoded = block.EncodedLabelsOf(ordinal, ref _scratch);
            var comparison = -1;
            while (at < _order.Count && (comparison = LabelOrder.Compare(_labels[_order[at]].Encoded, encoded)) < 0)
            {
                order.Add(_order[at++]);
            }

            int entry;
            if (at < _order.Count && comparison == 0)
            {
                entry = _order[at++];
            }
            else
            {
                entry = _labels.Count;
                _labels.Add(LabelSet.FromEncoded(encoded));
            }

            order.Add(entry);
            ordinals[entry] = ordinal + 1;
        }

        order.AddRange(_order.Skip(at));
        _order = order;
        _blocks.Add((block, ordinals));
        return found.Length;
    }
}
