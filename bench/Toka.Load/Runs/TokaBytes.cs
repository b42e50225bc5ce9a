using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Load.Wire;
using Toka.TimeSeries;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Compaction;

namespace Toka.Load.Runs;

/// <summary>
/// A recording in a store of its own, in the state to which a server brings its data: sealed, and merged until maintenance
/// finds nothing to do. The clock stands two days after the recording's end, so that its day is over.
/// </summary>
internal sealed class TokaBytes : IDisposable
{
    private static readonly TimeSpan s_after = TimeSpan.FromDays(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-load-bytes-");

    /// <summary>Bytes of blocks: samples and index.</summary>
    public long Blocks => Below(Path.Combine(_directory.FullName, BlockCatalog.FolderName));

    /// <summary>Bytes of the log.</summary>
    public long Log => _directory.EnumerateFiles("*.wal").Sum(static file => file.Length);

    /// <summary>Bytes of everything else, such as the checkpoint.</summary>
    public long Others => Below(_directory.FullName) - Blocks - Log;

    /// <summary>The blocks' files.</summary>
    public IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(_directory.FullName, BlockCatalog.FolderName), "*" + BlockCatalog.BlockExtension).Order();

    /// <summary>Stores a recording.</summary>
    /// <param name="slices">Its samples in the order of their coming.</param>
    /// <param name="endMs">The time of the last one.</param>
    /// <param name="withSummaries">Whether the summaries of 10 s, 1 min and 1 h are written too.</param>
    public async Task StoreAsync(IEnumerable<IReadOnlyList<SeriesSamples>> slices, long endMs, bool withSummaries)
    {
        var clock = new FixedClock(DateTimeOffset.FromUnixTimeMilliseconds(endMs) + s_after);
        var keep = withSummaries ? TimeSpan.MaxValue : TimeSpan.Zero;
        var kept = new RetentionOptions { RawKeep = TimeSpan.MaxValue, Keep10s = keep, Keep1m = keep, Keep1h = keep };
        var options = new MetricStoreOptions { Directory = _directory.FullName, Kept = kept, IsManual = true };
        await using var store = MetricStore.Open(options, clock, new SelfMetrics());
        using var batch = new WriteBatch();
        foreach (var slice in slices)
        {
            batch.Clear();
            foreach (var (labels, times, values) in slice)
            {
                for (var i = 0; i < times.Length; i++)
                {
                    batch.Add(labels, times.Span[i], values.Span[i]);
                }
            }

            var result = await store.WriteAsync(batch, default);
            if (result.Accepted != batch.Count)
            {
                throw new InvalidOperationException($"Of {batch.Count} samples {result.Accepted} were taken: {result}");
            }
        }

        if (!store.Seal())
        {
            throw new InvalidOperationException("The store could not be sealed.");
        }

        IReadOnlyList<BlockInfo> before, now = [];
        do
        {
            before = now;
            store.Maintain();
            store.ChangeBlocks(catalog => now = catalog.Infos);
        }
        while (!now.SequenceEqual(before));
    }

    /// <summary>Reads everything back.</summary>
    /// <exception cref="InvalidOperationException">A sample is missing, or a bit of it differs.</exception>
    public async Task VerifyAsync(List<SeriesSamples> recording)
    {
        var back = (await Recording.ReadAsync(_directory.FullName)).ToDictionary(static s => s.Labels);
        foreach (var (labels, times, values) in recording)
        {
            if (!back.TryGetValue(labels, out var found) || !found.Times.Span.SequenceEqual(times.Span)
                || !System.Runtime.InteropServices.MemoryMarshal.AsBytes(found.Values.Span).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.Span)))
            {
                throw new InvalidOperationException($"{labels} did not come back as it was written.");
            }
        }

        if (back.Count != recording.Count)
        {
            throw new InvalidOperationException($"{back.Count} series came back of {recording.Count}.");
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static long Below(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length);
}
