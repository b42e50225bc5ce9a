using System.Buffers;
using CsCheck;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

/// <summary>Columns as metrics have them, and the way through a codec and back.</summary>
internal static class Shapes
{
    /// <summary>How many kinds <see cref="Column"/> has.</summary>
    public const int Kinds = 9;

    /// <summary>Constants, lines, steps, noise, bursts, few distinct values, huge jumps, repeats.</summary>
    public static readonly Gen<long[]> AnyColumn = Gen.Select(Gen.Int[1, 3000], Gen.Int[0, Kinds - 1], Gen.Int[0, 40], Gen.Int)
        .Select(static (count, kind, magnitude, seed) => Column(count, kind, magnitude, new Random(seed)));

    public static long[] Column(int count, int kind, int magnitude, Random random)
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
                7 => value + (random.Next(10) * 4096) - 16384,
                _ => i < 50 ? random.NextInt64(max) : column[i - 50],
            };
            column[i] = value;
        }

        return column;
    }

    /// <summary>A full column for which a form is the best.</summary>
    public static long[] For(IntForm form)
    {
        var random = new Random(7);
        return form switch
        {
            IntForm.Constant => Column(8192, 0, 10, random),
            IntForm.Line => Column(8192, 1, 10, random),
            IntForm.Packed => Column(8192, 2, 8, random),
            IntForm.Coded => [.. Column(8192, 2, 40, random).Select((_, i) => (100L * i) + (random.Next(8) == 0 ? random.Next(4) : 0))],
            IntForm.Planes => Column(8192, 8, 30, random),
            IntForm.Runs => [.. Enumerable.Range(0, 8192).Select(static i => 7L + (i / 60))],
            IntForm.Dictionary => [.. Enumerable.Range(0, 8192).Select(_ => random.Next(4)).Select(static n => 1_234_567_891L * n * n * n)],
            _ => [.. Enumerable.Range(0, 8192).Select(_ => random.NextInt64(long.MinValue, long.MaxValue))],
        };
    }

    public static double[] As(long[] column, Func<long, double> value) => [.. column.Select(value)];

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

        var times = new ArrayBufferWriter<byte>();
        TimeColumn.Encode(values, times);
        Array.Fill(back, -7);
        TimeColumn.Decode(times.WrittenSpan, back);
        Assert.Equal(values, back);
        return bytes;
    }
}
