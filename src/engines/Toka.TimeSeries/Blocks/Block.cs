using Toka.Core.Codecs;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Disk;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// One immutable block: selects series and reads their chunks out of the mapped file. Opening reads header and footer
/// only; sections of the index are checked when they are first used.
/// </summary>
/// <remarks>
/// Thread-safe. Counted: it is born with one reference, and unmapped when the last is released; everything but
/// <see cref="Info"/> needs a reference. A chunk that is damaged is left out and named; damage of the index ends in a
/// <see cref="BlockDamagedException"/>, because then nothing of the block can be told for sure.
/// </remarks>
internal sealed class Block
{
    [ThreadStatic]
    private static byte[]? s_labels;

    private readonly IMappedBytes _map;
    private readonly Lock _lock = new();
    private readonly BlockSelections _selections = new();
    private BlockIndex? _index;
    private int _references = 1;

    private Block(IMappedBytes map, BlockFooter footer)
    {
        _map = map;
        Info = footer.Info;
        Sections = new BlockSections(map, footer);
    }

    /// <summary>What the block says of itself.</summary>
    public BlockInfo Info { get; }

    /// <summary>Its sections.</summary>
    internal BlockSections Sections { get; }

    /// <summary>Opens a block; reads header and footer only.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BlockDamagedException">Header or footer are not those of a block.</exception>
    /// <exception cref="Core.Errors.BadInputException">It is a block of another version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Block Open(IStoreDisk disk, string path)
    {
        var map = disk.Map(path);
        try
        {
            if (map.Length < BlockFormat.HeaderBytes + BlockFormat.TailBytes)
            {
                throw new BlockDamagedException(path, map.Length, $"{map.Length} bytes are too few for a block");
            }

            var sequence = BlockFormat.ReadHeader(map.Slice(0, BlockFormat.HeaderBytes), path);
            var body = BlockFormat.ReadTail(map.Slice(map.Length - BlockFormat.TailBytes, BlockFormat.TailBytes), map.Length, path);
            var footer = map.Slice(map.Length - BlockFormat.TailBytes - body, body + BlockFormat.TailBytes);
            return new Block(map, BlockFormat.ReadFooter(footer, map.Length, sequence, path));
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Takes a reference.</summary>
    /// <returns>False where the block is gone already.</returns>
    public bool TryAcquire()
    {
        while (true)
        {
            var references = Volatile.Read(ref _references);
            if (references == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _references, references + 1, references) == references)
            {
                return true;
            }
        }
    }

    /// <summary>Gives a reference back; the last one unmaps the file.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            _map.Dispose();
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("BUG: a block was released more often than it was acquired.");
        }
    }

    /// <summary>The series which match and have a chunk that touches a range of time.</summary>
    /// <param name="matchers">All of these must match; none select every series.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="cancellationToken">Ends the search: a pattern may be slow, and match few of a million values.</param>
    /// <returns>Ordinals, ascending and so in the order of labels. Shared with others: not to be changed.</returns>
    public int[] Select(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken = default)
    {
        if (fromMs > Info.MaxMs || toMs < Info.MinMs)
        {
            return [];
        }

        try
        {
            var index = Index();
            var ordinals = _selections.Find(matchers) ?? _selections.Keep(matchers, new BlockSelector(index.Labels, index.Series, Info.Series, cancellationToken).Resolve(matchers));
            return fromMs <= Info.MinMs && toMs >= Info.MaxMs ? ordinals : Array.FindAll(ordinals, ordinal => Touches(index, ordinal, fromMs, toMs));
        }
        catch (Exception e) when (IsContradiction(e))
        {
            throw Sections.Damaged(SectionKind.Series, e);
        }
    }

    /// <summary>The canonical labels of a series.</summary>
    /// <param name="ordinal">From 0 to the count of series − 1.</param>
    /// <param name="scratch">Where they are put; grows where needed.</param>
    /// <returns>A view into the scratch.</returns>
    public ReadOnlySpan<byte> EncodedLabelsOf(int ordinal, ref byte[] scratch)
    {
        CheckOrdinal(ordinal);
        try
        {
            var length = Index().Series.CopyLabels(ordinal, ref scratch);
            return scratch.AsSpan(0, length);
        }
        catch (Exception e) when (IsContradiction(e))
        {
            throw Sections.Damaged(SectionKind.Series, e);
        }
    }

    /// <summary>The labels of a series.</summary>
    public LabelSet LabelsOf(int ordinal)
    {
        var scratch = s_labels ?? new byte[512];
        var labels = LabelSet.FromEncoded(EncodedLabelsOf(ordinal, ref scratch));
        s_labels = scratch;
        return labels;
    }

    /// <summary>Finds a series by its canonical labels.</summary>
    /// <returns>Its ordinal, or −1.</returns>
    public int Find(ReadOnlySpan<byte> encodedLabels)
    {
        var scratch = s_labels ?? new byte[512];
        var (low, high) = (0, Info.Series);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = LabelOrder.Compare(EncodedLabelsOf(middle, ref scratch), encodedLabels) < 0 ? (middle + 1, high) : (low, middle);
        }

        var found = low < Info.Series && EncodedLabelsOf(low, ref scratch).SequenceEqual(encodedLabels);
        s_labels = scratch;
        return found ? low : -1;
    }

    /// <summary>The chunks of a series: ascending and without overlap within a kind.</summary>
    public ChunkList ChunksOf(int ordinal)
    {
        CheckOrdinal(ordinal);
        try
        {
            return Index().Series.ChunksOf(ordinal);
        }
        catch (Exception e) when (IsContradiction(e))
        {
            throw Sections.Damaged(SectionKind.Series, e);
        }
    }

    /// <summary>Appends the float samples of a series within a range of time.</summary>
    /// <param name="ordinal">The series.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="into">Appended to.</param>
    /// <param name="faults">Takes the chunks that had to be left out.</param>
    /// <returns>Whether nothing was left out.</returns>
    public bool ReadFloats(int ordinal, long fromMs, long toMs, FloatColumn into, ICollection<BlockFault>? faults = null) =>
        ReadFloats(ordinal, fromMs, toMs, into, out _, faults);

    /// <summary>Appends the float samples of a series within a range of time, and tells whether it has anything else.</summary>
    /// <param name="ordinal">The series.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="into">Appended to.</param>
    /// <param name="hasOthers">Whether the series has chunks of another kind.</param>
    /// <param name="faults">Takes the chunks that had to be left out.</param>
    /// <returns>Whether nothing was left out.</returns>
    public bool ReadFloats(int ordinal, long fromMs, long toMs, FloatColumn into, out bool hasOthers, ICollection<BlockFault>? faults)
    {
        var whole = true;
        hasOthers = false;
        foreach (var chunk in ChunksOf(ordinal))
        {
            hasOthers |= chunk.Kind != ChunkKind.Floats;
            if (chunk.Kind == ChunkKind.Floats && chunk.MinMs <= toMs && chunk.MaxMs >= fromMs)
            {
                whole &= ReadFloats(chunk, fromMs, toMs, into, faults);
            }
        }

        return whole;
    }

    /// <summary>Appends the float samples of one chunk within a range of time.</summary>
    /// <returns>Whether the chunk was intact; if not, nothing of it was appended.</returns>
    public bool ReadFloats(in ChunkRef chunk, long fromMs, long toMs, FloatColumn into, ICollection<BlockFault>? faults = null)
    {
        var before = into.Count;
        try
        {
            var payload = PayloadOf(chunk);
            into.Extend(chunk.Count, out var times, out var values);
            ReadTimes(chunk, times);
            var (start, end) = ChunkRange.Of(times, chunk, fromMs, toMs);
            if (start < end)
            {
                ValueColumn.Decode(payload, values);
                times[start..end].CopyTo(times);
                values[start..end].CopyTo(values);
            }

            into.Truncate(before + end - start);
            return true;
        }
        catch (Exception e) when (IsDamage(e))
        {
            into.Truncate(before);
            faults?.Add(FaultOf(chunk, e));
            return false;
        }
    }

    /// <summary>Appends the summaries of a series whose time is within a range.</summary>
    /// <param name="ordinal">The series.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="into">Appended to.</param>
    /// <param name="faults">Takes the chunks that had to be left out.</param>
    /// <returns>Whether nothing was left out.</returns>
    public bool ReadSummaries(int ordinal, long fromMs, long toMs, SummaryColumn into, ICollection<BlockFault>? faults = null)
    {
        var whole = true;
        foreach (var chunk in ChunksOf(ordinal))
        {
            if (chunk.Kind == ChunkKind.Summaries && chunk.MinMs <= toMs && chunk.MaxMs >= fromMs)
            {
                whole &= ReadSummaries(chunk, fromMs, toMs, into, faults);
            }
        }

        return whole;
    }

    /// <summary>Appends the summaries of one chunk within a range of time.</summary>
    /// <returns>Whether the chunk was intact; if not, nothing of it was appended.</returns>
    public bool ReadSummaries(in ChunkRef chunk, long fromMs, long toMs, SummaryColumn into, ICollection<BlockFault>? faults = null)
    {
        var before = into.Count;
        try
        {
            var payload = PayloadOf(chunk);
            var spans = into.Extend(chunk.Count);
            ReadTimes(chunk, spans.Timestamps);
            var (start, end) = ChunkRange.Of(spans.Timestamps, chunk, fromMs, toMs);
            if (start < end)
            {
                SummaryCodec.Decode(payload, spans);
                spans.Slice(start, end - start).CopyTo(spans);
            }

            into.Truncate(before + end - start);
            return true;
        }
        catch (Exception e) when (IsDamage(e))
        {
            into.Truncate(before);
            faults?.Add(FaultOf(chunk, e));
            return false;
        }
    }

    /// <summary>The payload of a chunk, where it lies in the file: valid while the block is held.</summary>
    /// <exception cref="BlockDamagedException">It does not have its checksum.</exception>
    public ReadOnlySpan<byte> PayloadOf(in ChunkRef chunk) => Checked(chunk.Offset, chunk.Length, "a chunk");

    /// <summary>The payload of a chunk, or what is wrong with it.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="payload">As <see cref="PayloadOf"/> gives it.</param>
    /// <param name="faults">Takes the chunk where it is damaged.</param>
    public bool TryPayloadOf(in ChunkRef chunk, out ReadOnlySpan<byte> payload, ICollection<BlockFault>? faults = null)
    {
        try
        {
            payload = PayloadOf(chunk);
            return true;
        }
        catch (BlockDamagedException e)
        {
            payload = default;
            faults?.Add(e.Fault);
            return false;
        }
    }

    /// <summary>The names of the labels of some series, or of all.</summary>
    /// <param name="into">Takes them.</param>
    /// <param name="ordinals">The series; null for all.</param>
    public void LabelNames(FirstTexts into, int[]? ordinals) => Lists(index => BlockLists.Names(index, ordinals, into));

    /// <summary>The values of a label of some series, or of all.</summary>
    /// <param name="name">The label.</param>
    /// <param name="into">Takes them.</param>
    /// <param name="ordinals">The series; null for all.</param>
    public void LabelValues(string name, FirstTexts into, int[]? ordinals) => Lists(index => BlockLists.Values(index, name, ordinals, into));

    /// <summary>What the block knows of metric families, ordered by name.</summary>
    public IEnumerable<MetricMetadata> Metadata()
    {
        try
        {
            return MetadataSection.Read(Sections[SectionKind.Metadata]);
        }
        catch (Exception e) when (IsContradiction(e) || e is CodecException)
        {
            throw Sections.Damaged(SectionKind.Metadata, e);
        }
    }

    /// <summary>Checks everything there is to check; changes nothing. Nothing is found in a block that is whole.</summary>
    public IEnumerable<BlockFault> Verify() => BlockVerifier.Verify(this);

    /// <summary>Decodes the times of a chunk that has a time column.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="times">As many as it has samples.</param>
    /// <exception cref="BlockDamagedException">They do not have their checksum.</exception>
    /// <exception cref="CodecException">They have, and still cannot be decoded.</exception>
    public void ReadTimes(in ChunkRef chunk, Span<long> times) => TimeColumn.Decode(EncodedTimesOf(chunk), times);

    /// <summary>The time column of a chunk as it lies in the file.</summary>
    /// <exception cref="BlockDamagedException">It does not have its checksum, or is not there.</exception>
    internal ReadOnlySpan<byte> EncodedTimesOf(in ChunkRef chunk)
    {
        try
        {
            var (offset, length) = Index().Series.TimesAt(chunk.TimeColumn);
            return Checked(offset, length, "a time column");
        }
        catch (Exception e) when (IsContradiction(e))
        {
            throw Sections.Damaged(SectionKind.TimeColumns, e);
        }
    }

    /// <summary>The index; its tables are looked at when it is first used.</summary>
    internal BlockIndex Index()
    {
        if (Volatile.Read(ref _index) is { } index)
        {
            return index;
        }

        lock (_lock)
        {
            try
            {
                return _index ??= new BlockIndex(Sections, Info);
            }
            catch (Exception e) when (IsContradiction(e))
            {
                throw Sections.Damaged(SectionKind.Names, e);
            }
        }
    }

    /// <summary>Whether an exception means that bytes under a right checksum contradict each other.</summary>
    internal static bool IsContradiction(Exception e) => e is InvalidDataException or ArgumentOutOfRangeException or IndexOutOfRangeException;

    private static bool IsDamage(Exception e) => IsContradiction(e) || e is BlockDamagedException or CodecException;

    private static bool Touches(BlockIndex index, int ordinal, long fromMs, long toMs)
    {
        foreach (var chunk in index.Series.ChunksOf(ordinal))
        {
            if (chunk.MinMs <= toMs && chunk.MaxMs >= fromMs)
            {
                return true;
            }
        }

        return false;
    }

    private ReadOnlySpan<byte> Checked(long offset, int length, string what)
    {
        ReadOnlySpan<byte> bytes;
        try
        {
            bytes = Sections.Data(offset, length + BlockFormat.CrcBytes);
        }
        catch (InvalidDataException e)
        {
            throw new BlockDamagedException(Info.Path, offset, e.Message);
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[length..]) == Crc32C.Of(bytes[..length])
            ? bytes[..length]
            : throw new BlockDamagedException(Info.Path, offset, $"{what} of {length} bytes {BlockFault.NoChecksum}");
    }

    private BlockFault FaultOf(in ChunkRef chunk, Exception e) =>
        e is BlockDamagedException damage ? damage.Fault : new BlockFault(Info.Path, chunk.Offset, $"a chunk of {chunk.Count} samples cannot be decoded: {e.Message}");

    private void CheckOrdinal(int ordinal)
    {
        if ((uint)ordinal >= (uint)Info.Series)
        {
            throw new InvalidOperationException($"BUG: series {ordinal} was asked of a block of {Info.Series}.");
        }
    }

    private void Lists(Action<BlockIndex> collect)
    {
        try
        {
            collect(Index());
        }
        catch (Exception e) when (IsContradiction(e))
        {
            throw Sections.Damaged(SectionKind.Values, e);
        }
    }
}
