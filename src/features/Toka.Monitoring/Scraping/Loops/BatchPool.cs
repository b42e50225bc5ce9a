using System.Collections.Concurrent;
using Toka.Core.Series;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>
/// Batches for scrapes: each has its buffers for as long as one is read and written, not for as long as its target is known.
/// Thread-safe.
/// </summary>
internal sealed class BatchPool : IDisposable
{
    /// <summary>Batches that are kept: as many as are read at once on a large machine; beyond that buffers go back to the runtime.</summary>
    private const int KeptMax = 16;

    private readonly ConcurrentBag<WriteBatch> _batches = [];

    /// <summary>An empty batch.</summary>
    public WriteBatch Rent() => _batches.TryTake(out var batch) ? batch : new WriteBatch();

    /// <summary>Takes a batch back.</summary>
    public void Return(WriteBatch batch)
    {
        batch.Clear();
        if (_batches.Count < KeptMax)
        {
            _batches.Add(batch);
        }
        else
        {
            batch.Dispose();
        }
    }

    public void Dispose()
    {
        while (_batches.TryTake(out var batch))
        {
            batch.Dispose();
        }
    }
}
