using System.Buffers.Binary;
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
/// late samples. Changed by the committer and the sealer, one at a time, under the lock; read under the lock, except sealed
/// chunks, which need none.
/// </summary>
/// <remarks>
/// Three moments divide the time. What is older than <see cref="VisibleFromMs"/> is in blocks: chunks are read from there on.
/// Between <see cref="BoundaryMs"/> and <see cref="CeilingMs"/> no block has a sample, so a sample that is newer than its
/// series' last one is new and goes to the open chunk; every other sample is late: it goes to the series' overlap, after the
/// committer has looked for it in the blocks.
/// </remarks>
/// <param name="index">The series.</param>
/// <param name="dropsBeyondBytes">Over so many bytes the oldest pages are dropped: for a store without a disk; else <see cref="long.MaxValue"/>.</param>
internal sealed partial class SampleHead(SeriesIndex index, long dropsBeyondBytes) : IDisposable
{
    /// <summary>Samples a chunk: a query of five minutes at 1 s reads one or two, and the header costs 0.1 bytes a sample.</summary>
    private const int ChunkSamplesMax = 256;

    /// <summary>Bytes a chunk: eight blocks. Random floats fill it before they are 256.</summary>
    internal const int ChunkBytesMax = 8 * OpenBlocks.PayloadBytes;

    /// <summary>A series in the columns here: the chunks' state, its oldest time.</summary>
    private const int SeriesBytes = 64 + 8;

    private readonly PagedArray<HeadSeries> _series = new();
    private readonly PagedArray<long> _oldest = new();
    private readonly OpenBlocks _blocks = new();
    private readonly SealedChunks _sealed = new();
    private readonly byte[] _scratch = new byte[ChunkCodec.SampleBytesMax + ChunkCodec.Slack + 8];
    private long _dropped;
    private long _memoryFloorMs = long.MinValue;

    /// <summary>Samples not after this moment are no longer kept, ms.</summary>
    public long FloorMs { get; private set; } = long.MinValue;

    /// <summary>The clock, ms: freeing memory never moves the floor beyond it, or one sender whose clock is ahead would have everybody refused.</summary>
    public long NowMs { get; set; } = long.MaxValue;

    /// <summary>A chunk that spans more is sealed, so that retention can drop it in time.</summary>
    public long ChunkSpanMaxMs { get; init; } = long.MaxValue;

    /// <summary>Bytes of chunks and late samples in use.</summary>
    public long Bytes => ChunkBytes + _lateBytes + Side.Bytes;

    /// <summary>Bytes of chunks in use.</summary>
    public long ChunkBytes => _blocks.UsedBytes + _sealed.Bytes;

    /// <summary>Bytes of late samples.</summary>
    public long LateBytes => _lateBytes;

    /// <summary>Bytes of the series' own columns, used or not.</summary>
    public long TableBytes => (long)index.End * SeriesBytes;

    /// <summary>Samples dropped because memory was full.</summary>
    public long DroppedForMemory => _dropped;

    /// <summary>The number of chunks, full and open ones; looks at every series.</summary>
    public long ChunkCount()
    {
        var count = _sealed.Count;
        for (var id = 0; id < index.End; id++)
        {
            count += index.IsLive(id) && _series[id].Encoder.Count > 0 ? 1 : 0;
        }

        return count;
    }

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
        if (time <= series.LastTime || time < BoundaryMs || time >= CeilingMs)
        {
            return AppendLate(ref series, id, time, bits);
        }

        if (series.Encoder.Count == 0)
        {
            series.FirstBlock = series.LastBlock = _blocks.Take();
            if (series.SealedPage == 0)
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
        OldestMs = Math.Min(OldestMs, time);
        NewestMs = Math.Max(NewestMs, time);
        return AppendOutcome.Accepted;
    }

    /// <summary>Whether a series may have samples in a range.</summary>
    public bool MayHave(int id, long from, long to)
    {
        ref var series = ref _series[id];
        if (HasChunks(in series) && series.LastTime >= Math.Max(from, VisibleFromMs) && _oldest[id] <= to)
        {
            return true;
        }

        return MayHaveLate(id, from, to) || (Side.NewestOf(id) >= from && Side.OldestOf(id) <= to);
    }

    /// <summary>Copies what needs the lock of a series: the chunks' addresses, the open chunk, the late samples.</summary>
    public void Capture(int id, long from, long to, SeriesCapture into)
    {
        CaptureChunks(id, Math.Max(from, VisibleFromMs), to, into);
        CaptureLate(id, from, to, into);
    }

    /// <summary>Forgets what is not after a moment: whole pages, late samples. Series are swept by <see cref="Idle"/>.</summary>
    public void Expire(long floor)
    {
        var before = FloorMs;
        LowerFloor(floor);
        FloorMs = Math.Max(FloorMs, floor);
        if (FloorMs > before)
        {
            _sealed.DropBefore(FloorMs == long.MaxValue ? FloorMs : FloorMs + 1);
            DropLate();
            Side.DropBefore(FloorMs == long.MaxValue ? FloorMs : FloorMs + 1);
        }
    }

    /// <summary>Takes older samples again where the clock has gone back; not those of a time that was dropped for memory.</summary>
    public void LowerFloor(long floor) => FloorMs = Math.Max(_memoryFloorMs, Math.Min(FloorMs, floor));

    /// <summary>Frees what a series holds; it is removed from the index by the caller.</summary>
    public void Remove(int id)
    {
        ref var series = ref _series[id];
        FreeOpen(ref series);
        if (_overlaps.Remove(id, out var overlap))
        {
            _lateBytes -= overlap.Bytes;
        }

        Side.Remove(id);
        _found = default;
        series = new HeadSeries { LastTime = HeadSeries.Never, Encoder = ChunkState.Start };
    }

    /// <inheritdoc/>
    public void Dispose() => _probe.Dispose();

    private static int BytesOf(in ChunkState state) => (state.Bits + 7) >> 3;

    private static bool HasChunks(in HeadSeries series) => series.Encoder.Count > 0 || series.SealedPage != 0;

    private long FirstOf(in HeadSeries series) => BinaryPrimitives.ReadInt64LittleEndian(_blocks.Get(series.FirstBlock));

    private void CaptureChunks(int id, long from, long to, SeriesCapture into)
    {
        ref var series = ref _series[id];
        into.Clear();
        into.Table = _sealed.Table;
        into.SealedPage = series.SealedPage;
        into.SealedOffset = series.SealedOffset;
        into.ChunksFromMs = from;
        if (series.Encoder.Count > 0 && series.LastTime >= from && FirstOf(in series) <= to)
        {
            into.OpenCount = series.Encoder.Count;
            _blocks.CopyTo(series.FirstBlock, into.Open.AsSpan(0, BytesOf(in series.Encoder)));
        }
    }

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

    /// <summary>Moves the open chunk to the sealed ones.</summary>
    private void Seal(ref HeadSeries series)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytesMax];
        chunk = chunk[..BytesOf(in series.Encoder)];
        _blocks.CopyTo(series.FirstBlock, chunk);
        (series.SealedPage, series.SealedOffset) = _sealed.Add(
            series.SealedPage, series.SealedOffset, FirstOf(in series), series.LastTime, series.Encoder.Count, chunk);
        FreeOpen(ref series);
        TryMakeRoom();
    }

    private void FreeOpen(ref HeadSeries series)
    {
        if (series.Encoder.Count > 0)
        {
            _blocks.Return(series.FirstBlock, series.LastBlock, BytesOf(in series.Encoder));
            series.Encoder = ChunkState.Start;
        }
    }

    /// <summary>Drops the oldest pages, and the late samples of their time, while there is too much.</summary>
    /// <returns>Whether the rest is within the limit.</returns>
    private bool TryMakeRoom()
    {
        while (Bytes > dropsBeyondBytes)
        {
            if (_sealed.OldestPageNewestMs is not { } newest)
            {
                return false;
            }

            _dropped += _sealed.DropOldestPage();
            _memoryFloorMs = Math.Max(_memoryFloorMs, Math.Min(newest, NowMs));
            FloorMs = Math.Max(FloorMs, _memoryFloorMs);
            _dropped += DropLate();
            Side.DropBefore(FloorMs + 1);
        }

        return true;
    }
}
