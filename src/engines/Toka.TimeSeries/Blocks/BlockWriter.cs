using System.Buffers;
using System.Buffers.Binary;
using Toka.Core.Codecs;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// Writes one block, series after series in the order of their labels. Memory holds the chunks of one series and the index
/// (some 100 bytes a series and each label value once); nothing has the block's name before all of it is on the disk.
/// </summary>
/// <remarks>
/// Not thread-safe. Calls out of order are faults of the caller and end in an <see cref="InvalidOperationException"/>.
/// What the disk refuses comes as its <see cref="IOException"/>; the writer is then disposed and leaves no file.
/// </remarks>
internal sealed class BlockWriter : IDisposable
{
    /// <summary>Time columns of a block that chunks are copied from, remembered by number; a few bytes each.</summary>
    private const int CopiedTimesMax = 65_536;

    private readonly IStoreDisk _disk;
    private readonly string _directory;
    private readonly long _sequence;
    private readonly long _tierMs;
    private readonly IReadOnlyList<long> _sources;
    private readonly SeriesIndexBuilder _index = new();
    private readonly TimeColumnStore _times = new();
    private readonly Dictionary<(Block Block, int Column), int> _copiedTimes = [];
    private readonly SortedDictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _labels = new();
    private readonly ArrayBufferWriter<byte> _payloads = new();
    private readonly ArrayBufferWriter<byte> _chunks = new();
    private readonly ArrayBufferWriter<byte> _scratch = new();
    private readonly long[] _lastMs = new long[8];
    private readonly bool[] _hasLast = new bool[8];
    private long[] _pendingTimes = [];
    private double[] _pendingValues = [];
    private int _pending;
    private bool _inSeries;
    private bool _hasSeries;
    private BlockStream? _stream;
    private long _minMs = long.MaxValue;
    private long _maxMs = long.MinValue;
    private long _samples;

    /// <summary>Begins a block; its file is made with the first chunk.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The directory, which is there.</param>
    /// <param name="sequence">The block's number, which names its file.</param>
    /// <param name="tierMs">The resolution of its summaries in ms; 0 for raw samples.</param>
    /// <param name="sources">The blocks that it replaces.</param>
    public BlockWriter(IStoreDisk disk, string directory, long sequence, long tierMs, IReadOnlyList<long> sources) =>
        (_disk, _directory, _sequence, _tierMs, _sources) = (disk, directory, sequence, tierMs, sources);

    /// <summary>How long the file is by now, without the index, which comes last.</summary>
    public long BytesWritten => (_stream?.Position ?? 0) + _payloads.WrittenCount;

    /// <summary>Begins a series. One to which nothing is added is left out.</summary>
    /// <param name="labels">Its canonical labels, after those of the series before.</param>
    public void BeginSeries(ReadOnlySpan<byte> labels)
    {
        EndSeries();
        if (!LabelSet.IsCanonical(labels) || (_hasSeries && LabelOrder.Compare(_labels.WrittenSpan, labels) >= 0))
        {
            throw new InvalidOperationException("BUG: the series of a block were not given in the order of their labels.");
        }

        _labels.ResetWrittenCount();
        _labels.Write(labels);
        _hasLast.AsSpan().Clear();
        _inSeries = _hasSeries = true;
    }

    /// <summary>Adds float samples to the series.</summary>
    /// <param name="times">Ascending, after those given before; ms since the Unix epoch.</param>
    /// <param name="values">One for each time; every bit is kept.</param>
    public void AddFloats(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        if (times.Length != values.Length)
        {
            throw new InvalidOperationException("BUG: a block was given times and values of different counts.");
        }

        while (!times.IsEmpty)
        {
            if (_pending == 0 && times.Length >= BlockFormat.ChunkSamplesMax)
            {
                AddFloatChunk(times[..BlockFormat.ChunkSamplesMax], values[..BlockFormat.ChunkSamplesMax]);
                times = times[BlockFormat.ChunkSamplesMax..];
                values = values[BlockFormat.ChunkSamplesMax..];
                continue;
            }

            var count = Math.Min(times.Length, BlockFormat.ChunkSamplesMax - _pending);
            Reserve(_pending + count);
            times[..count].CopyTo(_pendingTimes.AsSpan(_pending));
            values[..count].CopyTo(_pendingValues.AsSpan(_pending));
            _pending += count;
            if (_pending == BlockFormat.ChunkSamplesMax)
            {
                EndFloats();
            }

            times = times[count..];
            values = values[count..];
        }
    }

    /// <summary>Adds summaries to the series.</summary>
    /// <param name="column">Its times ascending, after those given before.</param>
    public void AddSummaries(SummaryColumn column)
    {
        for (var start = 0; start < column.Count; start += BlockFormat.ChunkSamplesMax)
        {
            var count = Math.Min(column.Count - start, BlockFormat.ChunkSamplesMax);
            var times = column.Timestamps.Slice(start, count);
            CheckOrder(ChunkKind.Summaries, times);
            var before = _payloads.WrittenCount;
            SummaryCodec.Encode(column, start, count, _payloads, _scratch);
            EndTimedChunk(ChunkKind.Summaries, _times.Add(Stream(), times), before, times.Length, times[0], times[^1]);
        }
    }

    /// <summary>Adds a chunk whose content is opaque here.</summary>
    /// <param name="kind">Histograms, exemplars or created timestamps.</param>
    /// <param name="minMs">The first moment in it, not before the last of the chunk of this kind before.</param>
    /// <param name="maxMs">The last moment in it.</param>
    /// <param name="count">How many entries it has; at least 1.</param>
    /// <param name="payload">The content.</param>
    public void AddPayload(ChunkKind kind, long minMs, long maxMs, int count, ReadOnlySpan<byte> payload)
    {
        if (kind is not (ChunkKind.Histograms or ChunkKind.Exemplars or ChunkKind.Created) || count < 1 || minMs > maxMs
            || payload.Length > BlockFormat.PayloadBytesMax)
        {
            throw new InvalidOperationException($"BUG: a payload of kind {kind} with {count} entries and {payload.Length} bytes was given to a block.");
        }

        Follow(kind, minMs, maxMs);
        Stream();
        var before = _payloads.WrittenCount;
        _payloads.Write(payload);
        EndPayload(before);
        Varint.Write(_chunks, ((ulong)count << 3) | (ulong)kind);
        Varint.Write(_chunks, Varint.ZigZag(minMs));
        Varint.Write(_chunks, unchecked((ulong)(maxMs - minMs)));
        Varint.Write(_chunks, (ulong)payload.Length);
        Note(kind, count, minMs, maxMs);
    }

    /// <summary>Adds a chunk of another block as it is.</summary>
    /// <param name="from">The other block.</param>
    /// <param name="chunk">One of its chunks, which comes after those given before.</param>
    /// <exception cref="BlockDamagedException">The chunk is damaged; nothing of it was added.</exception>
    public void AddChunk(Block from, in ChunkRef chunk)
    {
        var payload = from.PayloadOf(chunk);
        if (chunk.TimeColumn < 0)
        {
            AddPayload(chunk.Kind, chunk.MinMs, chunk.MaxMs, chunk.Count, payload);
            return;
        }

        if (!_copiedTimes.TryGetValue((from, chunk.TimeColumn), out var column))
        {
            Span<long> times = new long[chunk.Count];
            from.ReadTimes(chunk, times);
            column = _times.Add(Stream(), times, from.EncodedTimesOf(chunk));
            if (_copiedTimes.Count == CopiedTimesMax)
            {
                _copiedTimes.Clear();
            }

            _copiedTimes.Add((from, chunk.TimeColumn), column);
        }

        EndFloats();
        Follow(chunk.Kind, chunk.MinMs, chunk.MaxMs);
        var before = _payloads.WrittenCount;
        _payloads.Write(payload);
        EndTimedChunk(chunk.Kind, column, before, chunk.Count, chunk.MinMs, chunk.MaxMs);
    }

    /// <summary>Adds what is known of a metric family; the last of a family counts. A block without series keeps none.</summary>
    public void AddMetadata(MetricMetadata metadata) => _metadata[metadata.Family] = metadata;

    /// <summary>Writes the index, syncs, and gives the file its name.</summary>
    /// <returns>What was written; null, and no file, where no series had anything.</returns>
    public BlockInfo? Finish()
    {
        EndSeries();
        if (_stream is null)
        {
            return null;
        }

        _stream.End();
        _times.WriteTable(_stream, _minMs);
        new SeriesIndexWriter(_index, _stream).Write();
        MetadataSection.Write(_metadata.Values, _stream);
        var info = new BlockInfo(_sequence, _tierMs, _minMs, _maxMs, _index.Count, _samples, 0, _sources, "");
        info = _stream.Finish(info);
        return info;
    }

    /// <summary>Deletes what was not finished.</summary>
    public void Dispose() => _stream?.Dispose();

    private BlockStream Stream()
    {
        if (_stream is null)
        {
            _stream = new BlockStream(_disk, BlockFormat.PathOf(_directory, _sequence), _sequence);
            _stream.Begin(SectionKind.Data);
        }

        return _stream;
    }

    private void Reserve(int count)
    {
        if (_pendingTimes.Length < count)
        {
            var capacity = Math.Min(BlockFormat.ChunkSamplesMax, Math.Max(256, 2 * count));
            Array.Resize(ref _pendingTimes, capacity);
            Array.Resize(ref _pendingValues, capacity);
        }
    }

    private void EndFloats()
    {
        var count = _pending;
        _pending = 0;
        if (count > 0)
        {
            AddFloatChunk(_pendingTimes.AsSpan(0, count), _pendingValues.AsSpan(0, count));
        }
    }

    private void AddFloatChunk(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        CheckOrder(ChunkKind.Floats, times);
        var before = _payloads.WrittenCount;
        ValueColumn.Encode(values, _payloads);
        EndTimedChunk(ChunkKind.Floats, _times.Add(Stream(), times), before, times.Length, times[0], times[^1]);
    }

    private void EndTimedChunk(ChunkKind kind, int column, int payloadStart, int count, long minMs, long maxMs)
    {
        var length = EndPayload(payloadStart);
        Varint.Write(_chunks, ((ulong)column << 3) | (ulong)kind);
        Varint.Write(_chunks, (ulong)length);
        Note(kind, count, minMs, maxMs);
    }

    /// <summary>Puts the checksum behind a payload.</summary>
    private int EndPayload(int start)
    {
        var payload = _payloads.WrittenSpan[start..];
        var crc = Crc32C.Of(payload);
        BinaryPrimitives.WriteUInt32LittleEndian(_payloads.GetSpan(BlockFormat.CrcBytes), crc);
        _payloads.Advance(BlockFormat.CrcBytes);
        return payload.Length;
    }

    private void Note(ChunkKind kind, int count, long minMs, long maxMs)
    {
        _minMs = Math.Min(_minMs, minMs);
        _maxMs = Math.Max(_maxMs, maxMs);
        _samples += kind is ChunkKind.Exemplars or ChunkKind.Created ? 0 : count;
    }

    private void CheckOrder(ChunkKind kind, ReadOnlySpan<long> times)
    {
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] <= times[i - 1])
            {
                throw new InvalidOperationException($"BUG: the times of a series do not ascend: {times[i]} follows {times[i - 1]}.");
            }
        }

        Follow(kind, times[0], times[^1]);
    }

    private void Follow(ChunkKind kind, long minMs, long maxMs)
    {
        if (!_inSeries)
        {
            throw new InvalidOperationException("BUG: a chunk was given to a block before a series.");
        }

        ref var last = ref _lastMs[(int)kind];
        var mayTouch = kind is ChunkKind.Exemplars or ChunkKind.Created;
        if (_hasLast[(int)kind] && (minMs < last || (minMs == last && !mayTouch)))
        {
            throw new InvalidOperationException($"BUG: the chunks of a series do not ascend: {minMs} follows {last}.");
        }

        last = maxMs;
        _hasLast[(int)kind] = true;
    }

    private void EndSeries()
    {
        EndFloats();
        if (_chunks.WrittenCount > 0)
        {
            var offset = _stream!.Position;
            _stream.Write(_payloads.WrittenSpan);
            _index.Add(_labels.WrittenSpan, offset, _chunks.WrittenSpan);
            _chunks.ResetWrittenCount();
            _payloads.ResetWrittenCount();
        }

        _inSeries = false;
    }
}
