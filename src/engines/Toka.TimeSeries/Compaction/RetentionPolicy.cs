using System.Collections;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

/// <summary>What retention does with a block.</summary>
internal enum Verdict
{
    /// <summary>It stays as it is.</summary>
    Keep,

    /// <summary>It holds nothing to be kept.</summary>
    Delete,

    /// <summary>It is written anew without the series that are past.</summary>
    Rewrite,
}

/// <summary>
/// Which blocks are past their time, by age and by the rules. Series fall into classes: one for each rule, in the rules'
/// order, and the last for those that no rule matches. Pure and thread-safe.
/// </summary>
internal sealed class RetentionPolicy
{
    private readonly RetentionOptions _options;

    /// <summary>Makes a policy of valid options.</summary>
    public RetentionPolicy(RetentionOptions options)
    {
        _options = options;
        Classes = options.Rules.Count + 1;
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>How long a resolution is kept where no rule says otherwise, in ms.</summary>
    public long KeepMs(long tierMs) => Ms(_options.KeepOf(tierMs));

    /// <summary>Samples of a class before this time are past; raw ones day by day where days are summarised.</summary>
    /// <param name="tierMs">The resolution.</param>
    /// <param name="classIndex">The class.</param>
    /// <param name="nowMs">The time now.</param>
    public long CutoffMs(long tierMs, int classIndex, long nowMs)
    {
        var cutoff = PastMs(tierMs, classIndex, nowMs);

        // Whole days: a late sample that is not past yet must find the raw samples of its day, which is summed up from them.
        return tierMs == Ladder.Raw && classIndex == _options.Rules.Count && _options.IsSummarised ? TierLayout.DayStart(cutoff) : cutoff;
    }

    private long PastMs(long tierMs, int classIndex, long nowMs)
    {
        var keep = classIndex < _options.Rules.Count ? Ms(_options.Rules[classIndex].Keep) : KeepMs(tierMs);
        return nowMs < long.MinValue + keep ? long.MinValue : keep == long.MaxValue ? long.MinValue : nowMs - keep;
    }

    /// <summary>What to do with a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="nowMs">The time now.</param>
    /// <param name="holds">Which classes have series in it; asked only where the answer matters.</param>
    /// <param name="expired">The classes to leave out where it is to be written anew.</param>
    public Verdict Judge(BlockInfo block, long nowMs, Func<BitArray> holds, out BitArray? expired)
    {
        expired = null;
        var past = new BitArray(Classes);
        var count = 0;
        for (var i = 0; i < Classes; i++)
        {
            past[i] = block.MaxMs < CutoffMs(block.TierMs, i, nowMs);
            count += past[i] ? 1 : 0;
        }

        if (count == 0 || count == Classes)
        {
            return count == 0 ? Verdict.Keep : Verdict.Delete;
        }

        var held = holds();
        var pastHeld = new BitArray(held).And(past);
        if (!pastHeld.HasAnySet())
        {
            return Verdict.Keep;
        }

        if (!new BitArray(held).And(past.Not()).HasAnySet())
        {
            return Verdict.Delete;
        }

        expired = pastHeld;
        return Verdict.Rewrite;
    }

    private static long Ms(TimeSpan span) => span == TimeSpan.MaxValue ? long.MaxValue : (long)span.TotalMilliseconds;
}
