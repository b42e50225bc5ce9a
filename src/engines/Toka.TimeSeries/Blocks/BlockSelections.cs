using Toka.Core.Labels;

namespace Toka.TimeSeries.Blocks;

/// <summary>What was selected lately: a block never changes, so that an answer stays right. Thread-safe.</summary>
internal sealed class BlockSelections
{
    /// <summary>Answers kept: what one dashboard asks again each time.</summary>
    private const int EntriesMax = 16;

    /// <summary>Ordinals kept in all of them, 64 KB a block; a larger answer costs more to read than to select.</summary>
    private const int OrdinalsMax = 16_384;

    private readonly Lock _lock = new();
    private readonly List<(LabelMatcher[] Matchers, int[] Ordinals)> _entries = [];
    private int _ordinals;

    /// <summary>The answer to the same matchers, or null.</summary>
    public int[]? Find(IReadOnlyList<LabelMatcher> matchers)
    {
        lock (_lock)
        {
            for (var i = _entries.Count - 1; i >= 0; i--)
            {
                var entry = _entries[i];
                if (LabelMatcher.AreSame(entry.Matchers, matchers))
                {
                    _entries.RemoveAt(i);
                    _entries.Add(entry);
                    return entry.Ordinals;
                }
            }

            return null;
        }
    }

    /// <summary>Keeps an answer.</summary>
    /// <returns>The answer.</returns>
    public int[] Keep(IReadOnlyList<LabelMatcher> matchers, int[] ordinals)
    {
        if (ordinals.Length > OrdinalsMax)
        {
            return ordinals;
        }

        lock (_lock)
        {
            _entries.Add(([.. matchers], ordinals));
            _ordinals += ordinals.Length;
            while (_entries.Count > EntriesMax || _ordinals > OrdinalsMax)
            {
                _ordinals -= _entries[0].Ordinals.Length;
                _entries.RemoveAt(0);
            }

            return ordinals;
        }
    }
}
