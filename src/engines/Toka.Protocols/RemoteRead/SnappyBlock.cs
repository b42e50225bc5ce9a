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
        LengthOf(block, bytesMax);
        try
        {
            return Snappy.DecompressToMemory(block);
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw NoBlock(e);
        }
    }

    /// <summary>How many bytes a block announces to have unpacked.</summary>
    /// <param name="block">The block.</param>
    /// <param name="bytesMax">The most bytes that it may have.</param>
    /// <exception cref="LimitExceededException">It would be larger.</exception>
    /// <exception cref="BadInputException">It is not a Snappy block.</exception>
    public static int LengthOf(ReadOnlySpan<byte> block, int bytesMax)
    {
        try
        {
            // Announced in 32 bits without sign: as many as that are negative here.
            var length = (uint)Snappy.GetUncompressedLength(block);
            return length <= (uint)bytesMax
                ? (int)length
                : throw new LimitExceededException("body", $"the body has {length} bytes unpacked; the limit is {bytesMax}. Ask for less at a time.");
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw NoBlock(e);
        }
    }

    /// <summary>Unpacks a block into bytes that are there.</summary>
    /// <param name="block">The block.</param>
    /// <param name="into">As many bytes as <see cref="LengthOf"/> says.</param>
    /// <exception cref="BadInputException">It is not a Snappy block, or has another length than it announces.</exception>
    public static void Unpack(ReadOnlySpan<byte> block, Span<byte> into)
    {
        try
        {
            if (Snappy.Decompress(block, into) != into.Length)
            {
                throw new InvalidDataException("its length is not the one that it announces");
            }
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw NoBlock(e);
        }
    }

    /// <summary>Packs bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The block; the caller disposes it.</returns>
    public static IMemoryOwner<byte> Pack(ReadOnlySpan<byte> bytes) => Snappy.CompressToMemory(bytes);

    private static bool IsMalformed(Exception e) => e is InvalidDataException or ArgumentException or InvalidOperationException;

    private static BadInputException NoBlock(Exception e) =>
        new($"the body is not a Snappy block ({e.Message}); send Content-Encoding: snappy in the block format, not the framed one");
}
