using System.Globalization;
using Toka.Core.Samples;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Catalog;

/// <summary>What opening the blocks of a directory found.</summary>
/// <param name="Blocks">Blocks that are open.</param>
/// <param name="Removed">Files that were removed: unfinished ones, and blocks that another one replaces.</param>
/// <param name="Faults">For each file that cannot be used: its name, the offset, what is wrong, where it is now.</param>
internal sealed record CatalogReport(int Blocks, int Removed, IReadOnlyList<string> Faults);

/// <summary>
/// The blocks of a store: which there are, opened, as snapshots that readers hold. Readers (<see cref="Acquire"/>,
/// <see cref="Infos"/>, <see cref="Bytes"/>) are any threads; changes come from one thread at a time, the maintenance.
/// </summary>
internal sealed class BlockCatalog : IDisposable
{
    /// <summary>The folder under the store's directory.</summary>
    public const string FolderName = "blocks";

    /// <summary>A block's file.</summary>
    public const string BlockExtension = ".tkb";

    private const string TemporaryExtension = ".tmp";
    private const string DamagedFolder = "damaged";

    private readonly IStoreDisk _disk;
    private readonly string _damaged;
    private readonly bool _readOnly;
    private readonly SelfCounter _deletedBytes;
    private readonly SelfCounter _faults;
    private readonly SortedDictionary<long, BlockInfo> _toDelete = [];

    private readonly Lock _metLock = new();

    /// <summary>The files in which damage was met. A file's name is never used again.</summary>
    private readonly HashSet<string> _met = new(StringComparer.Ordinal);
    private volatile BlockSnapshot _current = new([], 0);
    private long _lastSequence;
    private long _setAsideBytes;
    private long _undeletedBytes;

    /// <summary>The catalog of a store; empty until <see cref="Open"/>.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="readOnly">Whether nothing on the disk may be changed.</param>
    /// <param name="metrics">Where it counts.</param>
    public BlockCatalog(IStoreDisk disk, string directory, bool readOnly, SelfMetrics metrics)
    {
        _disk = disk;
        _readOnly = readOnly;
        Directory = Path.Combine(directory, FolderName);
        _damaged = Path.Combine(Directory, DamagedFolder);
        _deletedBytes = metrics.Counter("toka_store_deleted_block_bytes_total", "Bytes of blocks deleted: replaced by others, or no longer kept.");
        _faults = metrics.Counter("toka_store_damaged_blocks_total", "Blocks that could not be opened and were set aside, or not be read at the start.");
        metrics.Gauge("toka_store_blocks", "Blocks of the metric store.", () => _current.Blocks.Length);
        metrics.Gauge("toka_store_block_bytes", "Bytes of the blocks of the metric store.", () => Bytes);
    }

    /// <summary>Where the blocks lie.</summary>
    public string Directory { get; }

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes => _current.Blocks.Sum(static b => b.Info.Bytes);

    /// <summary>Bytes of files beside the blocks: damaged ones that were set aside, as the start found them, and blocks whose file could not be deleted yet.</summary>
    public long OtherBytes => Interlocked.Read(ref _setAsideBytes) + Interlocked.Read(ref _undeletedBytes);

    /// <summary>Bytes deleted so far.</summary>
    public long DeletedBytes => _deletedBytes.Value;

    /// <summary>Changes with every publication.</summary>
    public long Version => _current.Version;

    /// <summary>The blocks, oldest time first.</summary>
    public IReadOnlyList<BlockInfo> Infos => Array.ConvertAll(_current.Blocks, static b => b.Info);

    /// <summary>Told once of each block in which damage was met. Default none.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>The blocks in which damage was met since the start and which are still there; they stay so until they are repaired.</summary>
    public IReadOnlyList<BlockInfo> Damaged
    {
        get
        {
            lock (_metLock)
            {
                return _met.Count == 0 ? [] : [.. Infos.Where(block => _met.Contains(block.Path))];
            }
        }
    }

    /// <summary>
    /// Blocks that a start could not open and set aside, and in a directory that is only read those that it would. What they held
    /// is missing, and nobody can say what that was; known from <see cref="Open"/> on. What repair set aside has another name.
    /// </summary>
    public IReadOnlyList<string> SetAside { get; private set; } = [];

    /// <summary>Remembers that damage was met.</summary>
    public void Note(BlockFault fault)
    {
        bool isFirst;
        lock (_metLock)
        {
            isFirst = _met.Add(fault.Path);
        }

        if (isFirst)
        {
            Report?.Invoke($"Damage was met in a block and is passed over; the rest is answered: {fault}. Stop toka and run `toka doctor`, which names all damage, and with --repair takes it out.");
        }
    }

    /// <summary>Opens what is there: removes what is unfinished or replaced, sets aside what cannot be used.</summary>
    /// <exception cref="Toka.Core.Errors.BadInputException">Another version wrote a block.</exception>
    /// <exception cref="IOException">The directory cannot be read, or not be tidied.</exception>
    public CatalogReport Open()
    {
        if (!_readOnly)
        {
            _disk.CreateDirectory(Directory);

            // A process that died may have made and deleted files whose names a power cut would still bring back, or take.
            _disk.SyncDirectory(Directory);
        }

        var faults = new List<string>();
        var blocks = new List<Block>();
        var setAside = new List<string>();
        var removed = 0;
        try
        {
            foreach (var name in _disk.List(Directory).Order(StringComparer.Ordinal))
            {
                var path = Path.Combine(Directory, name);
                if (name.EndsWith(TemporaryExtension, StringComparison.Ordinal))
                {
                    removed += Remove(path);
                }
                else if (SequenceOf(name) is { } sequence)
                {
                    _lastSequence = Math.Max(_lastSequence, sequence);
                    OpenBlock(path, sequence, blocks, faults, setAside);
                }
            }

            var replaced = blocks.SelectMany(static b => b.Info.Sources).ToHashSet();
            foreach (var block in blocks.Where(b => replaced.Contains(b.Info.Sequence)).ToArray())
            {
                blocks.Remove(block);
                block.Release();
                removed += Remove(block.Info.Path);
            }

            FindSetAside(setAside);
        }
        catch
        {
            blocks.ForEach(static b => b.Release());
            throw;
        }

        Replace(blocks);
        blocks.ForEach(static b => b.Release());
        return new CatalogReport(blocks.Count, removed, faults);
    }

    /// <summary>The blocks as they are now, to be disposed.</summary>
    public BlockSnapshot Acquire()
    {
        while (true)
        {
            var current = _current;
            if (current.TryAcquire())
            {
                return current;
            }
        }
    }

    /// <summary>Whether any block may have samples of a range.</summary>
    public bool MayHave(long fromMs, long toMs)
    {
        var current = _current;
        if (fromMs > current.NewestMs || toMs < current.OldestMs)
        {
            return false;
        }

        foreach (var block in current.Blocks)
        {
            if (block.Info.MinMs <= toMs && block.Info.MaxMs >= fromMs)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The metadata in the blocks, that of the newest block last.</summary>
    public IReadOnlyList<MetricMetadata> Metadata()
    {
        using var snapshot = Acquire();
        var found = new List<MetricMetadata>();
        foreach (var block in snapshot.Blocks.OrderBy(static b => b.Info.Sequence))
        {
            found.AddRange(BlockReading.Ask(block, static b => b.Metadata().ToList(), [], fault =>
            {
                _faults.Add();
                Note(fault);
            }));
        }

        return found;
    }

    /// <summary>A number that no block has had.</summary>
    public long NextSequence() => Interlocked.Increment(ref _lastSequence);

    /// <summary>Opens new blocks, shows them, and takes others away: readers see either the one state or the other.</summary>
    /// <param name="added">Finished blocks.</param>
    /// <param name="removedSequences">Blocks to be deleted; who holds them still reads them.</param>
    /// <exception cref="BlockDamagedException">A new block cannot be opened; nothing has changed.</exception>
    /// <exception cref="IOException">A new block cannot be opened; nothing has changed.</exception>
    public void Publish(IReadOnlyList<BlockInfo> added, IReadOnlyList<long> removedSequences)
    {
        var opened = new List<Block>();
        try
        {
            foreach (var info in added)
            {
                opened.Add(Block.Open(_disk, info.Path));
            }
        }
        catch
        {
            opened.ForEach(static b => b.Release());
            throw;
        }

        var removed = removedSequences.ToHashSet();
        var gone = _current.Blocks.Where(b => removed.Contains(b.Info.Sequence)).Select(static b => b.Info).ToArray();
        Replace([.. _current.Blocks.Where(b => !removed.Contains(b.Info.Sequence)), .. opened]);
        opened.ForEach(static b => b.Release());
        foreach (var info in gone)
        {
            _toDelete[info.Sequence] = info;
            _deletedBytes.Add(info.Bytes);
        }

        RetryDeletes();
    }

    /// <summary>Deletes files that could not be deleted when their blocks went, oldest first.</summary>
    /// <returns>How many are left.</returns>
    /// <remarks>
    /// A block that names an older one stays until that has gone: where the process ends before, its name is what takes the
    /// older one away at the next start, instead of bringing back what it had replaced.
    /// </remarks>
    public int RetryDeletes()
    {
        foreach (var info in _toDelete.Values.ToArray())
        {
            if (info.Sources.Any(_toDelete.ContainsKey))
            {
                continue;
            }

            try
            {
                _disk.Delete(info.Path);
                _toDelete.Remove(info.Sequence);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Tried again with the next change, or at the next start.
            }
        }

        Interlocked.Exchange(ref _undeletedBytes, _toDelete.Values.Sum(static info => info.Bytes));
        return _toDelete.Count;
    }

    /// <summary>Lets go of the blocks; who holds a snapshot still reads it.</summary>
    public void Dispose() => Replace([]);

    /// <summary>The number that the name of a block begins with, whatever follows it; 0 where there is none.</summary>
    public static long NumberOf(string name) => long.TryParse(name.Split('.', '-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static long? SequenceOf(string name) =>
        name.EndsWith(BlockExtension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, name.Length - BlockExtension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : null;

    /// <summary>Looks at the files in the folder of damaged ones: their numbers are not given again.</summary>
    private void FindSetAside(List<string> unusable)
    {
        var aside = _disk.List(_damaged).Order(StringComparer.Ordinal).ToList();
        _lastSequence = aside.Select(static name => NumberOf(name)).Append(_lastSequence).Max();
        _setAsideBytes = aside.Sum(name => _disk.LengthOf(Path.Combine(_damaged, name)));
        SetAside = [.. aside.Where(static name => SequenceOf(name) is not null).Select(name => Path.Combine(_damaged, name)), .. unusable];
    }

    private void OpenBlock(string path, long sequence, List<Block> blocks, List<string> faults, List<string> setAside)
    {
        try
        {
            var block = Block.Open(_disk, path);
            if (block.Info.Sequence != sequence)
            {
                // Two blocks of one number would be taken for one.
                block.Release();
                throw new BlockDamagedException(path, 0, $"the file has the name of another block: it is block {block.Info.Sequence}");
            }

            blocks.Add(block);
        }
        catch (BlockDamagedException e)
        {
            _faults.Add();
            if (_readOnly)
            {
                faults.Add($"{e.Message}; it is not used");
                setAside.Add(path);
                return;
            }

            var aside = Path.Combine(_damaged, Path.GetFileName(path));
            _disk.CreateDirectory(_damaged);
            _disk.Rename(path, aside);
            faults.Add($"{e.Message}; it is now {aside}");
        }
    }

    private int Remove(string path)
    {
        if (!_readOnly)
        {
            _disk.Delete(path);
        }

        return 1;
    }

    private void Replace(IEnumerable<Block> blocks)
    {
        var old = _current;
        _current = new BlockSnapshot(blocks, old.Version + 1);
        old.Dispose();
    }
}
