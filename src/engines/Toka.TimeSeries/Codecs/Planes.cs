using System.Buffers;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Differences as planes of bytes under zstd: the center, a byte with a bit for each plane that is not all zero, and the
/// compressed planes, the lowest first. For what repeats in a way that no order of differences sees.
/// </summary>
internal static class Planes
{
    private const int Most = sizeof(ulong);

    /// <summary>Writes centered differences, zigzag, if they take less than a limit.</summary>
    public static bool TryWrite(ReadOnlySpan<ulong> numbers, long center, int limit, IBufferWriter<byte> into)
    {
        ulong all = 0;
        foreach (var number in numbers)
        {
            all |= number;
        }

        using var planes = new Rented<byte>(numbers.Length * Most);
        var (mask, used) = (0, 0);
        for (var plane = 0; plane < Most; plane++)
        {
            if ((byte)(all >> (8 * plane)) == 0)
            {
                continue;
            }

            mask |= 1 << plane;
            var bytes = planes.Span.Slice(used++ * numbers.Length, numbers.Length);
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(numbers[i] >> (8 * plane));
            }
        }

        into.WriteZigZag(center);
        into.WriteByte(mask);
        return Zstandard.TryCompress(planes.Span[..(used * numbers.Length)], limit, into);
    }

    /// <summary>Reads differences; what is left is theirs.</summary>
    public static void Read(ref ByteReader reader, Span<long> differences)
    {
        var center = reader.ZigZag();
        var mask = reader.Byte();
        var count = differences.Length;
        using var planes = new Rented<byte>(count * System.Numerics.BitOperations.PopCount(mask));
        Zstandard.Decompress(reader.Rest, planes.Span);
        differences.Clear();
        var used = 0;
        for (var plane = 0; plane < Most; plane++)
        {
            if ((mask >> plane & 1) == 0)
            {
                continue;
            }

            var bytes = planes.Span.Slice(used++ * count, count);
            for (var i = 0; i < count; i++)
            {
                differences[i] |= (long)bytes[i] << (8 * plane);
            }
        }

        foreach (ref var difference in differences)
        {
            difference = center + Numbers.UnZigZag((ulong)difference);
        }
    }
}
