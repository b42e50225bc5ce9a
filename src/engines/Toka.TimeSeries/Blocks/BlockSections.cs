using Toka.Core.Codecs;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// The sections of an open block. A section of the index is checked against its CRC32C when it is first used, and what
/// came out is remembered. Thread-safe.
/// </summary>
internal sealed class BlockSections
{
    private const int KindsEnd = (int)SectionKind.Metadata + 1;
    private const byte Good = 1;
    private const byte Bad = 2;

    private readonly IMappedBytes _map;
    private readonly Section[] _places = new Section[KindsEnd];
    private readonly byte[] _checked = new byte[KindsEnd];

    /// <summary>Notes where the sections are.</summary>
    /// <exception cref="BlockDamagedException">One is missing, or longer than an index can be.</exception>
    public BlockSections(IMappedBytes map, BlockFooter footer)
    {
        _map = map;
        Path = footer.Info.Path;
        foreach (var section in footer.Sections)
        {
            // A kind that this version does not know is for a later one.
            if (section.Kind > 0 && (int)section.Kind < KindsEnd)
            {
                _places[(int)section.Kind] = section;
            }
        }

        for (var kind = (int)SectionKind.Data; kind < KindsEnd; kind++)
        {
            if (_places[kind].Kind == 0 || (kind != (int)SectionKind.Data && _places[kind].Length > int.MaxValue))
            {
                throw new BlockDamagedException(Path, map.Length, $"the footer has no usable section {(SectionKind)kind}");
            }
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where a section is.</summary>
    public Section PlaceOf(SectionKind kind) => _places[(int)kind];

    /// <summary>A section of the index.</summary>
    /// <exception cref="BlockDamagedException">It does not have its checksum.</exception>
    public ReadOnlySpan<byte> this[SectionKind kind]
    {
        get
        {
            ref readonly var place = ref _places[(int)kind];
            var bytes = _map.Slice(place.Offset, (int)place.Length);
            ref var state = ref _checked[(int)kind];
            if (Volatile.Read(ref state) != Good)
            {
                Check(ref state, place, bytes);
            }

            return bytes;
        }
    }

    /// <summary>Bytes of the data section, not checked.</summary>
    /// <exception cref="InvalidDataException">They are not within it.</exception>
    public ReadOnlySpan<byte> Data(long offset, int length)
    {
        ref readonly var place = ref _places[(int)SectionKind.Data];
        return offset >= place.Offset && length >= 0 && length <= place.Length - (offset - place.Offset)
            ? _map.Slice(offset, length)
            : throw new InvalidDataException($"{length} bytes at {offset} are not within the data");
    }

    /// <summary>Computes the checksum of a section anew.</summary>
    /// <returns>Whether it is that of the footer.</returns>
    public bool IsIntact(SectionKind kind)
    {
        const int Piece = 1 << 20;
        var place = _places[(int)kind];
        var crc = 0u;
        for (long at = 0; at < place.Length; at += Piece)
        {
            crc = Crc32C.Of(_map.Slice(place.Offset + at, (int)Math.Min(Piece, place.Length - at)), crc);
        }

        return crc == place.Crc;
    }

    /// <summary>A damage of a section whose checksum is right: what wrote it is at fault, or somebody made it so.</summary>
    public BlockDamagedException Damaged(SectionKind kind, Exception cause) =>
        new(Path, _places[(int)kind].Offset, $"the section {kind} contradicts itself: {cause.Message}");

    private void Check(ref byte state, in Section place, ReadOnlySpan<byte> bytes)
    {
        if (Volatile.Read(ref state) != Bad && Crc32C.Of(bytes) == place.Crc)
        {
            Volatile.Write(ref state, Good);
            return;
        }

        Volatile.Write(ref state, Bad);
        throw new BlockDamagedException(Path, place.Offset, $"the section {place.Kind} of {place.Length} bytes {BlockFault.NoChecksum}");
    }
}
