using Toka.Core.Searching;
using Toka.Events.Storage;

namespace Toka.Events.Sealing;

/// <summary>
/// Removes sealed files: those whose newest row is past its time, and, while all of them together are too large, first the oldest
/// file of the service that has more than its share, or else the oldest file of all.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="options">The limits.</param>
internal sealed class EventRetention(EventDatabase database, EventStoreOptions options)
{
    private const long TickNs = 100;

    /// <summary>Removes what is due.</summary>
    public async Task RetainAsync()
    {
        var oldestNs = ((database.Clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * TickNs) - (options.Retention.Ticks * TickNs);
        await RemoveOldAsync(database.Spans, oldestNs);
        await RemoveOldAsync(database.Logs, oldestNs);
        while (database.PartBytes > options.SizeMaxBytes && await RemoveOneAsync())
        {
        }
    }

    private async Task RemoveOldAsync<TRecord>(SignalStore<TRecord> store, long oldestNs)
        where TRecord : class, ISearchable
    {
        foreach (var part in store.Parts.Where(part => part.Index.ToNs < oldestNs))
        {
            await RemoveAsync(store, part, "age");
        }
    }

    private async Task<bool> RemoveOneAsync()
    {
        var all = database.Spans.Parts.Concat(database.Logs.Parts).OrderBy(static part => part.Index.ToNs).ToList();
        if (all.Count == 0)
        {
            return false;
        }

        var shareMax = options.SizeMaxBytes * options.ServiceShareMax;
        var greedy = BytesByService(all).Where(pair => pair.Value > shareMax).OrderByDescending(static pair => pair.Value).Select(static pair => pair.Key)
            .FirstOrDefault(service => all.Exists(part => part.Service == service));
        var part = all.Find(part => greedy is not null && part.Service == greedy) ?? all[0];
        return database.Spans.Parts.Contains(part) ? await RemoveAsync(database.Spans, part, "size") : await RemoveAsync(database.Logs, part, "size");
    }

    /// <summary>What each service has: of a file that several share, by its rows.</summary>
    private static Dictionary<string, double> BytesByService(List<Part> parts)
    {
        var bytes = new Dictionary<string, double>();
        foreach (var part in parts)
        {
            foreach (var group in part.Index.Granules.SelectMany(static granule => granule.Services).GroupBy(static one => one.Service))
            {
                var service = part.Index.Services[group.Key];
                bytes[service] = bytes.GetValueOrDefault(service) + (part.Bytes * (group.Sum(static one => (double)one.Rows) / Math.Max(1, part.Index.Rows)));
            }
        }

        return bytes;
    }

    private async Task<bool> RemoveAsync<TRecord>(SignalStore<TRecord> store, Part part, string reason)
        where TRecord : class, ISearchable
    {
        if (!store.Remove(part))
        {
            return false;
        }

        await part.Free;
        part.Close();
        store.Files.Delete(part.Path);
        database.Counters.Removed(store.Shape.Name, reason, part.Index.Rows);
        return true;
    }
}
