using Microsoft.Extensions.Time.Testing;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

/// <summary>Blocks and their maintenance in a folder of their own, without head and log.</summary>
internal sealed class MaintainedStore : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("toka-maintenance-").FullName;
    private readonly IStoreDisk _disk;

    public MaintainedStore(IStoreDisk? disk = null)
    {
        _disk = disk ?? new StoreDisk();
        Catalog = OpenCatalog();
        Maintenance = new StoreMaintenance(_disk, Catalog, new RetentionOptions { RawKeep = TimeSpan.MaxValue, DiskReserveBytes = 0 }, Metrics, Hooks());
    }

    public FakeTimeProvider Time { get; } = new();

    public SelfMetrics Metrics { get; } = new();

    public List<string> Log { get; } = [];

    public BlockCatalog Catalog { get; private set; }

    public StoreMaintenance Maintenance { get; private set; }

    public long LogBytes { get; set; }

    public string BlocksFolder => Catalog.Directory;

    /// <summary>Everything that the store has on the disk.</summary>
    public long BytesOnDisk => Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).Sum(static path => new FileInfo(path).Length) + LogBytes;

    public MaintainedStore With(RetentionOptions options, Func<MaintenanceHooks, MaintenanceHooks>? change = null)
    {
        Maintenance = new StoreMaintenance(_disk, Catalog, options, Metrics, change is null ? Hooks() : change(Hooks()));
        return this;
    }

    /// <summary>A seal: the samples become a block.</summary>
    public BlockInfo Seal(Model model, long tierMs = 0)
    {
        var info = model.Write(_disk, Catalog.Directory, Catalog.NextSequence(), tierMs);
        Catalog.Publish([info], []);
        return info;
    }

    /// <summary>Drives it until there is nothing to do.</summary>
    public void RunToTheEnd(long nowMs = 0, long sealedUntilMs = long.MaxValue)
    {
        for (var round = 0; Maintenance.RunRound(nowMs, sealedUntilMs, CancellationToken.None).MayHaveMore; round++)
        {
            Assert.True(round < 200, "the maintenance does not end");
        }
    }

    /// <summary>The process ends and starts again.</summary>
    public void Reopen()
    {
        Catalog.Dispose();
        Catalog = OpenCatalog();
        Maintenance = new StoreMaintenance(_disk, Catalog, new RetentionOptions { RawKeep = TimeSpan.MaxValue, DiskReserveBytes = 0 }, Metrics, Hooks());
    }

    public void AssertFilesAreTheBlocks() => Assert.Equal(
        Catalog.Infos.Select(static block => Path.GetFileName(block.Path)).Order(StringComparer.Ordinal),
        Directory.EnumerateFiles(Catalog.Directory).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

    public void Dispose()
    {
        Catalog.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private BlockCatalog OpenCatalog()
    {
        var catalog = new BlockCatalog(_disk, _directory, readOnly: false, Metrics) { Report = Log.Add };
        Assert.Empty(catalog.Open().Faults);
        return catalog;
    }

    private MaintenanceHooks Hooks() => new() { Log = Log.Add, Time = Time, LogBytes = () => LogBytes };
}
