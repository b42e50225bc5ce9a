namespace Toka.Monitoring;

/// <summary>What a <see cref="HostMonitor"/> watches and how often.</summary>
public sealed record HostMonitorOptions
{
    /// <summary>Time between two collections. Default: 1 s. Range: 1 s to 120 s, see <see cref="MonitoringOptions"/>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Time between two looks at what hardly changes: attributes of network interfaces, CPU frequency limits, names of
    /// sensors, mounts of the control groups. In between the last values are written again. Default: 5 s, and never less
    /// than one collection.
    /// </summary>
    public TimeSpan SlowInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The label <c>instance</c> of all series. Default: the host's name.</summary>
    public string Instance { get; init; } = Environment.MachineName;

    /// <summary>Where procfs is mounted. Default: <c>/proc</c>; in a container that watches its host, the host's.</summary>
    public string ProcRoot { get; init; } = "/proc";

    /// <summary>Where sysfs is mounted. Default: <c>/sys</c>.</summary>
    public string SysRoot { get; init; } = "/sys";

    /// <summary>Where the control groups are mounted. Default: <c>fs/cgroup</c> below <see cref="SysRoot"/>.</summary>
    public string? CgroupRoot { get; init; }

    /// <summary>Where the host's root file system is mounted. Default: <c>/</c>.</summary>
    public string RootFs { get; init; } = "/";

    /// <summary>
    /// Whether files of the trees stay open between collections, which saves most of the cost of reading them. Right for
    /// procfs and sysfs, where an open file always reads anew; wrong for a recorded tree whose files are replaced. Default: true.
    /// </summary>
    public bool KeepFilesOpen { get; init; } = true;

    /// <summary>Bytes of a memory page, as procfs counts memory in pages. Default: the system's.</summary>
    public int PageBytes { get; init; } = Environment.SystemPageSize;

    /// <summary>How many groups of processes are stored by CPU, and as many by memory. Default: 20. Range: 1 to 200.</summary>
    public int TopProcessGroups { get; init; } = 20;

    /// <summary>
    /// How long a group of processes is still stored after it left the top, so that a group at the edge does not come and
    /// go. Default: 60 s.
    /// </summary>
    public TimeSpan ProcessGroupGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many names of groups may enter the store an hour; more are counted as dropped
    /// (<c>toka_dropped_total{signal="metrics",reason="process_name_limit"}</c>). Default: 200: a host has some dozens, only
    /// generated names are more.
    /// </summary>
    public int ProcessNamesPerHour { get; init; } = 200;
}
