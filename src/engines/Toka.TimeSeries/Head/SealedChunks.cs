using System.Buffers.Binary;

namespace Toka.TimeSeries.Head;

/// <summary>A sealed chunk, found in a page.</summary>
/// <param name="Data">The page.</param>
/// <param name="Offset">Where the bit stream begins.</param>
/// <param name="Count">How many samples it has.</param>
/// <param name="FirstMs">The first sample's time.</param>
/// <param name="LastMs">The last sample's time.</param>
internal readonly record struct SealedChunk(byte[] Data, int Offset, int Count, long FirstMs, long LastMs);

/// <summary>The pages as they stood at a moment. Immutable: a reader walks it without a lock, and keeps its pages alive by holding it.</summary>
/// <param name="First">The number of the first page.</param>
/// <param name="Pages">The pages from there on; null where one has been dropped.</param>
internal sealed record PageTable(uint First, byte[]?[] Pages)
{
    /// <summary>A page by number; null where it has been dropped or never was.</summary>
    public byte[]? Find(uint number) => number >= First && number - First < (uint)Pages.Length ? Pages[number - First] : null;
}

/// <summary>
/// Full chunks, in the order of their sealing, in pages of 256 KiB. A chunk names the one before it of its series, so a
/// series keeps nothing but the address of its newest chunk; where a page is gone, its chains end. That is right for any
/// page whose samples are all older than what is kept, wherever it stands: a series' chunks ascend in time.
/// Written under the head's lock; what is written never changes, so it is read without one.
/// </summary>
internal sealed class SealedChunks
{
    /// <summary>A page: large enough that a page table stays short, small enough that an idle server does not feel it.</summary>
    public const int PageBytes = 256 * 1024;

    private const int HeaderBytes = 28;

    /// <summary>What is in each page of the table; the last one is written.</summary>
    private readonly List<(long NewestMs, int Samples, int Chunks)> _info = [];
    private int _used = PageBytes;
    private int _live;

    /// <summary>The pages now.</summary>
    public PageTable Table { get; private set; } = new(1, []);

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => (long)_live * PageBytes;

    /// <summary>The number of chunks in pages that have not been dropped.</summary>
    public long Count
    {
        get
        {
            var count = 0L;
            for (var i = 0; i < _info.Count; i++)
            {
                count += Table.Pages[i] is null ? 0 : _info[i].Chunks;
            }

            return count;
        }
    }

    /// <summary>Copies a chunk in.</summary>
    /// <param name="previousPage">The page of the series' chunk before; 0 for none.</param>
    /// <param name="previousOffset">Its place there.</param>
    /// <param name="first">The first sample's time.</param>
    /// <param name="last">The last sample's time.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="stream">The bit stream without slack.</param>
    /// <returns>Where it is now.</returns>
    public (uint Page, int Offset) Add(uint previousPage, int previousOffset, long first, long last, int count, ReadOnlySpan<byte> stream)
    {
        if (PageBytes - _used < HeaderBytes + stream.Length + ChunkCodec.Slack)
        {
            AddPage();
        }

        var page = Table.Pages[^1]!;
        var header = page.AsSpan(_used, HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header, previousPage);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], previousOffset);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], first);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], last);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], count);
        stream.CopyTo(page.AsSpan(_used + HeaderBytes));
        var offset = _used;
        _used += HeaderBytes + stream.Length;
        _info[^1] = (Math.Max(_info[^1].NewestMs, last), _info[^1].Samples + count, _info[^1].Chunks + 1);
        return (Table.First + (uint)Table.Pages.Length - 1, offset);
    }

    /// <summary>The newest sample's time in the oldest page which is full; null where no page is full.</summary>
    public long? OldestPageNewestMs
    {
        get
        {
            var oldest = Array.FindIndex(Table.Pages, static page => page is not null);
            return oldest >= 0 && oldest < _info.Count - 1 ? _info[oldest].NewestMs : null;
        }
    }

    /// <summary>Drops the oldest full page. Readers that hold the table still read it.</summary>
    /// <returns>How many samples went.</returns>
    public int DropOldestPage()
    {
        var oldest = Array.FindIndex(Table.Pages, static page => page is not null);
        var samples = _info[oldest].Samples;
        Drop([oldest]);
        return samples;
    }

    /// <summary>Drops every page without a sample at or after a moment. Readers that hold the table still read them.</summary>
    public void DropBefore(long time)
    {
        var gone = new List<int>();
        for (var i = 0; i < _info.Count; i++)
        {
            if (Table.Pages[i] is not null && _info[i].NewestMs < time)
            {
                gone.Add(i);
            }
        }

        if (gone.Count > 0)
        {
            Drop(gone);
        }
    }

    /// <summary>Finds the chunks of a series that may have samples in a range, newest first.</summary>
    /// <param name="table">The pages.</param>
    /// <param name="page">The page of the series' newest chunk.</param>
    /// <param name="offset">Its place there.</param>
    /// <param name="from">The first moment wanted.</param>
    /// <param name="to">The last moment wanted.</param>
    /// <param name="found">Takes the chunks.</param>
    public static void Walk(PageTable table, uint page, int offset, long from, long to, List<SealedChunk> found)
    {
        while (page != 0 && table.Find(page) is { } data)
        {
            var header = data.AsSpan(offset, HeaderBytes);
            var last = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
            if (last < from)
            {
                return;
            }

            var first = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
            if (first <= to)
            {
                found.Add(new SealedChunk(data, offset + HeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(header[24..]), first, last));
            }

            page = BinaryPrimitives.ReadUInt32LittleEndian(header);
            offset = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        }
    }

    private void Drop(List<int> gone)
    {
        if (gone[^1] == _info.Count - 1)
        {
            // The page that was written: the next chunk begins a new one.
            _used = PageBytes;
        }

        var pages = Table.Pages.ToArray();
        foreach (var i in gone)
        {
            pages[i] = null;
        }

        _live -= gone.Count;
        var first = Array.FindIndex(pages, static page => page is not null);
        first = first < 0 ? pages.Length : first;
        _info.RemoveRange(0, first);
        Table = new PageTable(Table.First + (uint)first, pages[first..]);
    }

    private void AddPage()
    {
        Table = new PageTable(Table.First, [.. Table.Pages, GC.AllocateUninitializedArray<byte>(PageBytes)]);
        _info.Add((long.MinValue, 0, 0));
        _used = 0;
        _live++;
    }
}
