using System.Buffers.Binary;

namespace Toka.TimeSeries.Head;

/// <summary>Append-only bytes in pages of 64 KiB; an address is page and offset in 32 bits (4 GiB). Not thread-safe.</summary>
internal sealed class ByteArena
{
    /// <summary>The size of a page and so of the longest entry.</summary>
    public const int PageBytes = 1 << 16;

    private readonly List<byte[]> _pages = [];
    private int _used = PageBytes;

    /// <summary>Bytes handed out.</summary>
    public long Bytes { get; private set; }

    /// <summary>Copies bytes in.</summary>
    /// <returns>Their address.</returns>
    public uint Add(ReadOnlySpan<byte> bytes)
    {
        if (PageBytes - _used < bytes.Length)
        {
            _pages.Add(new byte[PageBytes]);
            _used = 0;
        }

        var address = ((uint)(_pages.Count - 1) << 16) | (uint)_used;
        bytes.CopyTo(_pages[^1].AsSpan(_used));
        _used += bytes.Length;
        Bytes += bytes.Length;
        return address;
    }

    /// <summary>The bytes at an address.</summary>
    public ReadOnlySpan<byte> Get(uint address, int length) => _pages[(int)(address >> 16)].AsSpan((int)(address & 0xffff), length);
}

/// <summary>Append-only lists of ints in pages of 16 Ki; each list begins with its length. Not thread-safe.</summary>
internal sealed class ListArena
{
    private const int Shift = 14;
    private const int PageLength = 1 << Shift;

    private readonly List<int[]> _pages = [];
    private int _used = PageLength;

    /// <summary>Ints handed out.</summary>
    public long Length { get; private set; }

    /// <summary>Copies a list in.</summary>
    /// <returns>Its address.</returns>
    public uint Add(ReadOnlySpan<int> list)
    {
        if (PageLength - _used < list.Length + 1)
        {
            _pages.Add(new int[PageLength]);
            _used = 0;
        }

        var address = ((uint)(_pages.Count - 1) << Shift) | (uint)_used;
        _pages[^1][_used] = list.Length;
        list.CopyTo(_pages[^1].AsSpan(_used + 1));
        _used += list.Length + 1;
        Length += list.Length + 1;
        return address;
    }

    /// <summary>The list at an address.</summary>
    public ReadOnlySpan<int> Get(uint address)
    {
        var page = _pages[(int)(address >> Shift)];
        var at = (int)(address & (PageLength - 1));
        return page.AsSpan(at + 1, page[at]);
    }
}

/// <summary>
/// Blocks for the chunks that series write at present. A chunk is a chain of blocks of one size, so what one series frees
/// any other can use, and a series wastes half a block on average. Cut from pages of 64 KiB. Read and written only under
/// the head's lock, so a block may be reused at once. Not thread-safe.
/// </summary>
internal sealed class OpenBlocks
{
    /// <summary>Bytes of the chunk in a block; the last four of 128 name the next block.</summary>
    public const int PayloadBytes = BlockBytes - sizeof(uint);

    private const int BlockBytes = 128;
    private const int PageBytes = 1 << 16;

    private readonly List<byte[]> _pages = [];
    private uint _free;
    private uint _next;

    private long _taken;

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => (long)_pages.Count * PageBytes;

    /// <summary>Bytes of the blocks in use.</summary>
    public long UsedBytes => _taken * BlockBytes;

    /// <summary>Takes a block; its content is whatever was there before.</summary>
    /// <returns>Its number, from 1.</returns>
    public uint Take()
    {
        _taken++;
        if (_free != 0)
        {
            var block = _free;
            _free = NextOf(block);
            return block;
        }

        if (_next % (PageBytes / BlockBytes) == 0)
        {
            _pages.Add(GC.AllocateUninitializedArray<byte>(PageBytes));
        }

        return ++_next;
    }

    /// <summary>Takes a block and hangs it behind another.</summary>
    public uint TakeAfter(uint block)
    {
        var next = Take();
        BinaryPrimitives.WriteUInt32LittleEndian(Whole(block)[PayloadBytes..], next);
        return next;
    }

    /// <summary>Gives a chain back.</summary>
    /// <param name="first">Its first block.</param>
    /// <param name="last">Its last block.</param>
    /// <param name="bytes">The bytes of the chunk in it.</param>
    public void Return(uint first, uint last, int bytes)
    {
        _taken -= Math.Max(1, (bytes + PayloadBytes - 1) / PayloadBytes);
        if (_taken == 0)
        {
            // Nobody holds a block: the pages go back, so that a peak does not stay for ever.
            _pages.Clear();
            (_free, _next) = (0, 0);
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(Whole(last)[PayloadBytes..], _free);
        _free = first;
    }

    /// <summary>The chunk's bytes in a block.</summary>
    public Span<byte> Get(uint block) => Whole(block)[..PayloadBytes];

    /// <summary>Copies a chunk out of its chain.</summary>
    public void CopyTo(uint first, Span<byte> into)
    {
        while (into.Length > PayloadBytes)
        {
            Get(first).CopyTo(into);
            into = into[PayloadBytes..];
            first = NextOf(first);
        }

        Get(first)[..into.Length].CopyTo(into);
    }

    private uint NextOf(uint block) => BinaryPrimitives.ReadUInt32LittleEndian(Whole(block)[PayloadBytes..]);

    private Span<byte> Whole(uint block) =>
        _pages[(int)((block - 1) / (PageBytes / BlockBytes))].AsSpan((int)((block - 1) % (PageBytes / BlockBytes)) * BlockBytes, BlockBytes);
}
