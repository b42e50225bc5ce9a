namespace Toka.Simulation.Disk;

/// <summary>How often the disk fails; a step that fails is one in so many, 0 for never.</summary>
/// <param name="Errors">Writes, cuts, syncs and names that fail.</param>
/// <param name="ShortReads">Reads that give back less.</param>
/// <param name="ReadErrors">Reads and openings that fail.</param>
internal readonly record struct FaultRates(int Errors, int ShortReads, int ReadErrors);

/// <summary>Where in an operation the process dies.</summary>
internal enum CrashMoment
{
    None,
    Before,
    During,
    After,
}

/// <summary>
/// A disk in memory which outlives the processes that use it, each by a <see cref="DiskSession"/> of its own. Directories
/// are durable when they are made; everything else is as <see cref="Toka.TimeSeries.Disk.IStoreDisk"/> says. Thread-safe.
/// </summary>
internal sealed class SimulatedDisk
{
    private readonly int[] _injected = new int[Enum.GetValues<Fault>().Length];

    public Lock Gate { get; } = new();

    public NameTable Names { get; } = new();

    public Dice Dice { get; } = new(0);

    public FaultRates Rates { get; set; }

    /// <summary>Bytes that fit; files without a name count while they are open.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    public long Used { get; private set; }

    /// <summary>Operations so far.</summary>
    public long Operations { get; private set; }

    /// <summary>Operations so far that change something.</summary>
    public long Changes { get; private set; }

    /// <summary>Failures told to the store so far; short reads are none.</summary>
    public long Errors { get; private set; }

    /// <summary>The process dies at this operation of the disk, counted from 1; 0 for never.</summary>
    public long CrashAt { get; set; }

    public ReadOnlySpan<int> Injected => _injected;

    public void Count(Fault fault)
    {
        _injected[(int)fault]++;
        if (fault is > Fault.ShortRead and < Fault.Death)
        {
            Errors++;
        }
    }

    public void CountOperation(bool changes)
    {
        Operations++;
        Changes += changes ? 1 : 0;
    }

    /// <summary>Looks at the disk from outside: nothing fails, and nothing is counted.</summary>
    public T Unseen<T>(Func<T> look)
    {
        var (operations, changes, crash, rates) = (Operations, Changes, CrashAt, Rates);
        (CrashAt, Rates) = (0, default);
        try
        {
            return look();
        }
        finally
        {
            (Operations, Changes, CrashAt, Rates) = (operations, changes, crash, rates);
        }
    }

    /// <summary>The length of a file changed.</summary>
    public void Grow(long bytes) => Used += bytes;

    /// <summary>Frees a file that nobody names or holds any more.</summary>
    public void Release(FileNode node)
    {
        if (node is { Names: 0, Handles: 0 })
        {
            Used -= node.Length;
        }
    }

    /// <summary>The power goes off: what was not synced may be gone.</summary>
    public void CutPower()
    {
        lock (Gate)
        {
            Count(Fault.PowerCut);
            for (var lost = Names.CutPower(Dice); lost > 0; lost--)
            {
                Count(Fault.LostName);
            }

            Used = 0;
            foreach (var node in Nodes())
            {
                if (node.CutPower(Dice))
                {
                    Count(Fault.LostBytes);
                }

                Used += node.Length;
            }
        }
    }

    /// <summary>The process dies: what the kernel has stays.</summary>
    public void KillProcess()
    {
        lock (Gate)
        {
            Count(Fault.Death);
            Used = 0;
            foreach (var node in Nodes())
            {
                node.Handles = 0;
                Used += node.Length;
            }
        }
    }

    /// <summary>Flips some bits of files at rest.</summary>
    /// <returns>Where.</returns>
    public IReadOnlyList<string> FlipBits(int count)
    {
        lock (Gate)
        {
            var flipped = new List<string>();
            var files = Names.All.Where(static file => file.Value.Length > 0).ToArray();
            for (; count > 0 && files.Length > 0; count--)
            {
                var (path, node) = Dice.Pick(files);
                var at = Dice.Below(node.Length);
                node.Flip(at, Dice.Below(8));
                Count(Fault.BitFlip);
                flipped.Add($"{Path.GetFileName(path)}:{at}");
            }

            return flipped;
        }
    }

    private List<FileNode> Nodes() => [.. Names.All.Select(static file => file.Value).Distinct()];
}
