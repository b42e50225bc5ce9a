using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Compaction;

/// <summary>
/// Keeps what the store takes on the disk under the cap, and frees space when the disk is full. What is being written is
/// reserved first, so that log, blocks and unfinished files together never go over. Thread-safe.
/// </summary>
/// <param name="options">The cap.</param>
/// <param name="pressure">The state of the disk.</param>
/// <param name="infos">The blocks that there are.</param>
/// <param name="logBytes">Bytes of the log and the other files beside the blocks.</param>
/// <param name="delete">Deletes blocks: which, and why (<c>size_cap</c>, <c>disk_full</c>).</param>
/// <param name="time">The clock; only durations are taken from it.</param>
internal sealed class StoreRoom(
    RetentionOptions options, DiskPressure pressure, Func<IReadOnlyList<BlockInfo>> infos, Func<long> logBytes, Action<List<BlockInfo>, string> delete, TimeProvider time)
{
    /// <summary>Kept free under the cap for what the log grows between two rounds of maintenance: at most 64 MiB, and a sixteenth of the cap.</summary>
    public const long HeadroomBytesMax = 64L * 1024 * 1024;

    /// <summary>A job may take one part in so many of the cap: its room is made by deleting the oldest. 4.</summary>
    public const int JobShare = 4;

    /// <summary>The log becomes blocks, which are smaller, before it takes more than one part in so many of the cap. 8.</summary>
    public const int LogShare = 8;

    /// <summary>And before it takes more than this, where there is a cap. 512 MiB.</summary>
    public const long LogBytesMax = 512L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _busy = [];
    private long _reserved;
    private long _freed;
    private long _freedAt;
    private long _freeBefore;
    private TimeSpan _wait = FreedWait;

    /// <summary>
    /// How long deleted files that readers hold are counted on to become free before more is deleted. 1 min; twice as long each
    /// time that deleting has freed next to nothing.
    /// </summary>
    public static TimeSpan FreedWait => TimeSpan.FromMinutes(1);

    /// <summary>The longest wait between deletions that free nothing, such as of files that a backup shares. 1 h.</summary>
    public static TimeSpan FreedWaitMax => TimeSpan.FromHours(1);

    /// <summary>The most bytes that a job may write now: what the disk has but for half of its reserve, and a share of the cap.</summary>
    public long JobBytesMax() => Math.Min(pressure.RoomBytes(OwnBytes(infos())), options.SizeCapBytes == long.MaxValue ? long.MaxValue : options.SizeCapBytes / JobShare);

    /// <summary>How the cap stands when the log takes so many bytes.</summary>
    public LogRoom RoomFor(long log)
    {
        if (options.SizeCapBytes == long.MaxValue)
        {
            return LogRoom.Ample;
        }

        if (log > Math.Min(LogBytesMax, options.SizeCapBytes / LogShare))
        {
            return LogRoom.NeedsSeal;
        }

        lock (_lock)
        {
            var left = options.SizeCapBytes - log - _reserved - infos().Sum(static block => block.Bytes);
            return left < Headroom / 8 ? LogRoom.Ended : left < Headroom / 2 ? LogRoom.Ending : LogRoom.Ample;
        }
    }

    private long Headroom => Math.Min(HeadroomBytesMax, options.SizeCapBytes / 16);

    /// <summary>Deletes the oldest blocks until so many bytes more fit under the cap.</summary>
    /// <param name="bytes">What is to be written; 0 to look after the cap alone.</param>
    /// <returns>Whether they fit; false where the log alone leaves no room.</returns>
    public bool Make(long bytes)
    {
        lock (_lock)
        {
            return Make(bytes, static _ => true, mayUseHeadroom: false);
        }
    }

    /// <summary>Reserves room for the output of a job, and its inputs from being deleted, until <see cref="Release"/>.</summary>
    /// <param name="inputs">What the job reads.</param>
    /// <param name="bytes">What it writes at most.</param>
    /// <param name="mayUseHeadroom">Whether it may take the headroom too: for what a user waits for, and is small.</param>
    /// <returns>False where there is none without deleting the inputs, or an input has gone.</returns>
    public bool TryReserve(IReadOnlyList<BlockInfo> inputs, long bytes, bool mayUseHeadroom = false)
    {
        lock (_lock)
        {
            var there = infos().Select(static block => block.Sequence).ToHashSet();
            if (!inputs.All(block => there.Contains(block.Sequence)) || pressure.RoomBytes(OwnBytes(infos())) < bytes || !Make(bytes, victim => !inputs.Contains(victim), mayUseHeadroom))
            {
                return false;
            }

            _busy.UnionWith(inputs.Select(static block => block.Sequence));
            _reserved += bytes;
            return true;
        }
    }

    /// <summary>Ends a reservation.</summary>
    public void Release(IReadOnlyList<BlockInfo> inputs, long bytes)
    {
        lock (_lock)
        {
            _busy.ExceptWith(inputs.Select(static block => block.Sequence));
            _reserved -= bytes;
        }
    }

    /// <summary>Looks at the disk, and where it is full deletes the oldest blocks until the reserve is free.</summary>
    public void Relieve()
    {
        lock (_lock)
        {
            var blocks = Idle();
            if (!pressure.IsFull)
            {
                (_freed, _wait) = (0, FreedWait);
            }
            else if (time.GetElapsedTime(_freedAt) >= _wait)
            {
                // Backups and readers may hold the files: all would be deleted for nothing in as many minutes as there are blocks.
                var hasHelped = pressure.FreeBytes() - _freeBefore >= _freed / 2;
                _wait = hasHelped ? FreedWait : _wait < FreedWaitMax / 2 ? 2 * _wait : FreedWaitMax;
                _freed = 0;
            }

            var missing = pressure.Check(OwnBytes(blocks), _freed, blocks.Count > 0);
            if (missing == 0)
            {
                return;
            }

            var victims = SizeCap.Victims(blocks, blocks.Sum(static block => block.Bytes) - missing);
            if (victims.Count == 0)
            {
                return;
            }

            _freeBefore = _freed == 0 ? pressure.FreeBytes() : _freeBefore;
            delete(victims, "disk_full");
            _freed += victims.Sum(static block => block.Bytes);
            _freedAt = time.GetTimestamp();
            pressure.Check(OwnBytes(Idle()), _freed, true);
            if (!pressure.IsFull)
            {
                // It is free already. When the disk fills up again in a moment, that is another matter, and nothing to wait for.
                _freed = 0;
            }
        }
    }

    private bool Make(long bytes, Func<BlockInfo, bool> mayGo, bool mayUseHeadroom)
    {
        if (options.SizeCapBytes == long.MaxValue)
        {
            return true;
        }

        var headroom = mayUseHeadroom ? 0 : Headroom;
        var all = infos();
        var idle = Idle();
        var room = options.SizeCapBytes - headroom - logBytes() - _reserved - bytes - (all.Sum(static block => block.Bytes) - idle.Sum(static block => block.Bytes));
        var victims = SizeCap.Victims(idle, room);
        if (!victims.All(mayGo))
        {
            return false;
        }

        if (victims.Count > 0)
        {
            delete(victims, "size_cap");
        }

        return room >= 0;
    }

    private List<BlockInfo> Idle() => infos().Where(block => !_busy.Contains(block.Sequence)).ToList();

    private long OwnBytes(IReadOnlyList<BlockInfo> blocks) => logBytes() + blocks.Sum(static block => block.Bytes);
}
