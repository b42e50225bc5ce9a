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
/// Blocks for the chunks that series write at present: ten size classes with a free list each, cut from pages of 64 KiB.
/// Read and written only under the head's lock, so a block may be reused at once. Not thread-safe.
/// </summary>
internal sealed class OpenBlocks
{
    private const int PageBytes = 1 << 16;

    private static readonly int[] s_sizes = [32, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    private readonly List<byte[]> _pages = [];
    private readonly Stack<uint>[] _free = [.. s_sizes.Select(static _ => new Stack<uint>())];
    private int _used = PageBytes;

    /// <summary>The largest class's number.</summary>
    public static int LargestClass => s_sizes.Length - 1;

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => (long)_pages.Count * PageBytes;

    /// <summary>The bytes of a block of a class.</summary>
    public static int SizeOf(int sizeClass) => s_sizes[sizeClass];

    /// <summary>Takes a block; its content is whatever was there before.</summary>
    public uint Take(int sizeClass)
    {
        if (_free[sizeClass].TryPop(out var block))
        {
            return block;
        }

        var size = s_sizes[sizeClass];
        if (PageBytes - _used < size)
        {
            _pages.Add(GC.AllocateUninitializedArray<byte>(PageBytes));
            _used = 0;
        }

        block = ((uint)(_pages.Count - 1) << 16) | (uint)_used;
        _used += size;
        return block;
    }

    /// <summary>Gives a block back.</summary>
    public void Return(uint block, int sizeClass) => _free[sizeClass].Push(block);

    /// <summary>The block's bytes.</summary>
    public Span<byte> Get(uint block, int sizeClass) => _pages[(int)(block >> 16)].AsSpan((int)(block & 0xffff), s_sizes[sizeClass]);
}
