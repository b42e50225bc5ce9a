using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// The payload of a chunk of summaries: six columns, of which a head byte each says whether it is there, equals an earlier
/// one, or follows from one. Counters have last = max and an increase that is the step of last; gauges at rest have
/// min = max = last.
/// </summary>
internal static class SummaryCodec
{
    /// <summary>The column follows: varint length and bytes.</summary>
    private const byte Own = 0;

    /// <summary>Equal to the column last, max or min: 1, 2, 3.</summary>
    private const byte SameAsLast = 1;

    /// <summary>The first value follows in eight bytes; each other one is the step of last.</summary>
    private const byte StepOfLast = 4;

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
        PutFloats(last, Own, into, scratch);
        PutFloats(max, SameAs(max, last) ? SameAsLast : Own, into, scratch);
        PutFloats(min, SameAs(min, last) ? SameAsLast : SameAs(min, max) ? (byte)2 : Own, into, scratch);

        var sum = column.Sum.Slice(start, count);
        PutFloats(sum, SameAs(sum, last) ? SameAsLast : SameAs(sum, max) ? (byte)2 : SameAs(sum, min) ? (byte)3 : Own, into, scratch);

        scratch.ResetWrittenCount();
        IntColumn.Encode(column.Counts.Slice(start, count), scratch);
        Put(Own, scratch.WrittenSpan, into);

        var increase = column.Increase.Slice(start, count);
        if (IsStep(increase, last))
        {
            into.Write([StepOfLast]);
            BinaryPrimitives.WriteDoubleLittleEndian(into.GetSpan(sizeof(double)), increase[0]);
            into.Advance(sizeof(double));
            return;
        }

        PutFloats(increase, SameAs(increase, last) ? SameAsLast : Own, into, scratch);
    }

    /// <summary>Decodes buckets, all but their times.</summary>
    /// <exception cref="CodecException">The bytes are not what <see cref="Encode"/> wrote.</exception>
    public static void Decode(ReadOnlySpan<byte> from, in SummarySpans into)
    {
        TakeFloats(ref from, into.Last, default, default, default);
        TakeFloats(ref from, into.Max, into.Last, default, default);
        TakeFloats(ref from, into.Min, into.Last, into.Max, default);
        TakeFloats(ref from, into.Sum, into.Last, into.Max, into.Min);
        if (TakeHead(ref from) != Own)
        {
            throw new CodecException("the counts of a summary are of an unknown form");
        }

        IntColumn.Decode(TakeBytes(ref from), into.Counts);
        TakeIncrease(ref from, into.Increase, into.Last);
        if (!from.IsEmpty)
        {
            throw new CodecException($"{from.Length} bytes are left behind the columns of a summary");
        }
    }

    private static void TakeIncrease(scoped ref ReadOnlySpan<byte> from, Span<double> increase, ReadOnlySpan<double> last)
    {
        if (from.IsEmpty || from[0] != StepOfLast)
        {
            TakeFloats(ref from, increase, last, default, default);
            return;
        }

        if (from.Length < 1 + sizeof(double))
        {
            throw new CodecException("a summary is cut short");
        }

        increase[0] = BinaryPrimitives.ReadDoubleLittleEndian(from[1..]);
        from = from[(1 + sizeof(double))..];
        for (var i = 1; i < increase.Length; i++)
        {
            increase[i] = last[i] - last[i - 1];
        }
    }

    private static void TakeFloats(scoped ref ReadOnlySpan<byte> from, Span<double> into, ReadOnlySpan<double> last, ReadOnlySpan<double> max, ReadOnlySpan<double> min)
    {
        var head = TakeHead(ref from);
        if (head == Own)
        {
            ValueColumn.Decode(TakeBytes(ref from), into);
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

    private static bool IsStep(ReadOnlySpan<double> increase, ReadOnlySpan<double> last)
    {
        for (var i = 1; i < increase.Length; i++)
        {
            // NaN payloads depend on the processor, so what is not a number is stored as it is.
            var step = last[i] - last[i - 1];
            if (double.IsNaN(step) || BitConverter.DoubleToInt64Bits(step) != BitConverter.DoubleToInt64Bits(increase[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameAs(ReadOnlySpan<double> a, ReadOnlySpan<double> b) =>
        MemoryMarshal.Cast<double, long>(a).SequenceEqual(MemoryMarshal.Cast<double, long>(b));

    private static void PutFloats(ReadOnlySpan<double> values, byte head, IBufferWriter<byte> into, ArrayBufferWriter<byte> scratch)
    {
        if (head != Own)
        {
            into.Write([head]);
            return;
        }

        scratch.ResetWrittenCount();
        ValueColumn.Encode(values, scratch);
        Put(Own, scratch.WrittenSpan, into);
    }

    private static void Put(byte head, ReadOnlySpan<byte> bytes, IBufferWriter<byte> into)
    {
        into.Write([head]);
        Varint.Write(into, (ulong)bytes.Length);
        into.Write(bytes);
    }
}
