using System.Globalization;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Compaction;

/// <summary>
/// Whether the disk has room: Ok → Full (a write found no space, or less than a quarter of the reserve is free) → Ok (the
/// reserve is free again), without restart. While it is full the store is read-only. Thread-safe.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="directory">A directory on it.</param>
/// <param name="reserveBytes">See <see cref="RetentionOptions.DiskReserveBytes"/>.</param>
internal sealed class DiskPressure(IStoreDisk disk, string directory, long reserveBytes)
{
    /// <summary>The reserve is at most one part in so many of what the store could have, so that small disks are of use. 10.</summary>
    public const int ReserveShare = 10;

    /// <summary>The disk is full when less than one part in so many of the reserve is free. 4.</summary>
    public const int FullShare = 4;

    /// <summary>What must be free before writing resumes where there is no reserve: room for some segments' first records. 1 MiB.</summary>
    public const long ResumeBytesMin = 1024 * 1024;

    /// <summary>A log smaller than this is left alone however little is free. 1 MiB.</summary>
    public const long LogBytesMin = 1024 * 1024;

    /// <summary>So is a log smaller than one part in so many of the reserve. 4.</summary>
    public const int LogShare = 4;

    /// <summary>What log and blocks may grow by until the question comes again, and while the blocks are written. 2 MiB.</summary>
    public const long LogGrowthBytes = 2 * 1024 * 1024;

    private readonly Lock _lock = new();
    private volatile bool _isFull;
    private string? _finding;

    /// <summary>Whether the store should refuse writes.</summary>
    public bool IsFull => _isFull;

    /// <summary>One sentence that says what is wrong and what to do; null while there is room.</summary>
    public string? Finding
    {
        get
        {
            lock (_lock)
            {
                return _finding;
            }
        }
    }

    /// <summary>Told the finding when the disk becomes full, and null when it has room again; must not throw.</summary>
    public Action<string?>? Changed { get; init; }

    /// <summary>Whether a failure says that there is no space (ENOSPC), or none for this user (EDQUOT).</summary>
    public static bool IsDiskFull(Exception exception) =>
        exception is IOException { HResult: 28 or 122 or unchecked((int)0x80070070) or unchecked((int)0x80070027) }
        || (exception.InnerException is { } inner && IsDiskFull(inner));

    /// <summary>To be told of each write that failed; other failures than a full disk change nothing.</summary>
    /// <returns>Whether the disk is full.</returns>
    public bool WriteFailed(Exception exception)
    {
        if (!IsDiskFull(exception))
        {
            return false;
        }

        Set($"The disk that holds {directory} is full ({exception.Message}). Nothing is written until the oldest data is freed; free space there, or lower the size cap.");
        return true;
    }

    /// <summary>Bytes that are free on the disk.</summary>
    public long FreeBytes() => disk.FreeBytes(directory);

    /// <summary>Bytes that compaction may write; not negative. It may take half of the reserve for a while, or a disk that was once full would never be compacted.</summary>
    /// <param name="ownBytes">What the store has there.</param>
    public long RoomBytes(long ownBytes)
    {
        var free = disk.FreeBytes(directory);
        return Math.Max(0, free - (ReserveOf(free, ownBytes) / 2));
    }

    /// <summary>
    /// Whether the log should become blocks now. A full disk could not be freed of a log that no block has the samples of: it
    /// is turned into blocks, which are many times smaller, while they still fit beside it and the reserve.
    /// </summary>
    /// <param name="logBytes">What the log takes.</param>
    /// <param name="ownBytes">What the store has there beside the log.</param>
    /// <param name="blockBytes">What blocks of the log would take, about.</param>
    public bool IsRoomForLogEnding(long logBytes, long ownBytes, long blockBytes)
    {
        if (logBytes < LogBytesMin)
        {
            return false;
        }

        var free = disk.FreeBytes(directory);
        var reserve = ReserveOf(free, logBytes + ownBytes);

        // Where the disk stays near its end, a small log is not worth a block; where too little is left, none could be written.
        return logBytes >= reserve / LogShare && free < reserve + blockBytes + LogGrowthBytes && free >= blockBytes / 2;
    }

    /// <summary>Looks at the disk, changes the state, and says what to free.</summary>
    /// <param name="ownBytes">What the store has there.</param>
    /// <param name="heldBytes">Of deleted files that readers still hold: they become free without doing anything.</param>
    /// <param name="canFree">Whether the store has anything left to delete.</param>
    /// <returns>How many bytes to delete now; 0 for none.</returns>
    public long Check(long ownBytes, long heldBytes, bool canFree)
    {
        var free = disk.FreeBytes(directory);
        var reserve = ReserveOf(free, ownBytes + heldBytes);
        if (!_isFull && free < reserve / FullShare)
        {
            Set(string.Create(
                CultureInfo.InvariantCulture,
                $"The disk that holds {directory} has {free} bytes free; {reserve} are held in reserve. Nothing is written until the oldest data is freed; free space there, or lower the size cap."));
        }

        if (!_isFull)
        {
            return 0;
        }

        var needed = Math.Max(reserve, Math.Min(ResumeBytesMin, (free + ownBytes) / ReserveShare));
        if (free >= needed || (!canFree && heldBytes == 0 && free >= needed / 2))
        {
            Set(null);
            return 0;
        }

        return Math.Max(0, needed - free - heldBytes);
    }

    private long ReserveOf(long free, long ownBytes) => Math.Min(reserveBytes, (free + ownBytes) / ReserveShare);

    private void Set(string? finding)
    {
        lock (_lock)
        {
            if ((finding is null) == (_finding is null))
            {
                return;
            }

            _finding = finding;
            _isFull = finding is not null;
        }

        Changed?.Invoke(finding);
    }
}
