using Toka.Core.Errors;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Care;

/// <summary>What was restored.</summary>
/// <param name="Files">Files written.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StoreRestoreReport(int Files, long Bytes);

/// <summary>Makes a data directory of a backup.</summary>
public static class StoreRestore
{
    /// <summary>Checks every checksum of a backup, then copies it. Nothing is linked: the backup stays what it is. Until all of it is there, no store opens it.</summary>
    /// <param name="backup">A folder that a backup made.</param>
    /// <param name="data">The data directory to make; missing or empty.</param>
    /// <param name="cancellationToken">Ends it; what was written until then is left, and no store opens it.</param>
    /// <exception cref="BadInputException">It is no backup, it is damaged (with file and offset), or the target is not empty.</exception>
    /// <exception cref="IOException">Something could not be written.</exception>
    public static StoreRestoreReport Run(string backup, string data, CancellationToken cancellationToken) =>
        Run(new StoreDisk(), backup, data, cancellationToken);

    internal static StoreRestoreReport Run(IStoreDisk disk, string backup, string data, CancellationToken cancellationToken)
    {
        var manifest = BackupManifest.Read(disk, backup);
        var faults = manifest.Files.SelectMany(file => FaultsOf(disk, backup, file, cancellationToken)).ToList();
        if (faults.Count > 0)
        {
            throw new BadInputException($"the backup is damaged and nothing was restored: {string.Join("; ", faults)}. Restore an earlier one; or copy it, run `toka doctor --repair --data COPY`, and serve the copy itself with `toka serve --data COPY`");
        }

        foreach (var folder in manifest.Files.Select(file => Path.GetDirectoryName(Path.Combine(data, file.Path))!).Prepend(data).Distinct())
        {
            disk.CreateDirectory(folder);
        }

        var metrics = Path.Combine(data, StoreBackup.MetricsFolder);
        var mark = Path.Combine(metrics, DirectoryLock.UnfinishedName);
        disk.CreateDirectory(metrics);
        disk.Create(mark).Dispose();
        disk.SyncDirectory(metrics);
        foreach (var file in manifest.Files)
        {
            var to = Path.Combine(data, file.Path);
            StoreFiles.Copy(disk, Path.Combine(backup, file.Path), to, file.Bytes, cancellationToken);
        }

        foreach (var folder in manifest.Files.Select(file => Path.GetDirectoryName(Path.Combine(data, file.Path))!).Distinct())
        {
            disk.SyncDirectory(folder);
        }

        disk.Delete(mark);
        disk.SyncDirectory(metrics);
        return new StoreRestoreReport(manifest.Files.Count, manifest.Files.Sum(static file => file.Bytes));
    }

    private static IEnumerable<string> FaultsOf(IStoreDisk disk, string backup, BackupFile file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(backup, file.Path);
        if (!disk.Exists(path))
        {
            return [$"{path}: offset 0: the file is missing"];
        }

        if (disk.LengthOf(path) != file.Bytes)
        {
            return [$"{path}: offset {Math.Min(file.Bytes, disk.LengthOf(path))}: the file has {disk.LengthOf(path)} bytes instead of {file.Bytes}"];
        }

        if (file.Checksum is { } checksum)
        {
            return StoreFiles.Checksum(disk, path, cancellationToken) == checksum ? [] : [$"{path}: offset 0: the file does not have its checksum"];
        }

        try
        {
            var block = Block.Open(disk, path);
            try
            {
                return [.. block.Verify().Select(static fault => fault.ToString())];
            }
            finally
            {
                block.Release();
            }
        }
        catch (BlockDamagedException e)
        {
            return [e.Message];
        }
    }
}
