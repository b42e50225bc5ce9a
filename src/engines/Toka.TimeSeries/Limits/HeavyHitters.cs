using System.IO.Hashing;
using System.Text;

namespace Toka.TimeSeries.Limits;

/// <summary>
/// The names that come most often among any number of them, in bounded memory. A count is at most too high by the least
/// count kept. Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams"
/// (ICDT 2005), Space-Saving. Not thread-safe.
/// </summary>
internal sealed class HeavyHitters
{
    /// <summary>Names kept: whoever has more than 1/32 of all is certainly among them.</summary>
    public const int NamesMax = 32;

    private readonly List<Entry> _entries = [];

    /// <summary>The name that came most often; null before the first.</summary>
    public (string Name, int Count)? Largest =>
        _entries.Count == 0 ? null : _entries.MaxBy(static e => e.Count) is { } largest ? (largest.Name, largest.Count) : null;

    /// <summary>Counts a name.</summary>
    public void Add(ReadOnlySpan<byte> name)
    {
        var hash = XxHash3.HashToUInt64(name);
        var least = 0;
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Hash == hash)
            {
                _entries[i].Count++;
                return;
            }

            least = _entries[i].Count < _entries[least].Count ? i : least;
        }

        if (_entries.Count < NamesMax)
        {
            _entries.Add(new Entry(hash, Encoding.UTF8.GetString(name), 1));
        }
        else
        {
            _entries[least] = new Entry(hash, Encoding.UTF8.GetString(name), _entries[least].Count + 1);
        }
    }

    private sealed class Entry(ulong hash, string name, int count)
    {
        public ulong Hash { get; } = hash;

        public string Name { get; } = name;

        public int Count { get; set; } = count;
    }
}
