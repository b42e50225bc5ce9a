using System.Runtime.InteropServices;

namespace Toka.TimeSeries.Head;

/// <summary>
/// What appending a sample touches, and nothing else: 64 bytes, one cache line a series. (One struct instead of a column a
/// field: an append reads and writes all of it.)
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct HeadSeries
{
    /// <summary>The <see cref="LastTime"/> of a series which has never had a sample.</summary>
    public const long Never = long.MinValue;

    /// <summary>The time of the newest sample, ms; <see cref="Never"/> before the first.</summary>
    public long LastTime;

    /// <summary>The newest value's bits.</summary>
    public ulong LastBits;

    /// <summary>The newest sealed chunk: its page's number; 0 for none.</summary>
    public uint SealedPage;

    /// <summary>The newest sealed chunk: its place in the page.</summary>
    public int SealedOffset;

    /// <summary>The first block of the open chunk; meaningless where <see cref="Encoder"/> has no sample.</summary>
    public uint FirstBlock;

    /// <summary>The block that is written.</summary>
    public uint LastBlock;

    /// <summary>The state of the open chunk's encoder.</summary>
    public ChunkState Encoder;
}
