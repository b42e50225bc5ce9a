using System.Globalization;

namespace Toka.Core.Limits;

/// <summary>How much of the budget is used, and so what is refused. The order is that of severity.</summary>
public enum MemoryLevel
{
    /// <summary>Everything is accepted.</summary>
    Ample,

    /// <summary>New series are refused; known ones go on, and their samples move from memory to blocks on the disk early.</summary>
    Tight,

    /// <summary>Heavy queries are refused too.</summary>
    Critical,
}

/// <summary>
/// What the whole process may take, as a contract: before it is used up, samples move to blocks on the disk early and new
/// series are refused, then heavy queries too, so that what already runs goes on. One a process, asked by whoever is about
/// to take memory, or could give some back. Thread-safe.
/// </summary>
/// <remarks>
/// Counted is what the kernel cannot take back: anonymous memory, not mapped files. Garbage that has not been collected
/// counts too, so before <see cref="MemoryLevel.Tight"/> is said a collection runs and the memory is measured again;
/// <see cref="MemoryLevel.Critical"/> is said at once. While either lasts, collections go on, each after twice the time as
/// long as they do not end it: what is left then is not garbage. A level ends five percent below where it began. Where memory
/// cannot be measured, such as for want of a file handle, the last measurement stands.
/// </remarks>
public sealed class MemoryBudget
{
    /// <summary>Above this part of the budget new series are refused: the last fifth is for what is known.</summary>
    private const double TightPart = 0.80;

    /// <summary>Above this part heavy queries are refused: what is left must carry ingestion.</summary>
    private const double CriticalPart = 0.92;

    /// <summary>How far below its beginning a level ends, as part of the budget, so that it does not flap.</summary>
    private const double Hysteresis = 0.05;

    /// <summary>How long one measurement is good: reading it costs some 10 µs.</summary>
    private static readonly TimeSpan s_measureInterval = TimeSpan.FromSeconds(1);

    /// <summary>A collection of everything is not asked for more often than this.</summary>
    private static readonly TimeSpan s_reclaimInterval = TimeSpan.FromSeconds(20);

    /// <summary>Nor, where it does not help, more seldom than this.</summary>
    private static readonly TimeSpan s_reclaimIntervalMax = TimeSpan.FromMinutes(5);

    private readonly Func<long> _used;
    private readonly Action _reclaim;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long _measuredAt;
    private long _reclaimedAt;
    private int _reclaimState;
    private TimeSpan _reclaimWait = s_reclaimInterval;
    private volatile MemoryLevel _level;

    /// <summary>A budget of this process.</summary>
    /// <param name="bytes">The most that the process should take; positive.</param>
    /// <param name="time">The clock.</param>
    public MemoryBudget(long bytes, TimeProvider time)
        : this(bytes, ProcessMemory.AnonymousBytes, static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true), time)
    {
    }

    /// <summary>A budget measured and reclaimed by others; for tests and hosts with their own accounting.</summary>
    /// <param name="bytes">The most that should be taken; positive.</param>
    /// <param name="used">Reads what is taken now, in bytes.</param>
    /// <param name="reclaim">Frees what can be freed; called on a pool thread.</param>
    /// <param name="time">The clock.</param>
    public MemoryBudget(long bytes, Func<long> used, Action reclaim, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ArgumentNullException.ThrowIfNull(used);
        ArgumentNullException.ThrowIfNull(reclaim);
        ArgumentNullException.ThrowIfNull(time);
        (Bytes, _used, _reclaim, _time) = (bytes, used, reclaim, time);
        _measuredAt = _reclaimedAt = long.MinValue;
    }

    /// <summary>The budget.</summary>
    public long Bytes { get; }

    /// <summary>What was taken at the last measurement, in bytes.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The level now; measured anew when the last measurement is older than a second.</summary>
    public MemoryLevel Level
    {
        get
        {
            var now = _time.GetTimestamp();
            var measured = Interlocked.Read(ref _measuredAt);
            if (measured == long.MinValue || _time.GetElapsedTime(measured, now) >= s_measureInterval)
            {
                Measure(now);
            }

            return _level;
        }
    }

    /// <summary>The last collection that was asked for.</summary>
    internal Task Reclaiming { get; private set; } = Task.CompletedTask;

    /// <summary>The state in a few words, such as <c>memory is at 83 % of 512 MiB</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"memory is at {100.0 * UsedBytes / Bytes:F0} % of {Bytes / (1024.0 * 1024):F0} MiB");

    private void Measure(long now)
    {
        // One measures; others take the level of a second ago rather than wait.
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            Interlocked.Exchange(ref _measuredAt, now);
            if (!TryMeasure())
            {
                return;
            }

            var level = LevelOf((double)UsedBytes / Bytes);
            if (level == MemoryLevel.Ample)
            {
                _reclaimWait = s_reclaimInterval;
            }
            else if (!HasReclaimed(now) && level == MemoryLevel.Tight && _level == MemoryLevel.Ample)
            {
                // It may be garbage: the next measurement decides.
                return;
            }

            _level = level;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Measures; whoever asks for the level, such as a commit, does not fail where that fails.</summary>
    private bool TryMeasure()
    {
        try
        {
            UsedBytes = _used();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private MemoryLevel LevelOf(double part)
    {
        var critical = CriticalPart - (_level == MemoryLevel.Critical ? Hysteresis : 0);
        var tight = TightPart - (_level >= MemoryLevel.Tight ? Hysteresis : 0);
        return part >= critical ? MemoryLevel.Critical : part >= tight ? MemoryLevel.Tight : MemoryLevel.Ample;
    }

    /// <summary>Whether a collection has lately ended; begins one where none has.</summary>
    private bool HasReclaimed(long now)
    {
        const int Idle = 0, Running = 1, Done = 2;
        if (Volatile.Read(ref _reclaimState) == Done)
        {
            if (_time.GetElapsedTime(_reclaimedAt, now) < _reclaimWait)
            {
                return true;
            }

            if (_level != MemoryLevel.Ample)
            {
                _reclaimWait = _reclaimWait < s_reclaimIntervalMax / 2 ? 2 * _reclaimWait : s_reclaimIntervalMax;
            }

            Volatile.Write(ref _reclaimState, Idle);
        }

        if (Interlocked.CompareExchange(ref _reclaimState, Running, Idle) == Idle)
        {
            Reclaiming = Task.Run(() =>
            {
                _reclaim();
                _reclaimedAt = _time.GetTimestamp();
                Volatile.Write(ref _reclaimState, Done);
            });
        }

        return false;
    }
}
