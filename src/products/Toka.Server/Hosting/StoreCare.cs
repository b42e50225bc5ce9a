using System.Globalization;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.State.Sqlite;
using Toka.TimeSeries;
using Toka.Web.Prometheus;

namespace Toka.Server.Hosting;

/// <summary>Backups of everything stored, numbered in one folder, and deletions. One backup at a time.</summary>
internal sealed class StoreCare(MetricStore store, SqliteStateStore state, string dataPath) : IStoreCare, IDisposable
{
    private const string StateFile = "state/toka.db";
    private const string ManifestName = "manifest.json";
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<CareBackup> BackupAsync(string? directory, CancellationToken cancellationToken)
    {
        directory ??= Path.Combine(dataPath, "snapshots");
        await _one.WaitAsync(cancellationToken);
        string? unfinished = null;
        try
        {
            Directory.CreateDirectory(directory);
            var numbers = NumbersIn(directory);
            var root = Path.Combine(directory, NameOf(numbers.DefaultIfEmpty(0).Max() + 1));
            var previous = numbers.OrderDescending().Select(number => Path.Combine(directory, NameOf(number))).FirstOrDefault(static folder => File.Exists(Path.Combine(folder, ManifestName)));
            unfinished = root;
            Directory.CreateDirectory(Path.Combine(root, "state"));
            await state.BackupAsync(Path.Combine(root, StateFile), cancellationToken);
            var report = await store.BackupAsync(root, previous, [StateFile], cancellationToken);
            unfinished = null;
            return new CareBackup(root, report.Blocks, report.LinkedBytes, report.CopiedBytes, report.Notes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StateStoreException)
        {
            throw new BadInputException($"{directory}: the backup could not be written: {e.Message}");
        }
        finally
        {
            Remove(unfinished);
            _one.Release();
        }
    }

    public async Task<long> DeleteSeriesAsync(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        try
        {
            return await store.DeleteSeriesAsync(matchers, fromMs, toMs, cancellationToken);
        }
        catch (IOException e)
        {
            throw new BadInputException($"the series could not be deleted: {e.Message}");
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Removes what is no backup: its links would keep the space of deleted blocks.</summary>
    private static void Remove(string? unfinished)
    {
        try
        {
            if (unfinished is not null)
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has no manifest, so nobody takes it for a backup; the caller learns why the backup failed.
        }
    }

    private static string NameOf(long number) => number.ToString("D6", CultureInfo.InvariantCulture);

    private static List<long> NumbersIn(string directory) =>
        [.. Directory.GetDirectories(directory).Select(static folder => long.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Where(static number => number is > 0 and < long.MaxValue)];
}
