using System.Globalization;
using System.Text;
using Toka.Simulation.Disk;

namespace Toka.Simulation.Worlds;

/// <summary>The kinds of steps of a world.</summary>
internal enum Step
{
    Write,
    Retry,
    Query,
    QueryAll,
    Labels,
    Sync,
    Maintain,
    Seal,
    Pass,
    Jump,
    ArmCrash,
    Restart,
    Kill,
    CutPower,
    FillDisk,
    FreeDisk,
    FlipBits,
}

/// <summary>Things that must have happened often, or the simulation proves nothing.</summary>
internal enum Event
{
    /// <summary>A sample was stored.</summary>
    Accepted,

    /// <summary>A sample was there already.</summary>
    Duplicate,

    /// <summary>Another value stood there.</summary>
    Conflict,

    /// <summary>A sample was stored behind a newer one of its series.</summary>
    Late,

    TooOld,
    TooFarInFuture,
    OverSeriesLimit,

    /// <summary>A write failed as a whole.</summary>
    FailedWrite,

    /// <summary>A batch that had failed was sent again and stored.</summary>
    RetriedWrite,

    /// <summary>Samples laid beside the model.</summary>
    Compared,

    /// <summary>The store was opened.</summary>
    Opened,

    /// <summary>It was opened to be read alone.</summary>
    OpenedReadOnly,

    /// <summary>An opening failed for a disk error, and was tried again.</summary>
    FailedOpen,

    /// <summary>The process died, or the power went off, while the store was opened.</summary>
    CrashedOpen,

    /// <summary>A power cut lost acknowledged samples that were not synced, as it may.</summary>
    LostUnsynced,

    /// <summary>Acknowledged samples were lost to flipped bits, and the store said so.</summary>
    LostToDamage,

    /// <summary>A sync failed.</summary>
    FailedSync,

    /// <summary>Retention dropped samples.</summary>
    Expired,

    /// <summary>Everything was moved to blocks.</summary>
    Sealed,

    /// <summary>A seal failed; everything stayed where it was.</summary>
    FailedSeal,

    /// <summary>Maintenance moved a span that was over to blocks.</summary>
    SealedWhenDue,

    /// <summary>Blocks were merged.</summary>
    Merged,

    /// <summary>A block was deleted because all in it was past.</summary>
    DeletedPast,

    /// <summary>A sample went with a block that was deleted on a full disk.</summary>
    LostToFullDisk,

    /// <summary>A sample came for a time that retention had reached before the clock was set back, or that may lie in a damaged block: it may be there or not.</summary>
    Uncertain,
}

/// <summary>Counts of what happened.</summary>
internal sealed class Tally
{
    private readonly long[] _steps = new long[Enum.GetValues<Step>().Length];
    private readonly long[] _events = new long[Enum.GetValues<Event>().Length];
    private readonly long[] _faults = new long[Enum.GetValues<Fault>().Length];

    public long Worlds { get; private set; }

    public long Steps => _steps.Sum();

    public long DiskOperations { get; private set; }

    public long this[Event key] => _events[(int)key];

    public long this[Fault key] => _faults[(int)key];

    public long this[Step key] => _steps[(int)key];

    public void Count(Step step) => _steps[(int)step]++;

    public void Count(Event what, long times = 1) => _events[(int)what] += times;

    public void Take(SimulatedDisk disk)
    {
        Worlds++;
        DiskOperations += disk.Operations;
        for (var i = 0; i < _faults.Length; i++)
        {
            _faults[i] += disk.Injected[i];
        }
    }

    public void Add(Tally other)
    {
        Worlds += other.Worlds;
        DiskOperations += other.DiskOperations;
        Add(_steps, other._steps);
        Add(_events, other._events);
        Add(_faults, other._faults);
    }

    /// <summary>The kinds that happened fewer times than this.</summary>
    public IEnumerable<string> Below(long least) =>
        Rare(_steps, Enum.GetNames<Step>(), least).Concat(Rare(_events, Enum.GetNames<Event>(), least)).Concat(Rare(_faults, Enum.GetNames<Fault>(), least));

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Worlds:N0} worlds, {Steps:N0} operations of the store, {DiskOperations:N0} of the disk\n");
        Append(text, "operations", _steps, Enum.GetNames<Step>());
        Append(text, "events", _events, Enum.GetNames<Event>());
        Append(text, "faults", _faults, Enum.GetNames<Fault>());
        return text.ToString();
    }

    private static void Add(long[] into, long[] from)
    {
        for (var i = 0; i < into.Length; i++)
        {
            into[i] += from[i];
        }
    }

    private static IEnumerable<string> Rare(long[] counts, string[] names, long least) =>
        names.Where((_, i) => counts[i] < least).Select(name => $"{name} {counts[Array.IndexOf(names, name)]}");

    private static void Append(StringBuilder text, string title, long[] counts, string[] names) =>
        text.Append(CultureInfo.InvariantCulture, $"  {title}: {string.Join(", ", names.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{name} {counts[i]:N0}")))}\n");
}
