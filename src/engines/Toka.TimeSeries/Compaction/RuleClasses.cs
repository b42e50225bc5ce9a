using System.Collections;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>Which series of a block each rule decides for; the first rule that matches has them. See <see cref="RetentionPolicy"/>.</summary>
/// <param name="rules">The rules.</param>
internal sealed class RuleClasses(IReadOnlyList<RetentionRule> rules)
{
    // A block never changes, so neither does the answer; the cache is cut to the blocks that there are.
    private readonly Dictionary<long, BitArray> _held = [];

    /// <summary>The classes that have series in a block, the last one for those that no rule matches.</summary>
    /// <exception cref="BlockDamagedException">The block's index cannot be read.</exception>
    public BitArray HeldBy(Block block)
    {
        if (!_held.TryGetValue(block.Info.Sequence, out var held))
        {
            held = new BitArray(rules.Count + 1);
            foreach (var of in ClassesOf(block))
            {
                held[of] = true;
            }

            _held.Add(block.Info.Sequence, held);
        }

        return held;
    }

    /// <summary>The series of some classes, ascending.</summary>
    /// <exception cref="BlockDamagedException">The block's index cannot be read.</exception>
    public int[] OrdinalsOf(Block block, BitArray classes)
    {
        var of = ClassesOf(block);
        return [.. Enumerable.Range(0, of.Length).Where(ordinal => classes[of[ordinal]])];
    }

    /// <summary>Forgets blocks that are gone.</summary>
    public void Keep(IReadOnlySet<long> sequences)
    {
        foreach (var sequence in _held.Keys)
        {
            if (!sequences.Contains(sequence))
            {
                _held.Remove(sequence);
            }
        }
    }

    private byte[] ClassesOf(Block block)
    {
        var of = new byte[block.Info.Series];
        Array.Fill(of, (byte)rules.Count);
        for (var rule = rules.Count - 1; rule >= 0; rule--)
        {
            foreach (var ordinal in block.Select(rules[rule].Matchers, block.Info.MinMs, block.Info.MaxMs))
            {
                of[ordinal] = (byte)rule;
            }
        }

        return of;
    }
}
