using Toka.Core.Series;

namespace Toka.TimeSeries.Head;

/// <summary>What a reader takes of one series under the lock, and decodes after it. Reused from series to series by one thread.</summary>
internal sealed class SeriesCapture : IDisposable
{
    private readonly List<SealedChunk> _chunks = [];
    private FloatColumn? _late;

    /// <summary>The pages.</summary>
    public PageTable? Table { get; set; }

    /// <summary>The page of the newest sealed chunk.</summary>
    public uint SealedPage { get; set; }

    /// <summary>Its place.</summary>
    public int SealedOffset { get; set; }

    /// <summary>The samples of the open chunk.</summary>
    public int OpenCount { get; set; }

    /// <summary>The open chunk's bytes, with slack.</summary>
    public byte[] Open { get; } = new byte[SampleHead.ChunkBytesMax + ChunkCodec.Slack];

    /// <summary>Takes the late samples of a range.</summary>
    public void TakeLate(Overlap overlap, long from, long to)
    {
        _late ??= new FloatColumn();
        overlap.CopyTo(from, to, _late);
    }

    /// <summary>Decodes what was captured into a column and is ready for the next series.</summary>
    public void Decode(long from, long to, FloatColumn into)
    {
        var start = into.Count;
        SealedChunks.Walk(Table!, SealedPage, SealedOffset, from, to, _chunks);
        for (var i = _chunks.Count - 1; i >= 0; i--)
        {
            Append(_chunks[i].Data.AsSpan(_chunks[i].Offset), _chunks[i].Count, from, to, into);
        }

        if (OpenCount > 0)
        {
            Append(Open, OpenCount, from, to, into);
        }

        if (_late is { Count: > 0 })
        {
            Overlap.Merge(into, start, _late);
            _late.Clear();
        }

        _chunks.Clear();
        Table = null;
    }

    /// <inheritdoc/>
    public void Dispose() => _late?.Dispose();

    private static void Append(ReadOnlySpan<byte> chunk, int count, long from, long to, FloatColumn into)
    {
        var start = into.Count;
        into.Extend(count, out var times, out var values);
        ChunkCodec.Decode(chunk, times, values);
        var first = 0;
        var end = count;
        if (times[0] < from)
        {
            first = times.BinarySearch(from);
            first = first < 0 ? ~first : first;
        }

        if (times[^1] > to)
        {
            end = times.BinarySearch(to);
            end = end < 0 ? ~end : end + 1;
        }

        if (first > 0 && end > first)
        {
            times[first..end].CopyTo(times);
            values[first..end].CopyTo(values);
        }

        into.Truncate(start + Math.Max(0, end - first));
    }
}
