using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;

namespace Toka.Tracing.SpanMetrics;

/// <summary>Series that are seen, written and end together. Guarded by its <see cref="MeterBook"/>.</summary>
internal class MeterGroup
{
    /// <summary>Its counters.</summary>
    public required CounterCell[] Counters { get; init; }

    /// <summary>Its histograms.</summary>
    public required HistogramCell[] Histograms { get; init; }

    /// <summary>When it began, ms since the Unix epoch: within the interval of its first span.</summary>
    public long CreatedMs { get; set; }

    /// <summary>When its last span came.</summary>
    public long SeenMs { get; set; }

    /// <summary>The time at which it was last stored; 0 for never.</summary>
    public long StoredMs { get; set; }

    /// <summary>The time of the marker of its end; 0 while it goes on.</summary>
    public long EndedMs { get; set; }
}

/// <summary>
/// Holds groups of series and writes them at an interval, with a zero where they begin and a stale marker where they end.
/// What could not be written goes with the next write. The owner's lock guards it.
/// </summary>
internal sealed class MeterBook(Lock guard, ISeriesWriter writer, TimeSpan idle, TimeProvider time, SelfMetrics metrics, MetricMetadata[] families, Action<MeterGroup> ended) : IDisposable
{
    /// <summary>Groups that are read under one lock while they are written: some 10,000 samples.</summary>
    private const int GroupsPerBatch = 250;

    private readonly List<MeterGroup> _groups = [];
    private readonly WriteBatch _batch = new();
    private readonly ExponentialHistogram _scratch = new();
    private readonly SelfCounter _failed = metrics.Dropped("metrics", "write_failed");
    private long _writtenMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Groups that are held, those too whose end is not written yet. Under the owner's lock.</summary>
    public int Count => _groups.Count;

    /// <summary>Adds a group that has just begun. Under the owner's lock.</summary>
    public void Add(MeterGroup group)
    {
        group.CreatedMs = _writtenMs + 1;
        _groups.Add(group);
    }

    /// <summary>Writes all groups at the current time. One call at a time, without the owner's lock.</summary>
    /// <returns>What kept something from being written; null where all was.</returns>
    public async Task<Exception?> WriteAsync(CancellationToken cancellationToken)
    {
        MeterGroup[] all;
        long atMs;
        lock (guard)
        {
            atMs = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), _writtenMs + 1); // Of one series only one sample of a time is kept.
            _writtenMs = atMs;
            all = [.. _groups];
        }

        Exception? failure = null;
        foreach (var part in all.Chunk(GroupsPerBatch))
        {
            try
            {
                lock (guard)
                {
                    Read(part, atMs);
                }

                await writer.WriteAsync(_batch, cancellationToken);
                Keep(part, atMs);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                failure = e;
                _failed.Add(_batch.Count + _batch.Histograms.Count);
            }
            finally
            {
                _batch.Clear();
            }
        }

        lock (guard)
        {
            _groups.RemoveAll(static group => group.EndedMs > 0 && group.StoredMs >= group.EndedMs);
        }

        return failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    private void Read(MeterGroup[] part, long atMs)
    {
        foreach (var family in families)
        {
            _batch.AddMetadata(family);
        }

        foreach (var group in part)
        {
            // Values that are not stored yet come before the end.
            if (group.EndedMs == 0 && atMs - group.SeenMs > idle.TotalMilliseconds && group.StoredMs > group.SeenMs)
            {
                group.EndedMs = atMs;
                ended(group);
            }

            if (group.EndedMs > 0)
            {
                Array.ForEach(group.Counters, cell => cell.WriteEnd(_batch, group.EndedMs));
                Array.ForEach(group.Histograms, cell => cell.WriteEnd(_batch, group.EndedMs));
                continue;
            }

            // What is new began at zero: without that sample, what it grew to at first would be in no rate.
            var createdMs = group.StoredMs == 0 && group.CreatedMs < atMs ? group.CreatedMs : 0;
            Array.ForEach(group.Counters, cell => cell.Write(_batch, createdMs, atMs));
            Array.ForEach(group.Histograms, cell => cell.Write(_batch, _scratch, createdMs, atMs));
        }
    }

    private void Keep(MeterGroup[] part, long atMs)
    {
        lock (guard)
        {
            foreach (var group in part)
            {
                group.StoredMs = atMs;
                Array.ForEach(group.Histograms, static cell => cell.ForgetExemplars());
            }
        }
    }
}
