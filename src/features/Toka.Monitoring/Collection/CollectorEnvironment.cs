using Toka.Core.Telemetry;

namespace Toka.Monitoring.Collection;

/// <summary>What all collectors share: the trees, the way to read them, the way to make series.</summary>
internal sealed class CollectorEnvironment(HostMonitorOptions options, SelfMetrics metrics, CollectorErrors errors) : IDisposable
{
    private readonly FileReader _reader = new(options.KeepFilesOpen);

    public HostMonitorOptions Options { get; } = options;

    public SelfMetrics Metrics { get; } = metrics;

    public CollectorErrors Errors { get; } = errors;

    public FileReader Reader => _reader;

    /// <summary>Series of the host.</summary>
    public SeriesFactory Node { get; } = new("node", options.Instance);

    /// <summary>Series of Toka itself.</summary>
    public SeriesFactory Self { get; } = new("toka", options.Instance);

    public string CgroupRoot => Options.CgroupRoot ?? Path.Combine(Options.SysRoot, "fs/cgroup");

    /// <summary>A file below procfs.</summary>
    public SourceFile Proc(string collector, string path, bool optional = false) =>
        File(collector, Path.Combine(Options.ProcRoot, path), optional);

    /// <summary>A file below sysfs that not every kernel or device has.</summary>
    public SourceFile Sys(string collector, string path) => File(collector, Path.Combine(Options.SysRoot, path), optional: true);

    /// <summary>A file of any tree.</summary>
    public SourceFile File(string collector, string path, bool optional) => new(_reader, Errors, collector, path, optional);

    public void Dispose() => _reader.Dispose();
}
