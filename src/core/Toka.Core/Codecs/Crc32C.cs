using System.Buffers.Binary;
using System.Numerics;

namespace Toka.Core.Codecs;

/// <summary>CRC32C: Castagnoli's polynomial, reflected, initial and final inversion. Source: RFC 3720 §12.1.</summary>
public static class Crc32C
{
    /// <summary>The checksum of some bytes, by the processor's instruction where it has one.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="before">The checksum of the bytes before these, to go on from there; 0 where there are none.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
