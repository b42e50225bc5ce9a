using Toka.Core.Series;
using Toka.TimeSeries.Blocks;

namespace Toka.TimeSeries.Catalog;

/// <summary>
/// Looks up single samples in the blocks, for late ones: is the time taken already, and by which value? What it decodes for
/// one sample it keeps for the next ones of the series: a window of time around it, in which all samples are known. So a
/// backfill decodes each chunk once. What is damaged is taken for absent. Not thread-safe: the committer's.
/// </summary>
/// <param name="catalog">The blocks.</param>
/// <param name="note">Told what is damaged.</param>
internal sealed class BlockProbe(BlockCatalog catalog, Action<BlockFault> note) : IDisposable
{
    /// <summary>Samples kept decoded over all series, 16 MB; when there are more, all are forgotten.</summary>
    private const int SamplesMax = 1_000_000;

    /// <summary>A window without samples costs about as much as this many.</summary>
    private const int WindowSamples = 16;

    private readonly Dictionary<int, Window> _windows = [];
    private long _version = -1;
    private int _samples;

    /// <summary>Finds a sample.</summary>
    /// <param name="id">The series in the head; only a key for what is kept.</param>
    /// <param name="incarnation">Which series of that id.</param>
    /// <param name="labels">The canonical labels.</param>
    /// <param name="time">The time, ms.</param>
    /// <param name="bits">The value that stands there.</param>
    public bool TryFind(int id, int incarnation, ReadOnlySpan<byte> labels, long time, out ulong bits)
    {
        if (_version != catalog.Version)
        {
            Forget();
            _version = catalog.Version;
        }

        if (!_windows.TryGetValue(id, out var window) || window.Incarnation != incarnation || time < window.FromMs || time > window.ToMs)
        {
            window = Load(id, incarnation, labels, time);
        }

        var at = window.Samples is null ? -1 : window.Samples.Timestamps.BinarySearch(time);
        bits = at >= 0 ? BitConverter.DoubleToUInt64Bits(window.Samples!.Values[at]) : 0;
        return at >= 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private Window Load(int id, int incarnation, ReadOnlySpan<byte> labels, long time)
    {
        using var snapshot = catalog.Acquire();
        var (from, to) = (long.MinValue, long.MaxValue);
        var found = new List<(Block Block, int Ordinal)>();
        foreach (var block in snapshot.Blocks)
        {
            if (block.Info.TierMs != 0)
            {
                continue;
            }

            if (block.Info.MinMs > time)
            {
                to = Math.Min(to, block.Info.MinMs - 1);
            }
            else if (block.Info.MaxMs < time)
            {
                from = Math.Max(from, block.Info.MaxMs + 1);
            }
            else
            {
                (from, to) = (Math.Max(from, block.Info.MinMs), Math.Min(to, block.Info.MaxMs));
                var ordinal = Find(block, labels, time, ref from, ref to);
                if (ordinal >= 0)
                {
                    found.Add((block, ordinal));
                }
            }
        }

        FloatColumn? samples = null;
        foreach (var (block, ordinal) in found)
        {
            samples ??= new FloatColumn();
            BlockReading.Append(block, ordinal, from, to, samples, 0, note);
        }

        return Keep(id, new Window(incarnation, from, to, samples));
    }

    private int Find(Block block, ReadOnlySpan<byte> labels, long time, ref long from, ref long to)
    {
        try
        {
            var ordinal = block.Find(labels);
            if (ordinal >= 0)
            {
                Narrow(block, ordinal, time, ref from, ref to);
            }

            return ordinal;
        }
        catch (BlockDamagedException e)
        {
            note(e.Fault);
            return -1;
        }
    }

    /// <summary>Narrows a window to the chunk that may have a time, or to the gap between chunks.</summary>
    private static void Narrow(Block block, int ordinal, long time, ref long from, ref long to)
    {
        foreach (var chunk in block.ChunksOf(ordinal))
        {
            if (chunk.Kind != ChunkKind.Floats)
            {
                continue;
            }

            if (chunk.MinMs > time)
            {
                to = Math.Min(to, chunk.MinMs - 1);
            }
            else if (chunk.MaxMs < time)
            {
                from = Math.Max(from, chunk.MaxMs + 1);
            }
            else
            {
                (from, to) = (Math.Max(from, chunk.MinMs), Math.Min(to, chunk.MaxMs));
            }
        }
    }

    private Window Keep(int id, Window window)
    {
        if (_windows.Remove(id, out var old))
        {
            _samples -= old.Cost;
            old.Samples?.Dispose();
        }

        if (_samples + window.Cost > SamplesMax)
        {
            Forget();
        }

        _windows.Add(id, window);
        _samples += window.Cost;
        return window;
    }

    private void Forget()
    {
        foreach (var window in _windows.Values)
        {
            window.Samples?.Dispose();
        }

        _windows.Clear();
        _samples = 0;
    }

    private readonly record struct Window(int Incarnation, long FromMs, long ToMs, FloatColumn? Samples)
    {
        public int Cost => WindowSamples + (Samples?.Count ?? 0);
    }
}
