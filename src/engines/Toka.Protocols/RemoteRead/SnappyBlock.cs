using System.Buffers;
using Snappier;
using Toka.Core.Errors;

namespace Toka.Protocols.RemoteRead;

/// <summary>One Snappy block, as Prometheus's remote protocols use it for whole bodies.</summary>
public static class SnappyBlock
{
    /// <summary>
    /// Unpacks a block. The length that it announces is looked at first, so a small body that claims to be a large one costs
    /// nothing.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="bytesMax">The most bytes that it may have unpacked.</param>
    /// <returns>The bytes; the caller disposes them.</returns>
    /// <exception cref="LimitExceededException">It would be larger.</exception>
    /// <exception cref="BadInputException">It is not a Snappy block.</exception>
    public static IMemoryOwner<byte> Unpack(ReadOnlySpan<byte> block, int bytesMax)
    {
        try
        {
            // Announced in 32 bits without sign: as many as that are negative here.
            var length = (uint)Snappy.GetUncompressedLength(block);
            if (length > (uint)bytesMax)
            {
                throw new LimitExceededException("body", $"the body has {length} bytes unpacked; the limit is {bytesMax}. Ask for less at a time.");
            }

            return Snappy.DecompressToMemory(block);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or InvalidOperationException)
        {
            throw new BadInputException($"the body is not a Snappy block ({e.Message}); send Content-Encoding: snappy in the block format, not the framed one");
        }
    }

    /// <summary>Packs bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The block; the caller disposes it.</returns>
    public static IMemoryOwner<byte> Pack(ReadOnlySpan<byte> bytes) => Snappy.CompressToMemory(bytes);
}
