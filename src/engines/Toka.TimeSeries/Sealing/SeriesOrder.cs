using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Head;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Sealing;

/// <summary>
/// Puts the head's series in the order of their labels. Every label pair gets its rank among the pairs first; a series is
/// then compared as a list of ranks. So each pair's text is compared once, not once a series, and what is copied out of the
/// index for it is 4 bytes a label and each pair once.
/// </summary>
internal sealed class SeriesOrder
{
    /// <summary>Series copied under the lock at one time: some 0.2 ms.</summary>
    private const int SliceSeries = 2048;

    private readonly ListArena _lists = new();
    private readonly ByteArena _texts = new();
    private readonly PagedArray<PairText> _pairs = new();
    private readonly List<int> _known = [];
    private readonly List<(int Id, uint List)> _series = [];
    private int _pairsEnd;

    /// <summary>The ids of the series of which a seal would write something, by labels. Nothing may be removed from the index meanwhile.</summary>
    /// <param name="index">The series.</param>
    /// <param name="head">Their samples.</param>
    /// <param name="headLock">Guards both.</param>
    /// <param name="boundary">What is older is sealed.</param>
    public static int[] Of(SeriesIndex index, SampleHead head, Lock headLock, long boundary)
    {
        var order = new SeriesOrder();
        for (var from = 0; ; from += SliceSeries)
        {
            lock (headLock)
            {
                if (from >= index.End)
                {
                    break;
                }

                order.Copy(index, head, from, Math.Min(from + SliceSeries, index.End), boundary);
            }
        }

        return order.Sorted();
    }

    private void Copy(SeriesIndex index, SampleHead head, int from, int end, long boundary)
    {
        for (var id = from; id < end; id++)
        {
            if (!index.IsLive(id) || !head.HasToSeal(id, boundary))
            {
                continue;
            }

            var pairs = index.PairsOf(id);
            _series.Add((id, _lists.Add(pairs)));
            foreach (var pair in pairs)
            {
                Know(index.Pairs, pair);
            }
        }
    }

    private void Know(LabelPairs pairs, int pair)
    {
        while (pair >= _pairsEnd)
        {
            _pairs.Ensure(_pairsEnd);
            _pairs[_pairsEnd++].Length = -1;
        }

        ref var text = ref _pairs[pair];
        if (text.Length < 0)
        {
            var bytes = pairs.BytesOf(pair);
            (text.Address, text.Length) = (_texts.Add(bytes), bytes.Length);
            _known.Add(pair);
        }
    }

    private int[] Sorted()
    {
        _known.Sort((a, b) => LabelOrder.Compare(TextOf(a), TextOf(b)));
        for (var rank = 0; rank < _known.Count; rank++)
        {
            _pairs[_known[rank]].Rank = rank;
        }

        _series.Sort(Compare);
        return [.. _series.Select(static s => s.Id)];
    }

    private ReadOnlySpan<byte> TextOf(int pair) => _texts.Get(_pairs[pair].Address, _pairs[pair].Length);

    private int Compare((int Id, uint List) a, (int Id, uint List) b)
    {
        var mine = _lists.Get(a.List);
        var theirs = _lists.Get(b.List);
        for (var i = 0; i < mine.Length && i < theirs.Length; i++)
        {
            if (mine[i] != theirs[i])
            {
                return _pairs[mine[i]].Rank.CompareTo(_pairs[theirs[i]].Rank);
            }
        }

        return mine.Length.CompareTo(theirs.Length);
    }

    private struct PairText
    {
        public uint Address;
        public int Length;
        public int Rank;
    }
}
