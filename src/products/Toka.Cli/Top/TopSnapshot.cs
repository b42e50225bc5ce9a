namespace Toka.Cli.Top;

/// <summary>What one frame shows. A number that the server does not have is NaN.</summary>
internal sealed record TopSnapshot
{
    public required string HostName { get; init; }

    public required string Kernel { get; init; }

    public required string HealthState { get; init; }

    public required string HealthSentence { get; init; }

    public required long NowMs { get; init; }

    public required long BootTimeMs { get; init; }

    /// <summary>The load averages of 1, 5 and 15 minutes.</summary>
    public required IReadOnlyList<double> Load { get; init; }

    /// <summary>Busy ratio by core, 0 to 1, in the order of the cores.</summary>
    public required IReadOnlyList<NamedValue> Cores { get; init; }

    public required double MemoryTotalBytes { get; init; }

    public required double MemoryAvailableBytes { get; init; }

    public required double SwapTotalBytes { get; init; }

    public required double SwapFreeBytes { get; init; }

    /// <summary>Used ratio by mount point, 0 to 1, the fullest first.</summary>
    public required IReadOnlyList<NamedValue> FileSystems { get; init; }

    public required double DiskReadBytesPerSecond { get; init; }

    public required double DiskWriteBytesPerSecond { get; init; }

    public required double ReceiveBytesPerSecond { get; init; }

    public required double TransmitBytesPerSecond { get; init; }

    public required int ProcessCount { get; init; }

    public required IReadOnlyList<TopProcess> Processes { get; init; }

    public required IReadOnlyList<TopAlert> Alerts { get; init; }
}

/// <summary>A number with the name of what it belongs to.</summary>
internal readonly record struct NamedValue(string Name, double Value);

/// <summary>The processes of one name. CPU is in cores.</summary>
internal readonly record struct TopProcess(string Name, int Count, double CpuRatio, double ResidentBytes);

/// <summary>An alert that is not resolved.</summary>
internal readonly record struct TopAlert(string Severity, string State, string Summary);
