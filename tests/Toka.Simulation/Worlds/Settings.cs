using System.Globalization;
using Toka.Simulation.Disk;
using Toka.TimeSeries.Compaction;

namespace Toka.Simulation.Worlds;

/// <summary>What a seed says about a world, besides its course.</summary>
internal sealed record Settings
{
    /// <summary>The clock at the beginning: 2026-01-01, UTC.</summary>
    public const long StartMs = 1_767_225_600_000;

    public required TimeSpan Retention { get; init; }

    /// <summary>
    /// Summaries are written where raw samples stay for ever: elsewhere they would be the answer for times whose samples are
    /// gone, which is no fault.
    /// </summary>
    public RetentionOptions Kept => Retention == TimeSpan.MaxValue && !HasFullDisk
        ? new RetentionOptions { RawKeep = Retention }
        : new RetentionOptions { RawKeep = Retention, Keep10s = TimeSpan.Zero, Keep1m = TimeSpan.Zero, Keep1h = TimeSpan.Zero };

    public required TimeSpan FutureTolerance { get; init; }

    /// <summary>About how far apart samples are, ms.</summary>
    public required int StepMs { get; init; }

    /// <summary>Time passes in hours, so that spans end, are sealed, merged and expire.</summary>
    public required bool HasLongTime { get; init; }

    /// <summary>Whether a stop moves everything to blocks; else it leaves the log.</summary>
    public required bool SealsAtStop { get; init; }

    public required int SeriesCount { get; init; }

    /// <summary>The store's limit; above <see cref="SeriesCount"/> where there is none.</summary>
    public required int SeriesMax { get; init; }

    /// <summary>The kinds of values: 0 counters, 1 decimals, 2 any bits, 3 all of these and markers.</summary>
    public required int Values { get; init; }

    public required FaultRates Rates { get; init; }

    /// <summary>Crashes come one in so many steps; 0 for none.</summary>
    public required int CrashEvery { get; init; }

    public required bool HasFullDisk { get; init; }

    public required bool HasBitFlips { get; init; }

    public required bool HasClockJumps { get; init; }

    /// <summary>Now and then a batch of thousands of rows, so that segments fill.</summary>
    public required bool HasBulk { get; init; }

    public bool HasSeriesLimit => SeriesMax < SeriesCount;

    public static Settings Of(ulong seed)
    {
        var dice = new Dice(0);
        dice.Reset(seed, -1, 0);
        var step = dice.Pick(1, 1000, 15_000, 300_000);
        var count = dice.Between(1, 12);
        var calm = dice.OneIn(4);
        return new Settings
        {
            StepMs = step,
            Retention = dice.Pick(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(Math.Max(60_000, 40L * step)), TimeSpan.FromDays(15), TimeSpan.MaxValue),
            FutureTolerance = dice.Pick(TimeSpan.Zero, TimeSpan.FromMinutes(10), TimeSpan.MaxValue),
            SeriesCount = count,
            SeriesMax = count > 1 && dice.OneIn(8) ? dice.Between(1, count - 1) : 1000,
            Values = dice.Below(4),
            Rates = calm ? default : new FaultRates(dice.Pick(0, 200, 30, 8), dice.Pick(0, 20, 3), dice.Pick(0, 0, 100)),
            CrashEvery = dice.Pick(0, 100, 25, 8),
            HasFullDisk = !calm && dice.OneIn(3),
            HasBitFlips = dice.OneIn(6),
            HasClockJumps = dice.OneIn(4),
            HasBulk = dice.OneIn(16),
            HasLongTime = dice.OneIn(2),
            SealsAtStop = dice.OneIn(2),
        };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"retention {Retention}, future {FutureTolerance}, step {StepMs} ms, {SeriesCount} series (at most {SeriesMax}), values {Values}, errors 1/{Rates.Errors}, short reads 1/{Rates.ShortReads}, read errors 1/{Rates.ReadErrors}, crashes 1/{CrashEvery}, full disk {HasFullDisk}, bit flips {HasBitFlips}, clock jumps {HasClockJumps}, bulk {HasBulk}, long time {HasLongTime}, seals at stop {SealsAtStop}");
}
