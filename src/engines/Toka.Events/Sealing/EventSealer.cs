using System.Globalization;
using Toka.Core.Searching;
using Toka.Events.Duck;
using Toka.Events.Storage;

namespace Toka.Events.Sealing;

/// <summary>
/// Seals tables: their rows become files, and the table goes. Its journal stands until the files have their names, so a crash in
/// between leaves both, and whoever opens the store next removes the files and seals the table again.
/// </summary>
/// <param name="database">The database.</param>
internal sealed class EventSealer(EventDatabase database) : IDisposable
{
    // A service with a third of a slice is noisy: it gets a file of its own, which can go without the others'.
    private const double NoisyShare = 1.0 / 3;
    private const int NoisyRowsMin = 8_192;

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Seals every table that waits.</summary>
    public async Task SealAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await SealAsync(database.Spans, cancellationToken);
            await SealAsync(database.Logs, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task SealAsync<TRecord>(SignalStore<TRecord> store, CancellationToken cancellationToken)
        where TRecord : class, ISearchable
    {
        foreach (var slice in store.Closed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = database.Clock.GetTimestamp();
            try
            {
                var parts = await Task.Run(() => Write(store, slice), CancellationToken.None);
                store.Sealed(slice, parts);
                await slice.Free.WaitAsync(cancellationToken);
                database.Duck.Execute($"DROP TABLE {slice.Table}");
                RemoveJournal(slice);
                store.Gone();
                database.Counters.Sealed(slice.Rows, database.Clock.GetElapsedTime(started));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                database.Counters.SealFailed(e.Message);
                store.Files.RemoveTemporary(); // The next table may have nothing of what was wrong with this one.
            }
        }
    }

    /// <summary>The rows are in the files now.</summary>
    private static void RemoveJournal(Slice slice)
    {
        if (slice.Journal is { } journal)
        {
            journal.Dispose();
            File.Delete(journal.Path);
            DiskSync.Directory(Path.GetDirectoryName(journal.Path)!);
        }
    }

    private List<Part> Write<TRecord>(SignalStore<TRecord> store, Slice slice)
        where TRecord : class, ISearchable
    {
        var duck = database.Duck;
        Directory.CreateDirectory(store.Files.Directory);
        store.Files.RemoveTemporary();
        var parts = new List<Part>();
        try
        {
            foreach (var (where, rows) in Groups(duck, slice))
            {
                var path = store.Files.NameOf(slice.Number, parts.Count);
                var index = new PartWriter<TRecord>(store.Shape, database.Origins).Write(duck, slice.Table, where, rows, PartFiles.TemporaryOf(path));
                store.Files.Publish(path, index);
                parts.Add(Part.Open(path, slice.Number));
            }
        }
        catch
        {
            foreach (var part in parts)
            {
                part.Close();
                store.Files.Delete(part.Path);
            }

            throw;
        }

        return parts;
    }

    /// <summary>The rows of noisy services, each, and the rest.</summary>
    private static List<(string Where, long Rows)> Groups(DuckDatabase duck, Slice slice)
    {
        var services = new List<(string Service, long Rows)>();
        var connection = duck.Rent();
        using (var rows = connection.Query($"SELECT service, count(*) FROM {slice.Table} GROUP BY service"))
        {
            while (rows.NextChunk())
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    services.Add((rows.String(0, i), rows.Values<long>(1)[i]));
                }
            }
        }

        duck.Return(connection);
        var all = services.Sum(static one => one.Rows);
        var noisy = services.Count == 1 ? [] : services.Where(one => one.Rows >= NoisyRowsMin && one.Rows >= all * NoisyShare).ToList();
        var groups = noisy.Select(static one => ($"service = {DuckNative.Quote(one.Service)}", one.Rows)).ToList();
        var rest = all - noisy.Sum(static one => one.Rows);
        if (rest > 0)
        {
            groups.Add((noisy.Count == 0 ? "true" : $"service NOT IN ({string.Join(", ", noisy.Select(static one => DuckNative.Quote(one.Service)))})", rest));
        }

        return groups;
    }
}
