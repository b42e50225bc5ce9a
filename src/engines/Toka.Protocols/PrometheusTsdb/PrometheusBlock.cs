using Toka.Core.Series;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>
/// A block of Prometheus's own database: series in the order of their labels, each with its samples. Checksums are checked
/// on each read. Thread-safe until it is disposed. Source: Prometheus, "Index", "Chunks" and "Tombstones Disk Format".
/// </summary>
public sealed class PrometheusBlock : IDisposable
{
    private const uint ChunksMagic = 0x85BD40DD;
    private const int ChunksHeaderBytes = 8;

    private readonly TsdbFile _indexFile;
    private readonly IReadOnlyList<TsdbFile> _segments;
    private readonly TsdbFile? _tombstoneFile;
    private readonly TsdbIndex _index;
    private readonly TsdbTombstones _tombstones;

    /// <summary>Reads a block's tables; the samples are read on demand.</summary>
    /// <param name="index">The file <c>index</c>. The block disposes the files, also when this throws.</param>
    /// <param name="segments">The files of <c>chunks/</c>, in the order of their names.</param>
    /// <param name="tombstones">The file <c>tombstones</c>; null where there is none.</param>
    /// <exception cref="TsdbFormatException">A file is damaged or of another version.</exception>
    public PrometheusBlock(TsdbFile index, IReadOnlyList<TsdbFile> segments, TsdbFile? tombstones)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(segments);
        (_indexFile, _segments, _tombstoneFile) = (index, segments, tombstones);
        try
        {
            _index = new TsdbIndex(index);
            _tombstones = new TsdbTombstones(tombstones);
            foreach (var segment in segments)
            {
                var header = segment.Cursor(0, ChunksHeaderBytes, "the header");
                if (header.U32() != ChunksMagic)
                {
                    throw segment.Fault(0, "this is not a chunks segment of Prometheus");
                }

                var version = header.Byte();
                if (version != 1)
                {
                    throw segment.Fault(4, $"the segment has version {version}; version 1 is read");
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number of series.</summary>
    public int SeriesCount => _index.SeriesCount;

    /// <summary>Reads the labels of a series and where its samples lie.</summary>
    /// <param name="index">From 0 to <see cref="SeriesCount"/> − 1.</param>
    /// <param name="into">Filled anew.</param>
    /// <exception cref="TsdbFormatException">The entry is damaged.</exception>
    public void ReadSeries(int index, PrometheusSeries into)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SeriesCount, nameof(index));
        _index.ReadSeries(index, into);
    }

    /// <summary>Appends the float samples of a chunk, without deleted ones.</summary>
    /// <param name="series">The series as <see cref="ReadSeries"/> filled it.</param>
    /// <param name="chunk">One of its chunks.</param>
    /// <param name="into">Appended to; stays as it was where this throws, or where the chunk holds no floats.</param>
    /// <returns>What the chunk holds; only floats are appended.</returns>
    /// <exception cref="TsdbFormatException">The chunk is damaged or of an encoding that is not known.</exception>
    public PrometheusChunkKind ReadFloats(PrometheusSeries series, in PrometheusChunk chunk, FloatColumn into)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(into);
        var entry = ChunkAt(chunk, out var file);
        var at = entry.Offset;
        var kind = (PrometheusChunkKind)entry.Byte();
        if (kind is not (PrometheusChunkKind.Floats or PrometheusChunkKind.Histograms or PrometheusChunkKind.FloatHistograms))
        {
            throw file.Fault(at, $"the chunk has the encoding {(int)kind}, which is not known");
        }

        if (kind != PrometheusChunkKind.Floats)
        {
            return kind;
        }

        var before = into.Count;
        try
        {
            FloatChunk.Read(entry.Bytes(entry.Remaining), into);
        }
        catch (InvalidDataException e)
        {
            into.Truncate(before);
            throw file.Fault(at, e.Message);
        }

        if (_tombstones.Names(series.Reference))
        {
            DropDeleted(series.Reference, before, into);
        }

        return kind;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _indexFile.Dispose();
        _tombstoneFile?.Dispose();
        foreach (var segment in _segments)
        {
            segment.Dispose();
        }
    }

    private TsdbCursor ChunkAt(in PrometheusChunk chunk, out TsdbFile file)
    {
        var segment = chunk.Reference >> 32;
        file = segment < (ulong)_segments.Count
            ? _segments[(int)segment]
            : throw _indexFile.Fault(0, $"a chunk lies in segment {segment + 1}, and there are {_segments.Count}");
        return file.Entry((long)(chunk.Reference & uint.MaxValue), 1, "a chunk");
    }

    private void DropDeleted(ulong series, int start, FloatColumn column)
    {
        var kept = new List<(long Time, double Value)>();
        for (var i = start; i < column.Count; i++)
        {
            if (!_tombstones.Covers(series, column.Timestamps[i]))
            {
                kept.Add((column.Timestamps[i], column.Values[i]));
            }
        }

        column.Truncate(start);
        foreach (var (time, value) in kept)
        {
            column.Add(time, value);
        }
    }
}

/// <summary>What a chunk holds; the numbers are Prometheus's.</summary>
public enum PrometheusChunkKind
{
    /// <summary>No samples; never stored.</summary>
    None = 0,

    /// <summary>Float samples.</summary>
    Floats = 1,

    /// <summary>Native histograms with whole counts.</summary>
    Histograms = 2,

    /// <summary>Native histograms with float counts.</summary>
    FloatHistograms = 3,
}
