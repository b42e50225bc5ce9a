using Toka.Core.Series;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Head;

/// <summary>What became of a sample.</summary>
internal enum AppendOutcome
{
    /// <summary>It was stored.</summary>
    Accepted,

    /// <summary>It was there already.</summary>
    Duplicate,

    /// <summary>Another value stands at its time.</summary>
    Conflict,

    /// <summary>It is older than the store keeps.</summary>
    TooOld,
}

/// <summary>
/// The samples in memory: for each series an open chunk that is written, a chain of sealed chunks, and rarely an overlap of
/// late samples. Changed by the committer alone, under the lock; read under the lock, except sealed chunks, which need none.
/// </summary>
internal sealed class SampleHead(SeriesIndex index, long bytesMax) : IDisposable
{
    /// <summary>Samples a chunk: a query of five minutes at 1 s reads one or two, and the header costs 0.1 bytes a sample.</summary>
    private const int ChunkSamplesMax = 256;

    /// <summary>Bytes a chunk: eight blocks. Random floats fill it before they are 256.</summary>
    internal const int ChunkBytesMax = 8 * OpenBlocks.PayloadBytes;

    private readonly PagedArray<HeadSeries> _series = new();
    private readonly PagedArray<long> _oldest = new();
    private readonly Dictionary<int, Overlap> _overlaps = [];
    private readonly OpenBlocks _blocks = new();
    private readonly SealedChunks _sealed = new();
    private readonly List<SealedChunk> _walk = [];
    private readonly FloatColumn _probe = new();
    private readonly byte[] _scratch = new byte[ChunkCodec.SampleBytesMax + ChunkCodec.Slack + 8];
    private long _overlapBytes;

    /// <summary>Samples not after this moment are no longer kept, ms.</summary>
    public long FloorMs { get; private set; } = long.MinValue;

    /// <summary>The clock, ms: freeing memory never moves the floor beyond it, or one sender whose clock is ahead would have everybody refused.</summary>
    public long NowMs { get; set; } = long.MaxValue;

    /// <summary>A chunk that spans more is sealed, so that retention can drop it in time.</summary>
    public long ChunkSpanMaxMs { get; init; } = long.MaxValue;

    /// <summary>Bytes of chunks and late samples.</summary>
    public long Bytes => _blocks.Bytes + _sealed.Bytes + _overlapBytes;

    /// <summary>Samples dropped because memory was full.</summary>
    public long DroppedForMemory { get; private set; }

    /// <summary>The newest sample's time of a series; <see cref="HeadSeries.Never"/> where it has none.</summary>
    public long NewestOf(int id) => _series[id].LastTime;

    /// <summary>The oldest sample's time that a series ever had.</summary>
    public long OldestOf(int id) => _oldest[id];

    /// <summary>Makes room for a new series.</summary>
    public void Add(int id)
    {
        _series.Ensure(id);
        _oldest.Ensure(id);
        _series[id] = new HeadSeries { LastTime = HeadSeries.Never, Encoder = ChunkState.Start };
        _oldest[id] = long.MaxValue;
    }

    /// <summary>Stores one sample.</summary>
    public AppendOutcome Append(int id, long time, ulong bits)
    {
        if (time <= FloorMs)
        {
            return AppendOutcome.TooOld;
        }

        ref var series = ref _series[id];
        if (time <= series.LastTime)
        {
            return AppendLate(ref series, id, time, bits);
        }

        if (series.Encoder.Count == 0)
        {
            series.FirstBlock = series.LastBlock = _blocks.Take();
            if (series.LastTime == HeadSeries.Never)
            {
                _oldest[id] = time;
            }
        }
        else if (series.Encoder.Count == ChunkSamplesMax || time - FirstOf(in series) > ChunkSpanMaxMs)
        {
            Seal(ref series);
            series.FirstBlock = series.LastBlock = _blocks.Take();
        }

        Encode(ref series, time, bits);
        series.LastTime = time;
        series.LastBits = bits;
        return AppendOutcome.Accepted;
    }

    /// <summary>Copies what needs the lock of a series: the chunks' addresses, the open chunk, the late samples.</summary>
    public void Capture(int id, long from, long to, SeriesCapture into)
    {
        ref var series = ref _series[id];
        into.Table = _sealed.Table;
        into.SealedPage = series.SealedPage;
        into.SealedOffset = series.SealedOffset;
        into.OpenCount = 0;
        if (series.Encoder.Count > 0 && series.LastTime >= from && FirstOf(in series) <= to)
        {
            into.OpenCount = series.Encoder.Count;
            _blocks.CopyTo(series.FirstBlock, into.Open.AsSpan(0, BytesOf(in series.Encoder)));
        }

        if (_overlaps.TryGetValue(id, out var overlap))
        {
            into.TakeLate(overlap, from, to);
        }
    }

    /// <summary>Forgets what is not after a moment: whole pages, late samples. Series are swept by <see cref="Expired"/>.</summary>
    public void Expire(long floor)
    {
        FloorMs = Math.Max(FloorMs, floor);
        while (_sealed.OldestPageNewestMs <= FloorMs)
        {
            _sealed.DropOldestPage();
        }

        DropLate();
    }

    /// <summary>Forgets late samples not after the floor.</summary>
    private int DropLate()
    {
        var dropped = 0;
        foreach (var (id, overlap) in _overlaps)
        {
            _overlapBytes -= overlap.Bytes;
            dropped += overlap.DropBefore(FloorMs + 1);
            if (overlap.Count == 0)
            {
                _overlaps.Remove(id);
            }
            else
            {
                _overlapBytes += overlap.Bytes;
            }
        }

        return dropped;
    }

    /// <summary>The series that have no sample after the floor; a series without any sample is one.</summary>
    public HashSet<int> Expired()
    {
        var gone = new HashSet<int>();
        for (var id = 0; id < index.End; id++)
        {
            if (index.IsLive(id) && _series[id].LastTime <= FloorMs)
            {
                gone.Add(id);
            }
        }

        return gone;
    }

    /// <summary>Frees what series hold; they are removed from the index by the caller.</summary>
    public void Remove(HashSet<int> gone)
    {
        foreach (var id in gone)
        {
            ref var series = ref _series[id];
            if (series.Encoder.Count > 0)
            {
                _blocks.Return(series.FirstBlock, series.LastBlock);
            }

            if (_overlaps.Remove(id, out var overlap))
            {
                _overlapBytes -= overlap.Bytes;
            }

            series = new HeadSeries { LastTime = HeadSeries.Never, Encoder = ChunkState.Start };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _probe.Dispose();

    private static int BytesOf(in ChunkState state) => (state.Bits + 7) >> 3;

    private long FirstOf(in HeadSeries series) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(_blocks.Get(series.FirstBlock));

    private void Encode(ref HeadSeries series, long time, ulong bits)
    {
        // Where the next bit goes: an exactly full block is followed by a new one only when there is something to put in it.
        var whole = series.Encoder.Bits >> 3;
        var begin = (Math.Max(BytesOf(in series.Encoder), 1) - 1) / OpenBlocks.PayloadBytes * OpenBlocks.PayloadBytes;
        var at = whole - begin;
        var block = _blocks.Get(series.LastBlock);
        var state = series.Encoder;
        if (block.Length - at >= ChunkCodec.SampleBytesMax + ChunkCodec.Slack)
        {
            state.Bits -= (ushort)(begin << 3);
            ChunkCodec.Append(ref state, block, series.LastTime, series.LastBits, time, bits);
            state.Bits += (ushort)(begin << 3);
            series.Encoder = state;
            return;
        }

        // Near the end of the block: encode aside, and lay it over the end.
        state.Bits &= 7;
        _scratch[0] = at == block.Length ? (byte)0 : block[at];
        ChunkCodec.Append(ref state, _scratch, series.LastTime, series.LastBits, time, bits);
        var length = BytesOf(in state);
        if (whole + length > ChunkBytesMax)
        {
            Seal(ref series);
            series.FirstBlock = series.LastBlock = _blocks.Take();
            Encode(ref series, time, bits);
            return;
        }

        var fits = Math.Min(length, block.Length - at);
        _scratch.AsSpan(0, fits).CopyTo(block[at..]);
        if (fits < length)
        {
            series.LastBlock = _blocks.TakeAfter(series.LastBlock);
            _scratch.AsSpan(fits, length - fits).CopyTo(_blocks.Get(series.LastBlock));
        }

        state.Bits += (ushort)(whole << 3);
        series.Encoder = state;
    }

    private void Seal(ref HeadSeries series)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytesMax];
        chunk = chunk[..BytesOf(in series.Encoder)];
        _blocks.CopyTo(series.FirstBlock, chunk);
        (series.SealedPage, series.SealedOffset) = _sealed.Add(
            series.SealedPage, series.SealedOffset, FirstOf(in series), series.LastTime, series.Encoder.Count, chunk);
        _blocks.Return(series.FirstBlock, series.LastBlock);
        series.Encoder = ChunkState.Start;
        TryMakeRoom();
    }

    /// <summary>Drops the oldest pages, and the late samples of their time, while there is too much.</summary>
    /// <returns>Whether the rest is within the limit.</returns>
    private bool TryMakeRoom()
    {
        while (Bytes > bytesMax)
        {
            if (_sealed.OldestPageNewestMs is not { } newest)
            {
                return false;
            }

            DroppedForMemory += _sealed.DropOldestPage();
            FloorMs = Math.Max(FloorMs, Math.Min(newest, NowMs));
            DroppedForMemory += DropLate();
        }

        return true;
    }

    private AppendOutcome AppendLate(ref HeadSeries series, int id, long time, ulong bits)
    {
        if (time == series.LastTime)
        {
            return bits == series.LastBits ? AppendOutcome.Duplicate : AppendOutcome.Conflict;
        }

        if (TryFind(in series, id, time, out var known))
        {
            return bits == known ? AppendOutcome.Duplicate : AppendOutcome.Conflict;
        }

        if (!TryMakeRoom() || time <= FloorMs)
        {
            return AppendOutcome.TooOld;
        }

        if (!_overlaps.TryGetValue(id, out var overlap))
        {
            _overlaps.Add(id, overlap = new Overlap());
        }

        _overlapBytes -= overlap.Bytes;
        overlap.Add(time, BitConverter.UInt64BitsToDouble(bits));
        _overlapBytes += overlap.Bytes;
        _oldest[id] = Math.Min(_oldest[id], time);
        return AppendOutcome.Accepted;
    }

    private bool TryFind(in HeadSeries series, int id, long time, out ulong bits)
    {
        if (_overlaps.TryGetValue(id, out var overlap) && overlap.TryGet(time, out bits))
        {
            return true;
        }

        _probe.Clear();
        if (series.Encoder.Count > 0 && time >= FirstOf(in series))
        {
            Span<byte> open = stackalloc byte[ChunkBytesMax + ChunkCodec.Slack];
            _blocks.CopyTo(series.FirstBlock, open[..BytesOf(in series.Encoder)]);
            _probe.Extend(series.Encoder.Count, out var times, out var values);
            ChunkCodec.Decode(open, times, values);
        }
        else
        {
            _walk.Clear();
            SealedChunks.Walk(_sealed.Table, series.SealedPage, series.SealedOffset, time, time, _walk);
            foreach (var chunk in _walk)
            {
                _probe.Extend(chunk.Count, out var times, out var values);
                ChunkCodec.Decode(chunk.Data.AsSpan(chunk.Offset), times, values);
            }
        }

        var at = _probe.Timestamps.BinarySearch(time);
        bits = at >= 0 ? BitConverter.DoubleToUInt64Bits(_probe.Values[at]) : 0;
        return at >= 0;
    }
}
