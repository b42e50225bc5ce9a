namespace Toka.Core.Hosts;

/// <summary>The live view of a host's processes. Pids appear here and nowhere in a stored label. Thread-safe.</summary>
public interface IProcessFeed
{
    /// <summary>The last look; empty before the first.</summary>
    ProcessSnapshot Current { get; }
}

/// <summary>One look at all processes.</summary>
/// <param name="AtMs">When, ms since the Unix epoch.</param>
/// <param name="Total">How many processes there were.</param>
/// <param name="Groups">The top groups by CPU and by memory, most CPU first.</param>
public sealed record ProcessSnapshot(long AtMs, int Total, IReadOnlyList<ProcessGroup> Groups)
{
    /// <summary>Nothing seen yet.</summary>
    public static readonly ProcessSnapshot Empty = new(0, 0, []);
}

/// <summary>The processes of one name.</summary>
/// <param name="Name">The command's name.</param>
/// <param name="Pids">Their process ids, ascending.</param>
/// <param name="CpuRatio">CPU time used per second of time since the last look: 1 is one core.</param>
/// <param name="ResidentBytes">Resident memory, the sum of the group.</param>
/// <param name="Threads">Threads, the sum of the group.</param>
public sealed record ProcessGroup(string Name, IReadOnlyList<int> Pids, double CpuRatio, long ResidentBytes, int Threads);
