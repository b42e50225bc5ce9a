using Toka.Core.Series;

namespace Toka.TimeSeries.Head;

/// <summary>What a reader takes of one series under the lock, and decodes after it. Reused from series to series by one thread.</summary>
internal sealed class SeriesCapture : IDisposable
{
    private readonly List<SealedChunk> _chunks = [];
    private readonly FloatColumn _late = new();

    /// <summary>The pages.</summary>
    public PageTable? Table { get; set; }

    /// <summary>The page of the newest sealed chunk.</summary>
    public uint SealedPage { get; set; }

    /// <summary>Its place.</summary>
    public int SealedOffset { get; set; }

    /// <summary>The first moment that chunks are read from: what is older in them is in blocks.</summary>
    public long ChunksFromMs { get; set; }

    /// <summary>Whether the series has anything else than floats in the head.</summary>
    public bool HasSide { get; set; }

    /// <summary>The samples of the open chunk.</summary>
    public int OpenCount { get; set; }

    /// <summary>The open chunk's bytes, with slack.</summary>
    public byte[] Open { get; } = new byte[SampleHead.ChunkBytesMax + ChunkCodec.Slack];

    /// <summary>Forgets what an earlier series left behind.</summary>
    public void Clear()
    {
        Table = null;
        OpenCount = 0;
        _chunks.Clear();
        _late.Clear();
    }

    /// <summary>Takes the late samples of a range.</summary>
    public void TakeLate(Overlap overlap, long from, long to)
    {
        var before = _late.Count;
        overlap.CopyTo(from, to, _late);
        ColumnMerge.Tail(_late, 0, before);
    }

    /// <summary>Decodes what was captured and adds it to a column, whose end it is merged with; then it is ready for the next series.</summary>
    /// <param name="to">The last moment wanted.</param>
    /// <param name="into">The column.</param>
    /// <param name="start">Where this series begins in the column.</param>
    public void Decode(long to, FloatColumn into, int start)
    {
        try
        {
            var middle = into.Count;
            SealedChunks.Walk(Table!, SealedPage, SealedOffset, ChunksFromMs, to, _chunks);
            for (var i = _chunks.Count - 1; i >= 0; i--)
            {
                Append(_chunks[i].Data.AsSpan(_chunks[i].Offset), _chunks[i].Count, ChunksFromMs, to, into);
            }

            if (OpenCount > 0)
            {
                Append(Open, OpenCount, ChunksFromMs, to, into);
            }

            ColumnMerge.Tail(into, start, middle);
            if (_late.Count > 0)
            {
                middle = into.Count;
                into.Extend(_late.Count, out var times, out var values);
                _late.Timestamps.CopyTo(times);
                _late.Values.CopyTo(values);
                ColumnMerge.Tail(into, start, middle);
            }
        }
        finally
        {
            Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _late.Dispose();

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
