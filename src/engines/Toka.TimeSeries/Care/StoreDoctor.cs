using Toka.Core.Errors;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Sealing;
using Toka.TimeSeries.Tiers;
using Toka.TimeSeries.Wal;

namespace Toka.TimeSeries.Care;

/// <summary>A damaged place.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Where in it, in bytes.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Lost">What of the data it costs.</param>
/// <param name="Done">What repair did; null where nothing was done.</param>
public sealed record DoctorFinding(string File, long Offset, string What, string Lost, string? Done);

/// <summary>What an examination found.</summary>
/// <param name="Blocks">Blocks examined.</param>
/// <param name="Segments">Segments of the log examined.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Findings">The damaged places, file by file.</param>
/// <param name="Stopped">Why it ended before everything was examined or repaired; null where it did not.</param>
public sealed record DoctorReport(int Blocks, int Segments, long Bytes, IReadOnlyList<DoctorFinding> Findings, string? Stopped = null)
{
    /// <summary>Whether everything was examined and every checksum is right.</summary>
    public bool IsHealthy => Findings.Count == 0 && Stopped is null;
}

/// <summary>
/// Verifies every checksum of a store that is not open. Without repair nothing is changed. Repair never deletes: what is
/// damaged is moved to a folder <c>damaged</c> beside it, and what is good of it is written anew.
/// </summary>
public sealed class StoreDoctor
{
    /// <summary>Of a file that is not finished: neither recovery nor an examination takes it for a segment.</summary>
    private const string TemporaryExtension = ".tmp";

    private const string DamagedFolder = "damaged";

    /// <summary>Of a block that repair has set aside.</summary>
    private const string RepairedExtension = ".repaired";

    private readonly IStoreDisk _disk;
    private readonly string _directory;
    private readonly bool _repairs;
    private readonly List<DoctorFinding> _findings = [];
    private TierDays? _days;
    private int _blocks;
    private int _segments;
    private long _bytes;

    private StoreDoctor(IStoreDisk disk, string directory, bool repairs) => (_disk, _directory, _repairs) = (disk, directory, repairs);

    /// <summary>Examines a store.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="repairs">Whether to set aside and rewrite what is damaged.</param>
    /// <param name="cancellationToken">Ends it between two files.</param>
    /// <returns>What was found; also where the disk or a block of another version ended it early, which <see cref="DoctorReport.Stopped"/> says.</returns>
    /// <exception cref="BadInputException">The directory is missing or in use.</exception>
    /// <exception cref="IOException">The directory cannot be locked.</exception>
    public static DoctorReport Examine(string directory, bool repairs, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
        {
            throw new BadInputException($"{directory} does not exist; name the folder that `toka serve --data` was given");
        }

        using var held = repairs ? DirectoryLock.TakeToWrite(directory) : DirectoryLock.TakeToRead(directory);
        return Examine(new StoreDisk(), directory, repairs, cancellationToken);
    }

    internal static DoctorReport Examine(IStoreDisk disk, string directory, bool repairs, CancellationToken cancellationToken) =>
        new StoreDoctor(disk, directory, repairs).Run(cancellationToken);

    private DoctorReport Run(CancellationToken cancellationToken)
    {
        string? stopped = null;
        try
        {
            ExamineAll(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadInputException)
        {
            stopped = e.Message;
        }

        return new DoctorReport(_blocks, _segments, _bytes, _findings, stopped);
    }

    private void ExamineAll(CancellationToken cancellationToken)
    {
        var blockFolder = Path.Combine(_directory, BlockCatalog.FolderName);
        var names = _disk.List(blockFolder).Where(static name => name.EndsWith(BlockCatalog.BlockExtension, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ExamineBlock(Path.Combine(blockFolder, name));
        }

        foreach (var name in _disk.List(Path.Combine(blockFolder, DamagedFolder)).Where(static name => name.EndsWith(BlockCatalog.BlockExtension, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            ExamineSetAside(Path.Combine(blockFolder, DamagedFolder, name));
        }

        foreach (var name in _disk.List(_directory).Where(static name => name.EndsWith(".wal", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            ExamineSegment(Path.Combine(_directory, name), cancellationToken);
        }

        ExamineCheckpoint();
    }

    /// <summary>A block that a start could not open: repair gives it the name of one whose loss has been told.</summary>
    private void ExamineSetAside(string path)
    {
        var fault = new BlockFault(path, 0, "a start could not open this block and set it aside");
        try
        {
            Block.Open(_disk, path).Release();
        }
        catch (BlockDamagedException e)
        {
            fault = e.Fault;
        }

        Add([fault], "all of the block; how much that is cannot be told", () =>
        {
            _disk.Rename(path, path + RepairedExtension);
            _disk.SyncDirectory(Path.GetDirectoryName(path)!);
            return $"now {path + RepairedExtension}; queries and health no longer tell of it";
        });
    }

    private void ExamineBlock(string path)
    {
        _blocks++;
        if (!CanBeRead(path))
        {
            return;
        }

        _bytes += _disk.LengthOf(path);

        Block block;
        try
        {
            block = Block.Open(_disk, path);
        }
        catch (BlockDamagedException e)
        {
            Add([e.Fault], "all of the block; how much that is cannot be told", () => $"moved to {SetAside(path)}");
            return;
        }

        try
        {
            var faults = block.Verify().ToList();
            if (faults.Count > 0)
            {
                AddBlockFaults(block, faults);
            }
        }
        finally
        {
            block.Release();
        }
    }

    private void AddBlockFaults(Block block, List<BlockFault> faults)
    {
        var rescue = new BlockRescue(_disk, block);
        var lost = rescue.Examine();
        if (CanBeSummedUpAgain(block.Info))
        {
            Add(faults, "nothing; the raw samples that it sums up are there", () => $"moved to {SetAside(block.Info.Path)}; the next start sums up its days again");
            return;
        }

        Add(faults, lost, () =>
        {
            var written = rescue.Write(NextSequence());
            return (written is null ? "nothing could be rescued" : $"{written.Samples} samples of {written.Series} series written to {written.Path}") + $"; the damaged block moved to {SetAside(block.Info.Path)}";
        });
    }

    /// <summary>Whether a block has summaries alone of days whose raw samples are all there.</summary>
    private bool CanBeSummedUpAgain(BlockInfo block)
    {
        if (block.TierMs == 0)
        {
            return false;
        }

        _days ??= TierDays.Of(Infos());
        for (var day = TierLayout.DayStart(block.MinMs); day <= block.MaxMs; day += TierLayout.DayMs)
        {
            if (_days.DayOf(day) is not { IsRawWhole: true })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The blocks that can be opened, as they are before anything is repaired.</summary>
    private List<BlockInfo> Infos()
    {
        var folder = Path.Combine(_directory, BlockCatalog.FolderName);
        var infos = new List<BlockInfo>();
        foreach (var name in _disk.List(folder).Where(static name => name.EndsWith(BlockCatalog.BlockExtension, StringComparison.Ordinal)))
        {
            try
            {
                var block = Block.Open(_disk, Path.Combine(folder, name));
                infos.Add(block.Info);
                block.Release();
            }
            catch (BlockDamagedException)
            {
                // It is a finding of its own, and its days are not whole.
            }
        }

        return infos;
    }

    /// <summary>Adds findings, and repairs them where that is wanted: what was found is told even where the repair fails.</summary>
    private void Add(List<BlockFault> faults, string lost, Func<string> repair)
    {
        string? done = null;
        try
        {
            done = _repairs ? repair() : null;
        }
        finally
        {
            _findings.AddRange(faults.Select(fault => new DoctorFinding(fault.Path, fault.Offset, fault.What, lost, done)));
        }
    }

    /// <summary>
    /// A file that the disk does not give is not mapped, because there the kernel ends the process; nor can it be moved in order.
    /// </summary>
    private bool CanBeRead(string path)
    {
        if (StoreFiles.FirstUnreadable(_disk, path) is not { } unreadable)
        {
            return true;
        }

        _findings.Add(new DoctorFinding(path, unreadable.Offset, unreadable.Why, "what lies there; the disk may be failing, so copy the file elsewhere first", null));
        return false;
    }

    private void ExamineSegment(string path, CancellationToken cancellationToken)
    {
        _segments++;
        if (!CanBeRead(path))
        {
            return;
        }

        var length = _disk.LengthOf(path);
        _bytes += length;
        var read = new SegmentReader(new Listener(), _disk, new Lock(), cancellationToken).Read(path);
        if (read.Fault is null)
        {
            return;
        }

        var lost = $"{length - read.GoodBytes} bytes of the log behind that place; where it is the last segment's end, what was being written when the process or the power ended";
        Add([new BlockFault(path, read.GoodBytes, read.Fault)], lost, () => read.GoodBytes > WalFormat.HeaderBytes
            ? $"cut there: {read.Samples} samples before it stay; the whole segment is now {CutSegment(path, length, read.GoodBytes, cancellationToken)}"
            : $"moved to {SetAside(path)}");
    }

    /// <summary>
    /// Cuts a segment behind its last good record. Wherever this ends, the segment's name stands for a file that has all
    /// good records: the old one until the rename, the cut one from then on. A copy that was left unfinished has a name
    /// that nothing reads.
    /// </summary>
    /// <returns>Where the whole segment is now.</returns>
    private string CutSegment(string path, long length, long goodBytes, CancellationToken cancellationToken)
    {
        var cut = path + TemporaryExtension;
        _disk.Delete(cut);
        StoreFiles.Copy(_disk, path, cut, goodBytes, cancellationToken);
        var aside = FreeNameAside(path);
        try
        {
            _disk.Link(path, aside);
        }
        catch (IOException)
        {
            // A file system without links.
            StoreFiles.Copy(_disk, path, aside, length, cancellationToken);
        }

        _disk.SyncDirectory(Path.GetDirectoryName(aside)!);
        _disk.SyncDirectory(_directory);
        _disk.Rename(cut, path);
        _disk.SyncDirectory(_directory);
        return aside;
    }

    private void ExamineCheckpoint()
    {
        _ = Checkpoint.Read(_disk, _directory, out var fault);
        if (fault is not null)
        {
            var path = Path.Combine(_directory, Checkpoint.FileName);
            Add([new BlockFault(path, 0, fault)], "metadata that no block has, such as of metrics of the last hours; the log is read as a whole", () => $"moved to {SetAside(path)}");
        }
    }

    /// <summary>
    /// Moves a file to the folder <c>damaged</c> beside it, under a name that is free there. A block gets a name that is no block's:
    /// the owner has been told what it costs, and starts do not tell it again.
    /// </summary>
    private string SetAside(string path)
    {
        var aside = FreeNameAside(path.EndsWith(BlockCatalog.BlockExtension, StringComparison.Ordinal) ? path + RepairedExtension : path);
        _disk.Rename(path, aside);
        _disk.SyncDirectory(Path.GetDirectoryName(aside)!);
        _disk.SyncDirectory(Path.GetDirectoryName(path)!);
        return aside;
    }

    private string FreeNameAside(string path)
    {
        var folder = Path.Combine(Path.GetDirectoryName(path)!, DamagedFolder);
        _disk.CreateDirectory(folder);
        var aside = Path.Combine(folder, Path.GetFileName(path));
        for (var number = 2; _disk.Exists(aside); number++)
        {
            aside = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}");
        }

        return aside;
    }

    private long NextSequence()
    {
        var folder = Path.Combine(_directory, BlockCatalog.FolderName);
        return _disk.List(folder).Concat(_disk.List(Path.Combine(folder, DamagedFolder)))
            .Select(BlockCatalog.NumberOf)
            .DefaultIfEmpty(0).Max() + 1;
    }

    /// <summary>Wants nothing but to have every record read.</summary>
    private sealed class Listener : IWalSink
    {
        public int Series(ReadOnlySpan<byte> labels) => 0;

        public void Sample(int series, long time, ulong bits)
        {
        }

        public void Metadata(Core.Samples.MetricMetadata metadata)
        {
        }

        public void Histogram(int series, long time, Core.Samples.NativeHistogram histogram)
        {
        }

        public void Exemplar(int series, long time, double value, ReadOnlySpan<byte> labels)
        {
        }

        public void Created(int series, long time, long created)
        {
        }

        public void RecordRead()
        {
        }
    }
}
