using System.Buffers;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Differences in mini-blocks: a byte of width, the block's least value (none at width 64), the packed distances from it.
/// </summary>
internal static class Packed
{
    /// <summary>Writes differences.</summary>
    /// <param name="differences">The differences.</param>
    /// <param name="room">Scratch of the same length.</param>
    /// <param name="into">Takes them.</param>
    public static void Write(ReadOnlySpan<long> differences, Span<ulong> room, IBufferWriter<byte> into)
    {
        while (!differences.IsEmpty)
        {
            var block = differences[..Math.Min(BitPacking.BlockLength, differences.Length)];
            var distances = room[..block.Length];
            var (least, greatest) = (block[0], block[0]);
            foreach (var value in block)
            {
                least = Math.Min(least, value);
                greatest = Math.Max(greatest, value);
            }

            var width = Numbers.BitLength((ulong)greatest - (ulong)least);
            least = width == 64 ? 0 : least;
            for (var i = 0; i < block.Length; i++)
            {
                distances[i] = (ulong)block[i] - (ulong)least;
            }

            into.WriteByte(width);
            if (width < 64)
            {
                into.WriteZigZag(least);
            }

            var bytes = BitPacking.Bytes(block.Length, width);
            BitPacking.Pack(distances, width, into.GetSpan(Math.Max(1, bytes)));
            into.Advance(bytes);
            differences = differences[block.Length..];
        }
    }

    /// <summary>Reads differences.</summary>
    public static void Read(ref ByteReader reader, Span<long> differences)
    {
        while (!differences.IsEmpty)
        {
            var block = differences[..Math.Min(BitPacking.BlockLength, differences.Length)];
            var width = reader.Byte();
            if (width > 64)
            {
                throw new CodecException($"A packed block has width {width}.");
            }

            var least = width < 64 ? reader.ZigZag() : 0;
            BitPacking.Unpack(reader.Take(BitPacking.Bytes(block.Length, width)), width, least, block);
            differences = differences[block.Length..];
        }
    }
}
