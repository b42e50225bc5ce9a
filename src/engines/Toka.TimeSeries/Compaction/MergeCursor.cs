using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>One input block on the way through its series in the order of labels.</summary>
/// <param name="block">The block.</param>
/// <param name="removed">The series to remove samples of, ascending.</param>
internal sealed class MergeCursor(Block block, int[] removed) : IComparable<MergeCursor>
{
    private byte[] _labels = new byte[512];
    private int _labelsLength;
    private int _nextRemoved;

    /// <summary>The block.</summary>
    public Block Block => block;

    /// <summary>The current series.</summary>
    public int Ordinal { get; private set; } = -1;

    /// <summary>The labels of the current series.</summary>
    public ReadOnlySpan<byte> Labels => _labels.AsSpan(0, _labelsLength);

    /// <summary>Whether samples of the current series are to be removed.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Goes to the next series.</summary>
    public bool MoveNext()
    {
        if (++Ordinal >= block.Info.Series)
        {
            return false;
        }

        var labels = block.EncodedLabelsOf(Ordinal, ref _labels);
        _labelsLength = labels.Length;
        while (_nextRemoved < removed.Length && removed[_nextRemoved] < Ordinal)
        {
            _nextRemoved++;
        }

        IsRemoved = _nextRemoved < removed.Length && removed[_nextRemoved] == Ordinal;
        return true;
    }

    /// <summary>By labels, and for the same series by sequence.</summary>
    public int CompareTo(MergeCursor? other)
    {
        var order = LabelOrder.Compare(Labels, other!.Labels);
        return order != 0 ? order : block.Info.Sequence.CompareTo(other.Block.Info.Sequence);
    }
}
