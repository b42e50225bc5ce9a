using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// The payload of a chunk of summaries: six columns, of which a head byte each says whether it is there, equals an earlier
/// one, or follows from one. Counters have last = max and an increase that is the step of last; gauges at rest have
/// min = max = last, as all have whose buckets hold one sample; and of whole numbers the distances to last are smaller than
/// the numbers. A form is taken only where it gives every bit back.
/// </summary>
internal static class SummaryCodec
{
    /// <summary>The column follows: varint length and bytes.</summary>
    private const byte Own = 0;

    /// <summary>Equal to the column last, max or min: 1, 2, 3.</summary>
    private const byte SameAsLast = 1;

    /// <summary>The first value follows in eight bytes; each other one is the step of last.</summary>
    private const byte StepOfLast = 4;

    /// <summary>
    /// The column follows as its distance to last: max − last, min − last, sum − count × last. Varint length and bytes.
    /// </summary>
    private const byte DistanceToLast = 5;

    /// <summary>As <see cref="StepOfLast"/>, and where last fell what it fell from is added, as a counter's reset is counted.</summary>
    private const byte RiseOfLast = 6;

    /// <summary>Encodes buckets without their times.</summary>
    /// <param name="column">Where they are.</param>
    /// <param name="start">The first.</param>
    /// <param name="count">How many; 1 to <see cref="BlockFormat.ChunkSamplesMax"/>.</param>
    /// <param name="into">Takes the payload.</param>
    /// <param name="scratch">Cleared and used.</param>
    public static void Encode(SummaryColumn column, int start, int count, IBufferWriter<byte> into, ArrayBufferWriter<byte> scratch)
    {
        var last = column.Last.Slice(start, count);
        var max = column.Max.Slice(start, count);
        var min = column.Min.Slice(start, count);
        var counts = column.Counts.Slice(start, count);
        Put(last, into, scratch);
        PutBeside(max, SameAs(max, last) ? SameAsLast : Own, last, default, into, scratch);
        PutBeside(min, SameAs(min, last) ? SameAsLast : SameAs(min, max) ? (byte)2 : Own, last, default, into, scratch);

        scratch.ResetWrittenCount();
        IntColumn.Encode(counts, scratch);
        Put(Own, scratch.WrittenSpan, into);

        var sum = column.Sum.Slice(start, count);
        PutBeside(sum, SameAs(sum, last) ? SameAsLast : SameAs(sum, max) ? (byte)2 : SameAs(sum, min) ? (byte)3 : Own, last, counts, into, scratch);

        var increase = column.Increase.Slice(start, count);
        if (FormOf(increase, last) is { } form)
        {
            into.Write([form]);
            BinaryPrimitives.WriteDoubleLittleEndian(into.GetSpan(sizeof(double)), increase[0]);
            into.Advance(sizeof(double));
            return;
        }

        Put(increase, into, scratch);
    }

    /// <summary>Decodes buckets, all but their times.</summary>
    /// <exception cref="CodecException">The bytes are not what <see cref="Encode"/> wrote.</exception>
    public static void Decode(ReadOnlySpan<byte> from, in SummarySpans into)
    {
        TakeFloats(ref from, into.Last, default, default, default, default);
        TakeFloats(ref from, into.Max, into.Last, default, default, default);
        TakeFloats(ref from, into.Min, into.Last, into.Max, default, default);
        if (TakeHead(ref from) != Own)
        {
            throw new CodecException("the counts of a summary are of an unknown form");
        }

        IntColumn.Decode(TakeBytes(ref from), into.Counts);
        TakeFloats(ref from, into.Sum, into.Last, into.Max, into.Min, into.Counts);
        TakeIncrease(ref from, into.Increase, into.Last);
        if (!from.IsEmpty)
        {
            throw new CodecException($"{from.Length} bytes are left behind the columns of a summary");
        }
    }

    private static void TakeIncrease(scoped ref ReadOnlySpan<byte> from, Span<double> increase, ReadOnlySpan<double> last)
    {
        if (from.IsEmpty || from[0] is not (StepOfLast or RiseOfLast))
        {
            TakeFloats(ref from, increase, default, default, default, default);
            return;
        }

        if (from.Length < 1 + sizeof(double))
        {
            throw new CodecException("a summary is cut short");
        }

        var isRise = from[0] == RiseOfLast;
        increase[0] = BinaryPrimitives.ReadDoubleLittleEndian(from[1..]);
        from = from[(1 + sizeof(double))..];
        for (var i = 1; i < increase.Length; i++)
        {
            increase[i] = isRise ? RiseBetween(last[i - 1], last[i]) : last[i] - last[i - 1];
        }
    }

    private static void TakeFloats(
        scoped ref ReadOnlySpan<byte> from, Span<double> into, ReadOnlySpan<double> last, ReadOnlySpan<double> max, ReadOnlySpan<double> min, ReadOnlySpan<long> counts)
    {
        var head = TakeHead(ref from);
        if (head == Own || (head == DistanceToLast && last.Length == into.Length))
        {
            ValueColumn.Decode(TakeBytes(ref from), into);
            for (var i = 0; head == DistanceToLast && i < into.Length; i++)
            {
                into[i] += BaseOf(last, counts, i);
            }

            return;
        }

        var same = head switch
        {
            SameAsLast => last,
            2 => max,
            3 => min,
            _ => default,
        };
        if (same.Length != into.Length)
        {
            throw new CodecException($"a column of a summary has the unknown form {head}");
        }

        same.CopyTo(into);
    }

    private static byte TakeHead(scoped ref ReadOnlySpan<byte> from)
    {
        if (from.IsEmpty)
        {
            throw new CodecException("a summary is cut short");
        }

        var head = from[0];
        from = from[1..];
        return head;
    }

    private static ReadOnlySpan<byte> TakeBytes(scoped ref ReadOnlySpan<byte> from)
    {
        var at = 0;
        try
        {
            var bytes = from;
            var length = Varint.ReadInt(bytes, ref at, bytes.Length);
            if (length > bytes.Length - at)
            {
                throw new CodecException("a summary is cut short");
            }

            from = bytes[(at + length)..];
            return bytes.Slice(at, length);
        }
        catch (InvalidDataException e)
        {
            throw new CodecException($"a summary is cut short: {e.Message}");
        }
    }

    /// <summary>The form in which increases follow from the last values, every bit of them; null where in none.</summary>
    private static byte? FormOf(ReadOnlySpan<double> increase, ReadOnlySpan<double> last)
    {
        var (isStep, isRise) = (true, true);
        for (var i = 1; i < increase.Length && (isStep || isRise); i++)
        {
            isStep &= IsExactly(increase[i], last[i] - last[i - 1]);
            isRise &= IsExactly(increase[i], RiseBetween(last[i - 1], last[i]));
        }

        return isStep ? StepOfLast : isRise ? RiseOfLast : null;
    }

    /// <summary>NaN payloads depend on the processor, so what is not a number is never exact.</summary>
    private static bool IsExactly(double value, double made) =>
        !double.IsNaN(made) && BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(made);

    private static double RiseBetween(double before, double last) => last - before + Summaries.FallOf(before, last);

    private static double BaseOf(ReadOnlySpan<double> last, ReadOnlySpan<long> counts, int at) => counts.IsEmpty ? last[at] : counts[at] * last[at];

    private static bool SameAs(ReadOnlySpan<double> a, ReadOnlySpan<double> b) =>
        MemoryMarshal.Cast<double, long>(a).SequenceEqual(MemoryMarshal.Cast<double, long>(b));

    private static void Put(ReadOnlySpan<double> values, IBufferWriter<byte> into, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        ValueColumn.Encode(values, scratch);
        Put(Own, scratch.WrittenSpan, into);
    }

    /// <summary>A column that may be written as its distance to last, where that is exact and smaller.</summary>
    private static void PutBeside(
        ReadOnlySpan<double> values, byte head, ReadOnlySpan<double> last, ReadOnlySpan<long> counts, IBufferWriter<byte> into, ArrayBufferWriter<byte> scratch)
    {
        if (head != Own)
        {
            into.Write([head]);
            return;
        }

        scratch.ResetWrittenCount();
        ValueColumn.Encode(values, scratch);
        var own = scratch.WrittenCount;
        var distances = ArrayPool<double>.Shared.Rent(values.Length);
        if (TryDistances(values, last, counts, distances))
        {
            ValueColumn.Encode(distances.AsSpan(0, values.Length), scratch);
        }

        ArrayPool<double>.Shared.Return(distances);
        var distance = scratch.WrittenSpan[own..];
        if (distance.IsEmpty || distance.Length >= own)
        {
            Put(Own, scratch.WrittenSpan[..own], into);
        }
        else
        {
            Put(DistanceToLast, distance, into);
        }
    }

    private static bool TryDistances(ReadOnlySpan<double> values, ReadOnlySpan<double> last, ReadOnlySpan<long> counts, Span<double> into)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var origin = BaseOf(last, counts, i);
            into[i] = values[i] - origin;
            if (!IsExactly(values[i], into[i] + origin))
            {
                return false;
            }
        }

        return true;
    }

    private static void Put(byte head, ReadOnlySpan<byte> bytes, IBufferWriter<byte> into)
    {
        into.Write([head]);
        Varint.Write(into, (ulong)bytes.Length);
        into.Write(bytes);
    }
}
