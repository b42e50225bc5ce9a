using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Sealing;

namespace Toka.TimeSeries.Care;

/// <summary>What a backup of a store took.</summary>
/// <param name="Blocks">Blocks in it.</param>
/// <param name="LinkedBytes">Bytes of blocks that are links to files that were there: they cost nothing.</param>
/// <param name="CopiedBytes">Bytes that were copied.</param>
/// <param name="Notes">What the owner should know, such as that blocks lie on another file system and were copied.</param>
public sealed record StoreBackupReport(int Blocks, long LinkedBytes, long CopiedBytes, IReadOnlyList<string> Notes);

/// <summary>
/// Writes a backup of a running store: its blocks as further names of the same files, copies of the log and of the
/// checkpoint, and a manifest as the last. In two steps, <see cref="Begin"/> and <see cref="Finish"/>, so that only the first
/// holds up the store.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="root">The backup's folder: new.</param>
/// <param name="previousRoot">The backup before, whose files are linked to where the store's cannot be; null where there is none.</param>
internal sealed class StoreBackup(IStoreDisk disk, string root, string? previousRoot) : IDisposable
{
    /// <summary>The folder of the metrics in a backup, as in a data directory.</summary>
    public const string MetricsFolder = "metrics";

    private readonly List<BackupFile> _files = [];
    private readonly List<(BlockInfo Block, IStoreFile File)> _toCopy = [];
    private readonly List<string> _notes = [];
    private long _linked;
    private long _copied;
    private bool _cannotLink;
    private int _blocks;

    /// <summary>What belongs to one moment: links to the blocks, copies of the log and of the checkpoint. Seals must wait for it.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="blocks">Its blocks, held by the caller.</param>
    /// <param name="log">The segments of its log, each up to a record's end.</param>
    /// <param name="cancellationToken">Ends it between two files.</param>
    /// <exception cref="IOException">Something could not be written.</exception>
    public void Begin(string directory, IReadOnlyList<BlockInfo> blocks, IReadOnlyList<LogPart> log, CancellationToken cancellationToken)
    {
        var (target, blockFolder) = (Path.Combine(root, MetricsFolder), BlockFolder);
        _blocks = blocks.Count;
        disk.CreateDirectory(root);
        disk.CreateDirectory(target);
        disk.CreateDirectory(blockFolder);
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddBlock(block);
        }

        foreach (var part in log)
        {
            AddCopy(Path.Combine(directory, part.Name), Path.Combine(target, part.Name), part.Bytes, cancellationToken);
        }

        var checkpoint = Path.Combine(directory, Checkpoint.FileName);
        if (disk.Exists(checkpoint))
        {
            AddCopy(checkpoint, Path.Combine(target, Checkpoint.FileName), disk.LengthOf(checkpoint), cancellationToken);
        }

        disk.SyncDirectory(target);
    }

    /// <summary>What takes long: copies of the blocks that cannot be linked, which are open since the first step: one that is deleted meanwhile, for the size cap, is still read. Then the manifest.</summary>
    /// <param name="others">Files that are in the backup's folder already, relative to it, to be listed too.</param>
    /// <param name="cancellationToken">Ends it between two files.</param>
    /// <exception cref="IOException">Something could not be written; the backup has no manifest then.</exception>
    public StoreBackupReport Finish(IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        foreach (var (block, file) in _toCopy)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var to = Path.Combine(BlockFolder, Path.GetFileName(block.Path));
            StoreFiles.Copy(disk, file, block.Path, to, block.Bytes, cancellationToken);
            _copied += block.Bytes;
            _files.Add(new BackupFile(Relative(to), block.Bytes, null));
        }

        foreach (var other in others)
        {
            var path = Path.Combine(root, other);
            _files.Add(new BackupFile(other, disk.LengthOf(path), StoreFiles.Checksum(disk, path, cancellationToken)));
            _copied += disk.LengthOf(path);
        }

        disk.SyncDirectory(BlockFolder);
        new BackupManifest(_files).Write(disk, root);
        return new StoreBackupReport(_blocks, _linked, _copied, _notes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, file) in _toCopy)
        {
            file.Dispose();
        }
    }

    private string BlockFolder => Path.Combine(root, MetricsFolder, BlockCatalog.FolderName);

    private void AddBlock(BlockInfo block)
    {
        var name = Path.GetFileName(block.Path);
        var to = Path.Combine(BlockFolder, name);
        if (TryLink(block.Path, to) || TryLinkPrevious(block, name, to))
        {
            _linked += block.Bytes;
            _files.Add(new BackupFile(Relative(to), block.Bytes, null));
            return;
        }

        _toCopy.Add((block, disk.Open(block.Path, toWrite: false)));
    }

    private bool TryLink(string from, string to)
    {
        if (_cannotLink)
        {
            return false;
        }

        try
        {
            disk.Link(from, to);
            return true;
        }
        catch (IOException e) when (disk.Exists(from) && !disk.Exists(to))
        {
            // Another file system, or one without links: the same for every block, so it is said once.
            _cannotLink = true;
            _notes.Add($"blocks are copied, not linked ({e.Message}); a backup on the file system of the data directory costs only what is new");
            return false;
        }
    }

    private bool TryLinkPrevious(BlockInfo block, string name, string to)
    {
        if (previousRoot is null)
        {
            return false;
        }

        var before = Path.Combine(previousRoot, MetricsFolder, BlockCatalog.FolderName, name);
        try
        {
            if (!disk.Exists(before) || !StoreFiles.EndAlike(disk, before, block.Path))
            {
                return false;
            }

            disk.Link(before, to);
            return true;
        }
        catch (IOException)
        {
            // Then it is copied, which tells what does not work.
            return false;
        }
    }

    private void AddCopy(string from, string to, long bytes, CancellationToken cancellationToken)
    {
        var checksum = StoreFiles.Copy(disk, from, to, bytes, cancellationToken);
        _copied += bytes;
        _files.Add(new BackupFile(Relative(to), bytes, checksum));
    }

    private string Relative(string path) => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
}

/// <summary>A segment of the log up to the end of a record.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">The length up to there.</param>
internal readonly record struct LogPart(string Name, long Bytes);
