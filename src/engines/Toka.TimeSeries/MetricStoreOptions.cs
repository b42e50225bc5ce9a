using Toka.TimeSeries.Compaction;

namespace Toka.TimeSeries;

/// <summary>How a <see cref="MetricStore"/> keeps its data.</summary>
public sealed record MetricStoreOptions
{
    /// <summary>The least that <see cref="MemoryBytesMax"/> may be, in bytes.</summary>
    public const long MemoryBytesMin = 1024 * 1024;

    /// <summary>The default of <see cref="SeriesMax"/>.</summary>
    public const int SeriesMaxDefault = 1_000_000;

    /// <summary>The most that <see cref="SeriesMax"/> may be.</summary>
    public const int SeriesMaxMax = 100_000_000;

    /// <summary>Where the log lies; made where it is missing. Null (the default): memory only, nothing survives the process.</summary>
    public string? Directory { get; init; }

    /// <summary>
    /// Whether the directory is only read, as it stands: no file is made, cut or deleted, retention and the limits of series
    /// and memory do not apply, writes are refused. Refused itself while another store writes there. Default false.
    /// </summary>
    public bool ReadOnly { get; init; }

    /// <summary>How often what was written is put on the disk: the most that a power cut loses. Default 200 ms; 10 ms to 1 min.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A log segment is closed at this size. Default 64 MiB; 64 KiB to 1 GiB. Old segments are deleted whole.</summary>
    public long SegmentBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>What is kept for how long, and how much of the disk it may take. Samples older than its <see cref="RetentionOptions.RawKeep"/> are refused.</summary>
    public RetentionOptions Kept { get; init; } = new();

    /// <summary>How long samples are kept as they came: the <see cref="RetentionOptions.RawKeep"/> of <see cref="Kept"/>. Default 15 days; 1 min or more. <see cref="TimeSpan.MaxValue"/> keeps all.</summary>
    public TimeSpan Retention
    {
        get => Kept.RawKeep;
        init => Kept = Kept with { RawKeep = value };
    }

    /// <summary>
    /// The most series in memory, which are those written in the last hours; samples of further ones are refused. Default 1 000 000 (about 0.4 GB); 1 to 100 000 000.
    /// </summary>
    public int SeriesMax { get; init; } = SeriesMaxDefault;

    /// <summary>The most new series that one value of <c>job</c> may make in an hour (UTC); samples of further ones are refused. Default 0: no limit.</summary>
    public int SeriesPerJobHourMax { get; init; }

    /// <summary>The most new series that one value of <c>job</c> may make in a day (UTC); samples of further ones are refused. Default 0: no limit.</summary>
    public int SeriesPerJobDayMax { get; init; }

    /// <summary>
    /// What the process may take. From <see cref="Toka.Core.Limits.MemoryLevel.Tight"/> on no series are made but those that a
    /// recent block has, and samples are moved to blocks early, at most once a minute, where they take a quarter of
    /// <see cref="MemoryBytesMax"/>. Default null: not asked.
    /// </summary>
    public Toka.Core.Limits.MemoryBudget? Memory { get; init; }

    /// <summary>
    /// The bytes of samples in memory over which they are moved to blocks on the disk early; at twice that, writers wait for it.
    /// Without a directory the oldest samples are dropped instead, counted. Default 512 MiB; 1 MiB or more.
    /// </summary>
    public long MemoryBytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary>How far ahead of the clock a sample may be. Default 10 min; not negative. <see cref="TimeSpan.MaxValue"/> allows all.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Told once when the log cannot be written, with the reason, and once with null when it can again; for the program's
    /// log. Called while others wait to write: it must return soon and not throw. Default none.
    /// </summary>
    public Action<string?>? LogStateChanged { get; init; }

    /// <summary>Told what is worth a line in the program's log, in a sentence. It must return soon and not throw. Default none.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>
    /// Whether nothing happens by itself: recovery is part of opening, and syncing and maintenance are called by hand. For
    /// tests that must be repeatable to the last step. Default false.
    /// </summary>
    internal bool IsManual { get; init; }

    /// <summary>Whether a clean stop seals everything. False ends like a process that is killed, except that the log is synced. Default true.</summary>
    internal bool SealsAtStop { get; init; } = true;

    /// <summary>Makes what looks after the blocks, given them and what tells the bytes of the log. Null gives what every store has.</summary>
    internal Func<Catalog.BlockCatalog, Func<long>, Catalog.IBlockMaintenance>? BlockMaintenance { get; init; }

    internal Disk.IStoreDisk Disk { get; init; } = new Disk.StoreDisk();

    internal void Validate()
    {
        Check(!ReadOnly || Directory is not null, nameof(ReadOnly), ReadOnly, "false where there is no directory");
        Check(SyncInterval >= TimeSpan.FromMilliseconds(10) && SyncInterval <= TimeSpan.FromMinutes(1), nameof(SyncInterval), SyncInterval, "10 ms to 1 min");
        Check(SegmentBytes is >= 64 * 1024 and <= 1024L * 1024 * 1024, nameof(SegmentBytes), SegmentBytes, "64 KiB to 1 GiB");
        Kept.Validate();
        Check(SeriesMax is >= 1 and <= SeriesMaxMax, nameof(SeriesMax), SeriesMax, "1 to 100 000 000");
        Check(SeriesPerJobHourMax >= 0, nameof(SeriesPerJobHourMax), SeriesPerJobHourMax, "0 or more");
        Check(SeriesPerJobDayMax >= 0, nameof(SeriesPerJobDayMax), SeriesPerJobDayMax, "0 or more");
        Check(MemoryBytesMax >= MemoryBytesMin, nameof(MemoryBytesMax), MemoryBytesMax, "1 MiB or more");
        Check(FutureTolerance >= TimeSpan.Zero, nameof(FutureTolerance), FutureTolerance, "0 or more");
    }

    private static void Check(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new Toka.Core.Errors.BadInputException($"{name} is {value}; it must be {range}.");
        }
    }
}

/// <summary>What opening a store found: up to now while its log is being read, and at last as a whole.</summary>
/// <param name="Segments">Segments read.</param>
/// <param name="Records">Good records in them.</param>
/// <param name="Samples">Samples in those, also those that are passed over.</param>
/// <param name="TruncatedBytes">Bytes behind the last good record of the last segment: cut off, or passed over by a read-only store.</param>
/// <param name="UnreadableBytes">Bytes of earlier segments behind a bad record; they stay on the disk until retention.</param>
/// <param name="Faults">For each cut or bad record: file, offset, what was wrong.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="SealedSamples">Samples that were passed over, because blocks have them.</param>
/// <param name="Blocks">Blocks opened.</param>
public sealed record StoreRecovery(
    int Segments,
    long Records,
    long Samples,
    long TruncatedBytes,
    long UnreadableBytes,
    IReadOnlyList<string> Faults,
    TimeSpan Elapsed,
    long SealedSamples = 0,
    int Blocks = 0);

/// <summary>Whether a store can be relied on.</summary>
public enum StoreReadiness
{
    /// <summary>Everything acknowledged before can be queried, and the last write succeeded.</summary>
    Ready,

    /// <summary>Queries are answered, but the last write failed, such as on a full disk; the next one is tried.</summary>
    WriteFailing,

    /// <summary>The store is closed.</summary>
    Closed,

    /// <summary>The log is still being read: queries are answered from what is there, with a warning; writers wait.</summary>
    Recovering,

    /// <summary>The log could not be read, such as for a failing disk: queries are answered from what is there, with a warning; writes fail.</summary>
    RecoveryFailed,
}
