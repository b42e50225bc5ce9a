using Toka.Core.Samples;

namespace Toka.TimeSeries.Columns;

/// <summary>
/// The layouts of a payload, and in which columns their buckets lie. Layouts of one schema, zero threshold and list of bounds
/// are a group: a growing histogram has a new layout with each new bucket, and its old buckets go on in their columns.
/// </summary>
internal sealed class LayoutGroups
{
    private readonly List<Group> _groups = [];
    private readonly int[] _groupOf;
    private readonly int[][] _columns;

    /// <summary>Groups layouts that keep <see cref="HistogramRule"/>.</summary>
    public LayoutGroups(IReadOnlyList<HistogramLayout> layouts)
    {
        _groupOf = new int[layouts.Count];
        _columns = new int[layouts.Count][];
        for (var i = 0; i < layouts.Count; i++)
        {
            var layout = layouts[i];
            var at = _groups.FindIndex(g => g.Fits(layout));
            if (at < 0)
            {
                at = _groups.Count;
                _groups.Add(new Group(layout));
            }

            _groupOf[i] = at;
            _groups[at].Take(layout);
        }

        foreach (var group in _groups)
        {
            group.Number();
        }

        for (var i = 0; i < layouts.Count; i++)
        {
            _columns[i] = _groups[_groupOf[i]].ColumnsOf(layouts[i]);
        }
    }

    /// <summary>The number of groups.</summary>
    public int Count => _groups.Count;

    /// <summary>The group of a layout.</summary>
    public int GroupOf(int layout) => _groupOf[layout];

    /// <summary>The columns of a group: one for each bucket that any of its layouts has.</summary>
    public int WidthOf(int group) => _groups[group].Width;

    /// <summary>The column of each bucket of a layout, in its group.</summary>
    public ReadOnlySpan<int> ColumnsOf(int layout) => _columns[layout];

    private sealed class Group(HistogramLayout first)
    {
        private readonly SortedDictionary<long, int> _columns = [];

        public int Width => _columns.Count;

        public bool Fits(HistogramLayout layout) =>
            layout.Schema == first.Schema
            && BitConverter.DoubleToUInt64Bits(layout.ZeroThreshold) == BitConverter.DoubleToUInt64Bits(first.ZeroThreshold)
            && layout.CustomValues.SequenceEqual(first.CustomValues);

        public void Take(HistogramLayout layout)
        {
            foreach (var key in KeysOf(layout))
            {
                _columns.TryAdd(key, 0);
            }
        }

        public void Number()
        {
            var next = 0;
            foreach (var key in _columns.Keys.ToArray())
            {
                _columns[key] = next++;
            }
        }

        public int[] ColumnsOf(HistogramLayout layout) => Array.ConvertAll(KeysOf(layout), key => _columns[key]);

        /// <summary>A key for each bucket: positive ones by their index, then negative ones by theirs.</summary>
        private static long[] KeysOf(HistogramLayout layout)
        {
            var keys = new long[layout.BucketCount];
            Fill(layout.PositiveSpans, 0, keys);
            Fill(layout.NegativeSpans, 1L << 40, keys.AsSpan(layout.PositiveCount));
            return keys;
        }

        private static void Fill(ReadOnlySpan<HistogramSpan> spans, long key, Span<long> keys)
        {
            var at = 0;
            foreach (var span in spans)
            {
                key += span.Offset;
                for (var i = 0; i < span.Length; i++)
                {
                    keys[at++] = key++;
                }
            }
        }
    }
}
