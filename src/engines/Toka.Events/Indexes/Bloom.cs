using System.Buffers.Binary;
using System.Numerics;

namespace Toka.Events.Indexes;

/// <summary>A split-block bloom filter: blocks of 32 bytes, in each of whose eight words a hash sets a bit, so that a test reads one line of memory.</summary>
/// <remarks>Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007); the block is that of Parquet's specification.</remarks>
internal static class Bloom
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 32;

    // With twelve bits a hash, one of two hundred hashes that are not there seems to be.
    private const int BitsPerHash = 12;
    private const int Words = 8;

    private static ReadOnlySpan<uint> Salts => [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    /// <summary>Bytes of a filter of so many hashes.</summary>
    public static int SizeOf(int hashes) => Math.Max(1, (int)Math.Ceiling(hashes * (double)BitsPerHash / (BlockBytes * 8))) * BlockBytes;

    /// <summary>Adds a hash.</summary>
    public static void Add(Span<byte> filter, ulong hash)
    {
        var block = filter.Slice(BlockOf(filter.Length, hash), BlockBytes);
        for (var i = 0; i < Words; i++)
        {
            var word = block.Slice(i * sizeof(uint), sizeof(uint));
            BinaryPrimitives.WriteUInt32LittleEndian(word, BinaryPrimitives.ReadUInt32LittleEndian(word) | BitOf(hash, i));
        }
    }

    /// <summary>Whether a hash may have been added.</summary>
    public static bool MayHave(ReadOnlySpan<byte> filter, ulong hash)
    {
        var block = filter.Slice(BlockOf(filter.Length, hash), BlockBytes);
        for (var i = 0; i < Words; i++)
        {
            if ((BinaryPrimitives.ReadUInt32LittleEndian(block[(i * sizeof(uint))..]) & BitOf(hash, i)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static int BlockOf(int bytes, ulong hash) => (int)(((hash >> 32) * (ulong)(bytes / BlockBytes)) >> 32) * BlockBytes;

    private static uint BitOf(ulong hash, int word) => BitOperations.RotateLeft(1u, (int)(((uint)hash * Salts[word]) >> 27));
}
