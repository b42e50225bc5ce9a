using System.Buffers;
using CsCheck;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

/// <summary>Columns as metrics have them, and the way through a codec and back.</summary>
internal static class Shapes
{
    /// <summary>Constants, lines, steps, noise, bursts, few distinct values, huge jumps; up to a full column.</summary>
    public static readonly Gen<long[]> AnyColumn = Gen.Select(Gen.Int[1, 3000], Gen.Int[0, 7], Gen.Int[0, 40], Gen.Int).Select(static (count, kind, magnitude, seed) =>
        Column(count, kind, magnitude, new Random(seed)));

    private static long[] Column(int count, int kind, int magnitude, Random random)
    {
        var column = new long[count];
        var max = 1L << magnitude;
        var value = random.NextInt64(max);
        for (var i = 0; i < count; i++)
        {
            value = kind switch
            {
                0 => value,
                1 => value + max,
                2 => value + random.NextInt64(max),
                3 => random.NextInt64(max) - (max / 2),
                4 => random.Next(20) == 0 ? value + random.NextInt64(max) : value,
                5 => random.Next(4) * max * 4096,
                6 => random.Next(500) == 0 ? random.NextInt64() : value + random.Next(3),
                _ => value + (random.Next(10) * 4096) - 16384,
            };
            column[i] = value;
        }

        return column;
    }

    public static byte[] Encode(ReadOnlySpan<double> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        ValueColumn.Encode(values, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Encode(ReadOnlySpan<long> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        IntColumn.Encode(values, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] RoundTrip(double[] values)
    {
        var bytes = Encode(values);
        var back = new double[values.Length];
        Array.Fill(back, 12345.678);
        ValueColumn.Decode(bytes, back);
        Assert.Equal(values.Select(BitConverter.DoubleToUInt64Bits), back.Select(BitConverter.DoubleToUInt64Bits));
        Assert.InRange(bytes.Length, 1, (values.Length * sizeof(double)) + 16);
        return bytes;
    }

    public static byte[] RoundTrip(long[] values)
    {
        var bytes = Encode(values);
        var back = new long[values.Length];
        Array.Fill(back, -7);
        IntColumn.Decode(bytes, back);
        Assert.Equal(values, back);
        Assert.InRange(bytes.Length, 1, (values.Length * sizeof(long)) + 16);
        return bytes;
    }
}
