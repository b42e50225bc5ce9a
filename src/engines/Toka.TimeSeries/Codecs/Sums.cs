using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Toka.TimeSeries.Codecs;

/// <summary>Running sums, by vectors and by their scalar twin. No state.</summary>
internal static class Sums
{
    /// <summary>Replaces each number by the sum up to and with it; sums wrap around.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="start">The sum before the first.</param>
    public static void Accumulate(Span<long> values, long start)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            AccumulateVector(values, start);
        }
        else
        {
            AccumulateScalar(values, start);
        }
    }

    /// <summary>The scalar twin of <see cref="AccumulateVector"/>.</summary>
    internal static void AccumulateScalar(Span<long> values, long start)
    {
        foreach (ref var value in values)
        {
            start += value;
            value = start;
        }
    }

    /// <summary>Four sums at a time: two shifted additions, then the carry of the four before.</summary>
    internal static void AccumulateVector(Span<long> values, long start)
    {
        var vectors = MemoryMarshal.Cast<long, Vector256<long>>(values);
        var carry = Vector256.Create(start);
        var not0 = Vector256.Create(0L, -1, -1, -1);
        var not01 = Vector256.Create(0L, 0, -1, -1);
        foreach (ref var vector in vectors)
        {
            var sum = vector;
            sum += Vector256.Shuffle(sum, Vector256.Create(0L, 0, 1, 2)) & not0;
            sum += Vector256.Shuffle(sum, Vector256.Create(0L, 0, 0, 1)) & not01;
            sum += carry;
            vector = sum;
            carry = Vector256.Shuffle(sum, Vector256.Create(3L, 3, 3, 3));
        }

        AccumulateScalar(values[(vectors.Length * Vector256<long>.Count)..], carry.ToScalar());
    }

    /// <summary>Turns multiples into numbers in place: origin + n · step; wraps around.</summary>
    public static void Stretch(Span<long> values, long origin, long step)
    {
        foreach (ref var value in values)
        {
            value = origin + (value * step);
        }
    }
}
