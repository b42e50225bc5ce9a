using System.Buffers;
using System.Numerics;

namespace Toka.TimeSeries.Codecs;

/// <summary>Writes a column as its differences of the best order, packed, coded or as planes, whichever is shortest.</summary>
internal static class DifferenceEncoder
{
    /// <summary>Coded columns are taken where they have at most so many hundredths of the packed one.</summary>
    private const int CodedPercent = 95;

    /// <summary>Planes are taken where they have at most so many hundredths of the best before.</summary>
    private const int PlanesPercent = 95;

    /// <summary>Shorter columns than this are not worth an entropy table.</summary>
    private const int CodedLengthMin = 24;

    /// <summary>Shorter bodies than this are not worth a zstd frame.</summary>
    private const int PlanesBytesMin = 48;

    private const int MedianSamples = 127;

    /// <summary>Writes a column of at least two values.</summary>
    public static IntForm Encode(ReadOnlySpan<long> values, ArrayBufferWriter<byte> into)
    {
        using var steps = new Rented<long>(values.Length);
        using var differences = new Rented<long>(values.Length);
        using var numbers = new Rented<ulong>(values.Length);
        var divisor = Distances(values, steps.Span);
        var best = (Order: 0, Center: 0L, Bytes: double.MaxValue);
        for (var order = 0; order <= Math.Min(2, values.Length - 2); order++)
        {
            Differences.Make(steps.Span, order, differences.Span);
            var center = Median(differences.Span);
            Center(differences.Span, center, numbers.Span);
            var bytes = ClassCoder.Estimate(numbers.Span);
            if (bytes < best.Bytes)
            {
                best = (order, center, bytes);
            }
        }

        Differences.Make(steps.Span, best.Order, differences.Span);
        new Differences(best.Order, divisor, values[0], best.Order == 2 ? steps.Span[1] : 0).Write(into);
        var head = into.WrittenCount;
        Packed.Write(differences.Span, numbers.Span, into);
        var form = IntForm.Packed;
        Center(differences.Span, best.Center, numbers.Span);
        var packed = into.WrittenCount - head;
        if (values.Length >= CodedLengthMin && best.Bytes * 100 < packed * CodedPercent)
        {
            var body = Candidates.Take();
            ClassCoder.Write(numbers.Span, best.Center, body);
            Replace(body, CodedPercent, into, head, IntForm.Coded, ref form);
        }

        if (into.WrittenCount - head >= PlanesBytesMin && Repeats.AreMany(numbers.Span, best.Bytes))
        {
            var body = Candidates.Take();
            if (Planes.TryWrite(numbers.Span, best.Center, (into.WrittenCount - head) * PlanesPercent / 100, body))
            {
                Replace(body, PlanesPercent, into, head, IntForm.Planes, ref form);
            }
            else
            {
                Candidates.Put(body);
            }
        }

        return form;
    }

    private static void Replace(ArrayBufferWriter<byte> body, int percent, ArrayBufferWriter<byte> into, int head, IntForm form, ref IntForm best)
    {
        if (body.WrittenCount * 100 < (into.WrittenCount - head) * percent)
        {
            Span<byte> kept = stackalloc byte[head];
            into.WrittenSpan[..head].CopyTo(kept);
            into.ResetWrittenCount();
            into.Write(kept);
            into.Write(body.WrittenSpan);
            best = form;
        }

        Candidates.Put(body);
    }

    /// <summary>The distances from the first value, divided by what they have in common.</summary>
    private static long Distances(ReadOnlySpan<long> values, Span<long> steps)
    {
        var first = values[0];
        ulong common = 0;
        var wraps = false;
        for (var i = 0; i < values.Length; i++)
        {
            var step = values[i] - first;
            wraps |= ((values[i] ^ first) & (step ^ values[i])) < 0;
            steps[i] = step;
            if (common != 1 && step != 0)
            {
                common = Common(common, (ulong)Math.Abs(Math.Max(step, -long.MaxValue)));
            }
        }

        if (wraps || common <= 1)
        {
            return 1;
        }

        var divisor = (long)common;
        foreach (ref var step in steps)
        {
            step /= divisor;
        }

        return divisor;
    }

    /// <summary>The greatest common divisor, by shifts and subtractions.</summary>
    private static ulong Common(ulong a, ulong b)
    {
        if (a == 0)
        {
            return b;
        }

        if (b % a == 0)
        {
            return a;
        }

        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private static long Median(ReadOnlySpan<long> values)
    {
        Span<long> sample = stackalloc long[MedianSamples];
        var count = Math.Min(MedianSamples, values.Length);
        for (var i = 0; i < count; i++)
        {
            sample[i] = values[(int)((long)i * values.Length / count)];
        }

        sample[..count].Sort();
        return sample[count / 2];
    }

    private static void Center(ReadOnlySpan<long> differences, long center, Span<ulong> numbers)
    {
        for (var i = 0; i < differences.Length; i++)
        {
            numbers[i] = Numbers.ZigZag(differences[i] - center);
        }
    }
}
