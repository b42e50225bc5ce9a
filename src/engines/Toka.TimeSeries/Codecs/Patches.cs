using System.Buffers;
using System.Numerics;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Runs of equal values that stand beside a decimal column: their count, then for each the gap before it, its length − 1 and
/// its bits, rotated so that stale markers, the usual NaN, ∞ and −0 are small numbers.
/// </summary>
internal static class Patches
{
    /// <summary>Sign, exponent and the quiet bit come last.</summary>
    private const int Rotation = 13;

    /// <summary>Writes the values that are not what the numbers give.</summary>
    public static void Write(ReadOnlySpan<double> values, ReadOnlySpan<long> numbers, Scaling scaling, IBufferWriter<byte> into)
    {
        var list = Candidates.Take();
        var (count, end) = (0UL, 0);
        for (var i = 0; i < values.Length;)
        {
            var bits = BitConverter.DoubleToInt64Bits(values[i]);
            if (bits == scaling.BitsOf(numbers[i]))
            {
                i++;
                continue;
            }

            var start = i++;
            while (i < values.Length && BitConverter.DoubleToInt64Bits(values[i]) == bits)
            {
                i++;
            }

            list.WriteVarint((ulong)(start - end));
            list.WriteVarint((ulong)(i - start - 1));
            list.WriteVarint(BitOperations.RotateLeft((ulong)bits, Rotation));
            end = i;
            count++;
        }

        into.WriteVarint(count);
        into.Write(list.WrittenSpan);
        Candidates.Put(list);
    }

    /// <summary>Steps over the list.</summary>
    /// <returns>It, for <see cref="Apply"/>.</returns>
    public static ReadOnlySpan<byte> Skip(ref ByteReader reader, int length)
    {
        var before = reader.Rest;
        var count = reader.Varint(length, "The number of patches");
        for (var i = 0; i < count; i++)
        {
            reader.Varint();
            reader.Varint();
            reader.Varint();
        }

        return before[..(before.Length - reader.Rest.Length)];
    }

    /// <summary>Puts the values in their places.</summary>
    public static void Apply(ReadOnlySpan<byte> list, Span<long> bits)
    {
        var reader = new ByteReader(list);
        var count = reader.Varint(bits.Length, "The number of patches");
        for (var i = 0; i < count; i++)
        {
            bits = bits[reader.Varint(bits.Length, "The gap before a patch")..];
            var length = reader.Varint(bits.Length - 1, "The length of a patch") + 1;
            bits[..length].Fill((long)BitOperations.RotateRight(reader.Varint(), Rotation));
            bits = bits[length..];
        }
    }
}
