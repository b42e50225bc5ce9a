using System.Buffers;
using ZstdSharp;

namespace Toka.TimeSeries.Codecs;

/// <summary>Zstandard for columns: one compressor and one decompressor a thread, frames without their magic number.</summary>
internal static class Zstandard
{
    /// <summary>Finds matches that the lowest levels miss, while few columns come this far.</summary>
    private const int Level = 5;

    private const int MagicBytes = 4;

    [ThreadStatic]
    private static Compressor? s_compressor;

    [ThreadStatic]
    private static Decompressor? s_decompressor;

    private static ReadOnlySpan<byte> Magic => [0x28, 0xb5, 0x2f, 0xfd];

    /// <summary>Compresses bytes if the result is shorter than a limit.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="limit">The result has less.</param>
    /// <param name="into">Takes the result, else nothing.</param>
    /// <returns>Whether it was worth it.</returns>
    public static bool TryCompress(ReadOnlySpan<byte> bytes, int limit, IBufferWriter<byte> into)
    {
        var compressor = s_compressor ??= new Compressor(Level);
        var room = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(bytes.Length));
        try
        {
            var length = compressor.Wrap(bytes, room) - MagicBytes;
            if (length >= limit)
            {
                return false;
            }

            into.Write(room.AsSpan(MagicBytes, length));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    /// <summary>Decompresses bytes of a known length.</summary>
    /// <exception cref="CodecException">They are damaged or of another length.</exception>
    public static void Decompress(ReadOnlySpan<byte> from, Span<byte> into)
    {
        var decompressor = s_decompressor ??= new Decompressor();
        var frame = ArrayPool<byte>.Shared.Rent(from.Length + MagicBytes);
        try
        {
            Magic.CopyTo(frame);
            from.CopyTo(frame.AsSpan(MagicBytes));
            var length = decompressor.Unwrap(frame.AsSpan(0, from.Length + MagicBytes), into);
            if (length != into.Length)
            {
                throw new CodecException($"A compressed part has {length} bytes instead of {into.Length}.");
            }
        }
        catch (ZstdException fault)
        {
            throw new CodecException($"A compressed part cannot be read: {fault.Message}.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }
}
