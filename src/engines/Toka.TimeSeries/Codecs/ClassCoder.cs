using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Differences as entropy-coded <see cref="Classes"/>: the center, the shares' logarithm, the table, the length of the
/// coded classes, these, and the bits below the classes.
/// </summary>
internal static class ClassCoder
{
    /// <summary>Bytes that are read past a number's first one.</summary>
    private const int Slack = 16;

    /// <summary>So many bits lie in eight bytes wherever they begin.</summary>
    private const int NarrowMax = 57;

    private const double TableBytesPerClass = 0.8;

    /// <summary>About how many bytes <see cref="Write"/> will take.</summary>
    public static double Estimate(ReadOnlySpan<ulong> numbers)
    {
        Span<int> counts = stackalloc int[Classes.Count];
        counts.Clear();
        foreach (var number in numbers)
        {
            counts[Classes.Of(number)]++;
        }

        double bits = 0;
        var used = 0;
        for (var i = 0; i < Classes.Count; i++)
        {
            if (counts[i] != 0)
            {
                bits += counts[i] * (Classes.BitsBelow(i) + Math.Log2((double)numbers.Length / counts[i]));
                used++;
            }
        }

        return (bits / 8) + (used * TableBytesPerClass) + 8;
    }

    /// <summary>Writes centered differences, zigzag.</summary>
    public static void Write(ReadOnlySpan<ulong> numbers, long center, IBufferWriter<byte> into)
    {
        Span<int> counts = stackalloc int[Classes.Count];
        counts.Clear();
        using var classes = new Rented<byte>(numbers.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            var @class = Classes.Of(numbers[i]);
            classes.Span[i] = (byte)@class;
            counts[@class]++;
        }

        Span<byte> weights = stackalloc byte[Classes.Count];
        Span<int> shares = stackalloc int[Classes.Count];
        var sharesLog = EntropyTable.SharesLogOf(numbers.Length);
        EntropyTable.Weigh(counts, weights);
        EntropyTable.Share(weights, sharesLog, shares);
        into.WriteZigZag(center);
        into.WriteByte(sharesLog);
        into.Advance(EntropyTable.Write(weights, into.GetSpan(EntropyTable.BytesMax)));
        using var room = new Rented<byte>(EntropyCoder.BytesMax(numbers.Length));
        var coded = EntropyCoder.Encode(classes.Span, shares, sharesLog, room.Span);
        into.WriteVarint((ulong)coded.Length);
        into.Write(coded);
        WriteBelow(numbers, classes.Span, into);
    }

    /// <summary>Reads differences.</summary>
    public static void Read(ref ByteReader reader, Span<long> differences)
    {
        var center = reader.ZigZag();
        var sharesLog = reader.Byte();
        if (sharesLog is < EntropyTable.SharesLogMin or > EntropyTable.SharesLogMax)
        {
            throw new CodecException($"An entropy table has 2^{sharesLog} shares.");
        }

        Span<byte> weights = stackalloc byte[Classes.Count];
        Span<int> shares = stackalloc int[Classes.Count];
        EntropyTable.Read(ref reader, weights);
        EntropyTable.Share(weights, sharesLog, shares);
        var coded = reader.Take(reader.Varint(EntropyCoder.BytesMax(differences.Length), "The coded classes' length"));
        using var classes = new Rented<byte>(differences.Length);
        EntropyCoder.Decode(coded, shares, sharesLog, classes.Span);
        ReadBelow(ref reader, classes.Span, center, differences);
    }

    private static void WriteBelow(ReadOnlySpan<ulong> numbers, ReadOnlySpan<byte> classes, IBufferWriter<byte> into)
    {
        var bits = 0L;
        foreach (var @class in classes)
        {
            bits += Classes.BitsBelow(@class);
        }

        var bytes = (int)((bits + 7) / 8);
        var writer = new BitWriter(into.GetSpan(bytes + sizeof(ulong)));
        for (var i = 0; i < numbers.Length; i++)
        {
            var @class = classes[i];
            writer.Write(Classes.Below(numbers[i], @class), Classes.BitsBelow(@class));
        }

        writer.Flush();
        into.Advance(bytes);
    }

    private static void ReadBelow(ref ByteReader reader, ReadOnlySpan<byte> classes, long center, Span<long> differences)
    {
        var widths = Classes.AllBitsBelow;
        var bits = 0L;
        var widest = 0;
        foreach (var @class in classes)
        {
            int width = widths[@class];
            bits += width;
            widest = Math.Max(widest, width);
        }

        if (widest == 0)
        {
            for (var i = 0; i < classes.Length; i++)
            {
                differences[i] = center + Numbers.UnZigZag(classes[i]);
            }

            return;
        }

        var from = reader.Take((int)((bits + 7) / 8));
        using var padded = new Rented<byte>(from.Length + Slack);
        from.CopyTo(padded.Span);
        if (widest <= NarrowMax)
        {
            AddNarrow(padded.Span, classes, center, differences);
        }
        else
        {
            AddWide(padded.Span, classes, center, differences);
        }
    }

    /// <summary>The bits below of any number lie in the eight bytes from its first one.</summary>
    private static void AddNarrow(ReadOnlySpan<byte> from, ReadOnlySpan<byte> classes, long center, Span<long> differences)
    {
        var widths = Classes.AllBitsBelow;
        var least = Classes.AllLeast;
        differences = differences[..classes.Length];
        var position = 0L;
        for (var i = 0; i < classes.Length; i++)
        {
            var @class = classes[i];
            int width = widths[@class];
            var below = (BinaryPrimitives.ReadUInt64LittleEndian(from[(int)(position >> 3)..]) >> (int)(position & 7)) & ((1UL << width) - 1);
            position += width;
            differences[i] = center + Numbers.UnZigZag(least[@class] + (below << 1));
        }
    }

    private static void AddWide(ReadOnlySpan<byte> from, ReadOnlySpan<byte> classes, long center, Span<long> differences)
    {
        var position = 0L;
        for (var i = 0; i < classes.Length; i++)
        {
            var @class = classes[i];
            var width = Classes.BitsBelow(@class);
            differences[i] = center + Numbers.UnZigZag(Classes.Least(@class) + (BitPacking.ReadBits(from, position, width) << 1));
            position += width;
        }
    }
}
