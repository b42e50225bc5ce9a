using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// The time columns of a block being written. One that was written lately is not written again: the series of one scrape
/// have the same times. Not thread-safe.
/// </summary>
internal sealed class TimeColumnStore
{
    /// <summary>Columns remembered, about 4 MB of them: more than the targets of a large server times the chunks of a day.</summary>
    private const int RememberedMax = 65_536;

    private readonly Dictionary<UInt128, int> _numbers = [];
    private readonly Queue<UInt128> _order = new();
    private readonly List<Entry> _entries = [];
    private readonly ArrayBufferWriter<byte> _encoded = new();

    /// <summary>Equality is told from 128 bits of hash; with a secret seed nobody can make two columns that share them.</summary>
    private readonly long _seed = Random.Shared.NextInt64();

    private readonly record struct Entry(long Offset, int Length, int Count, long MinMs, long MaxMs);

    /// <summary>The number of a column; it is written where it is new.</summary>
    /// <param name="into">The data section.</param>
    /// <param name="times">Ascending; 1 to <see cref="BlockFormat.ChunkSamplesMax"/>.</param>
    public int Add(BlockStream into, ReadOnlySpan<long> times) => Add(into, times, default);

    /// <summary>The number of a column whose encoded bytes are at hand.</summary>
    public int Add(BlockStream into, ReadOnlySpan<long> times, ReadOnlySpan<byte> encoded)
    {
        var hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(times), _seed);
        if (_numbers.TryGetValue(hash, out var number))
        {
            return number;
        }

        if (encoded.IsEmpty)
        {
            _encoded.ResetWrittenCount();
            TimeColumn.Encode(times, _encoded);
            encoded = _encoded.WrittenSpan;
        }

        number = _entries.Count;
        _entries.Add(new Entry(into.Position, encoded.Length, times.Length, times[0], times[^1]));
        into.WriteChecked(encoded);
        _numbers.Add(hash, number);
        _order.Enqueue(hash);
        if (_order.Count > RememberedMax)
        {
            _numbers.Remove(_order.Dequeue());
        }

        return number;
    }

    /// <summary>Writes the table of the columns.</summary>
    /// <param name="into">The block.</param>
    /// <param name="minMs">The block's first moment, from which the columns' moments are told.</param>
    public void WriteTable(BlockStream into, long minMs)
    {
        var table = new TableBuilder(TimeColumnTable.Columns);
        foreach (var entry in _entries)
        {
            table.Add(
                (ulong)entry.Offset,
                (ulong)entry.Length,
                (ulong)entry.Count,
                unchecked((ulong)(entry.MinMs - minMs)),
                unchecked((ulong)(entry.MaxMs - entry.MinMs)));
        }

        table.Write(into, SectionKind.TimeColumns);
    }
}

/// <summary>The columns of the table of time columns.</summary>
internal static class TimeColumnTable
{
    public const int Columns = 5;
    public const int Offset = 0;
    public const int Length = 1;
    public const int Count = 2;
    public const int MinAfterBlock = 3;
    public const int Span = 4;
}
