using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.TimeSeries.Compaction;

/// <summary>What a store keeps, for how long, and how much of the disk it may take.</summary>
/// <remarks>
/// A block is deleted whole once everything in it is past, so samples may outlive their time by the length of a block: a
/// day where raw samples are kept for days. Rules act in the same way: a block is written anew without the series of a rule
/// once all its samples of theirs are past.
/// </remarks>
public sealed record RetentionOptions
{
    /// <summary>The most rules; each costs a lookup in every block's index. 64.</summary>
    public const int RulesMax = 64;

    /// <summary>
    /// How long samples are kept as they came. Default 15 days; 1 min or more. <see cref="TimeSpan.MaxValue"/> keeps all.
    /// Below <see cref="TiersRawKeepMin"/> nothing is summarised.
    /// </summary>
    public TimeSpan RawKeep { get; init; } = TimeSpan.FromDays(15);

    /// <summary>
    /// How long the summaries of 10 s are kept. Default 30 days; zero writes none; else <see cref="RawKeep"/> or more is of
    /// use. <see cref="TimeSpan.MaxValue"/> keeps all.
    /// </summary>
    public TimeSpan Keep10s { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long the summaries of 1 min are kept. Default 180 days; zero writes none.</summary>
    public TimeSpan Keep1m { get; init; } = TimeSpan.FromDays(180);

    /// <summary>How long the summaries of 1 h are kept. Default 1825 days (5 years); zero writes none.</summary>
    public TimeSpan Keep1h { get; init; } = TimeSpan.FromDays(1825);

    /// <summary>
    /// Rules for some series, at most <see cref="RulesMax"/>; the first that matches a series decides for it alone, in every
    /// resolution. Default none.
    /// </summary>
    public IReadOnlyList<RetentionRule> Rules { get; init; } = [];

    /// <summary>
    /// The most bytes that the store may take on the disk: log, blocks, and what compaction is writing. Default
    /// <see cref="long.MaxValue"/> (no cap); 16 MiB or more. Over it the oldest raw blocks go first, then the oldest
    /// summaries; see <see cref="SizeCap"/>.
    /// </summary>
    public long SizeCapBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Bytes of the file system to leave free: below them nothing is compacted; below a quarter of them, or when a write
    /// finds the disk full, the store is read-only until its oldest blocks are deleted and they are free again. Default
    /// 128 MiB, and never more than a tenth of what the store could have; 0 to 1 TiB.
    /// </summary>
    public long DiskReserveBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>The least <see cref="RawKeep"/> with which summaries are written: a day must be over before it is summarised. 2 days.</summary>
    public static TimeSpan TiersRawKeepMin => TimeSpan.FromDays(2);

    /// <summary>Whether days are summarised in any resolution.</summary>
    internal bool IsSummarised => KeepOf(Ladder.Tier10s) > TimeSpan.Zero || KeepOf(Ladder.Tier1m) > TimeSpan.Zero || KeepOf(Ladder.Tier1h) > TimeSpan.Zero;

    /// <summary>How long a resolution is kept.</summary>
    /// <param name="tierMs">The resolution in ms: 0 for raw, 10 000, 60 000 or 3 600 000.</param>
    /// <returns>The time; zero for a resolution that is not written.</returns>
    public TimeSpan KeepOf(long tierMs) => tierMs switch
    {
        Ladder.Raw => RawKeep,
        _ when RawKeep < TiersRawKeepMin => TimeSpan.Zero,
        Ladder.Tier10s => Keep10s,
        Ladder.Tier1m => Keep1m,
        Ladder.Tier1h => Keep1h,
        _ => TimeSpan.MaxValue,
    };

    internal void Validate()
    {
        Check(RawKeep >= TimeSpan.FromMinutes(1), nameof(RawKeep), RawKeep, "1 min or more");
        Check(Keep10s >= TimeSpan.Zero, nameof(Keep10s), Keep10s, "0 or more");
        Check(Keep1m >= TimeSpan.Zero, nameof(Keep1m), Keep1m, "0 or more");
        Check(Keep1h >= TimeSpan.Zero, nameof(Keep1h), Keep1h, "0 or more");
        Check(Rules.Count <= RulesMax, $"{nameof(Rules)}.Count", Rules.Count, $"at most {RulesMax}");
        for (var i = 0; i < Rules.Count; i++)
        {
            Check(Rules[i].Keep >= TimeSpan.FromMinutes(1), $"{nameof(Rules)}[{i}].{nameof(RetentionRule.Keep)}", Rules[i].Keep, "1 min or more");
            Check(Rules[i].Matchers.Count > 0, $"{nameof(Rules)}[{i}].{nameof(RetentionRule.Matchers)}.Count", 0, "1 or more; for all series set the keeps themselves");
        }

        Check(SizeCapBytes >= 16L * 1024 * 1024, nameof(SizeCapBytes), SizeCapBytes, "16 MiB or more");
        Check(DiskReserveBytes is >= 0 and <= 1L << 40, nameof(DiskReserveBytes), DiskReserveBytes, "0 to 1 TiB");
    }

    private static void Check(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new BadInputException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} is {value}; it must be {range}."));
        }
    }
}

/// <summary>How long the series that match are kept, whatever holds for the others.</summary>
/// <param name="Matchers">All of these must match; at least one.</param>
/// <param name="Keep">Nothing older is kept, in any resolution, and nothing younger is deleted for its age; 1 min or more.</param>
public sealed record RetentionRule(IReadOnlyList<LabelMatcher> Matchers, TimeSpan Keep);
