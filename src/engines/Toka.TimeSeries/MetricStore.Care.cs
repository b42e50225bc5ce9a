using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Telemetry;
using Toka.TimeSeries.Care;
using Toka.TimeSeries.Compaction;

namespace Toka.TimeSeries;

/// <content>Care: backups and deletions.</content>
public sealed partial class MetricStore
{
    /// <summary>
    /// Backs the store up while it runs: writers and readers go on, merging and retention wait. Everything that was
    /// acknowledged before the call is in it.
    /// </summary>
    /// <param name="root">The backup's folder; the metrics go below it.</param>
    /// <param name="previousRoot">The backup before, for links where the store lies on another file system; null where there is none.</param>
    /// <param name="others">Files already in the folder, relative to it, which the manifest shall list too.</param>
    /// <param name="cancellationToken">Ends it; the folder then has no manifest and is no backup.</param>
    /// <exception cref="BadInputException">The store keeps nothing on disk.</exception>
    /// <exception cref="IOException">Something could not be written, or the log not be read.</exception>
    public async Task<StoreBackupReport> BackupAsync(string root, string? previousRoot, IReadOnlyList<string> others, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentNullException.ThrowIfNull(others);
        CheckOnDisk();
        await Recovered.WaitAsync(cancellationToken);
        StoreBackupReport? report = null;
        using var backup = new StoreBackup(_options.Disk, root, previousRoot);
        await Task.Run(
            () => _keeper.WhileBlocksStay(
                catalog =>
                {
                    CheckOpen();
                    backup.Begin(_options.Directory!, catalog.Infos, _committer.LogParts(), cancellationToken);
                },
                () => report = backup.Finish(others, cancellationToken)),
            cancellationToken);
        return report! with { Notes = [.. report!.Notes, .. DamageNotes()] };
    }

    private IEnumerable<string> DamageNotes()
    {
        if (SetAsideBlocks is [var aside, ..])
        {
            yield return $"blocks that cannot be used ({SetAsideBlocks.Count}) are not in the backup, and nobody knows what they held: {aside}{(SetAsideBlocks.Count > 1 ? " and others" : "")}";
        }

        if (DamagedBlocks is [var damaged, ..])
        {
            yield return $"damage was met in {damaged}, which is in the backup as it is: a restore refuses it. Stop toka, run `toka doctor --repair`, and back up anew";
        }
    }

    /// <summary>Deletes samples of series: seals what is in memory, then writes the blocks that hold any of them anew.</summary>
    /// <param name="matchers">Which series; at least one matcher that does not match everything.</param>
    /// <param name="fromMs">The first moment, inclusive, ms since the Unix epoch.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="cancellationToken">Ends it between two series; what was deleted until then stays deleted.</param>
    /// <returns>Samples deleted; summaries count as samples.</returns>
    /// <exception cref="BadInputException">The store keeps nothing on disk, or a block that holds the series is damaged.</exception>
    /// <exception cref="IOException">A block could not be written.</exception>
    public async Task<long> DeleteSeriesAsync(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(matchers);
        CheckOnDisk();
        await Recovered.WaitAsync(cancellationToken);
        var samples = 0L;
        await Task.Run(
            () =>
            {
                if (!Seal())
                {
                    throw new IOException("what is in memory could not be written to a block, so nothing was deleted; see the log of toka, and try again");
                }

                ChangeBlocks(catalog =>
                {
                    // Where nothing maintains the blocks, such as in a tool, one is made for this.
                    using var own = _keeper.Blocks is null ? new StoreMaintenance(_options.Disk, catalog, new RetentionOptions(), new SelfMetrics(), new MaintenanceHooks()) : null;
                    if ((_keeper.Blocks ?? own) is StoreMaintenance maintenance)
                    {
                        samples = Delete(maintenance, matchers, fromMs, toMs, cancellationToken);
                    }
                });
            },
            cancellationToken);
        return samples;
    }

    private static long Delete(StoreMaintenance maintenance, IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        try
        {
            return maintenance.Delete(matchers, fromMs, toMs, cancellationToken).Samples;
        }
        catch (Blocks.BlockDamagedException e)
        {
            throw new BadInputException($"{e.Message}; what was deleted before stays deleted. Stop toka, run `toka doctor --repair`, and delete again");
        }
    }

    private void CheckOnDisk()
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        if (_options.Directory is null || _options.ReadOnly)
        {
            throw new BadInputException("this store keeps nothing on disk that could be backed up or deleted");
        }
    }
}
