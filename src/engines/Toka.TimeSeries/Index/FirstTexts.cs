using System.Text;

namespace Toka.TimeSeries.Index;

/// <summary>
/// The first of many names or values, each once, in the order of their bytes, as Prometheus lists them. Holds little more than
/// twice as many as are asked for, whatever it is given. Not thread-safe.
/// </summary>
/// <param name="limit">The most; 0 for all.</param>
internal sealed class FirstTexts(int limit)
{
    /// <summary>Below so many it is not worth sorting to find who is too late.</summary>
    private const int KeptAtLeast = 1024;

    private readonly HashSet<byte[]> _texts = new(Utf8Comparer.Instance);
    private byte[]? _last;

    /// <summary>Takes a text, unless there are enough before it.</summary>
    /// <param name="utf8">The text.</param>
    /// <returns>Whether it is among the first so far; of texts that come in order, none behind one that is not will be.</returns>
    public bool Add(ReadOnlySpan<byte> utf8)
    {
        if (_last is not null && utf8.SequenceCompareTo(_last) > 0)
        {
            return false;
        }

        if (_texts.GetAlternateLookup<ReadOnlySpan<byte>>().Add(utf8) && limit > 0 && _texts.Count >= KeptAtLeast + (2L * limit))
        {
            var kept = Sorted();
            _last = kept[limit - 1];
            _texts.Clear();
            _texts.UnionWith(kept[..limit]);
        }

        return true;
    }

    /// <summary>The texts, ascending.</summary>
    public IReadOnlyList<string> ToList()
    {
        var sorted = Sorted();
        return Array.ConvertAll(limit > 0 && sorted.Length > limit ? sorted[..limit] : sorted, Encoding.UTF8.GetString);
    }

    private byte[][] Sorted()
    {
        byte[][] texts = [.. _texts];
        Array.Sort(texts, static (x, y) => x.AsSpan().SequenceCompareTo(y));
        return texts;
    }
}
