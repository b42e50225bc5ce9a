using System.Buffers;
using System.Runtime.InteropServices;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// A column of float64: whole numbers of a power of ten where dividing gives back every bit, else the bits themselves as
/// integers. The boxes are in docs/formats/columns.md.
/// </summary>
/// <remarks>Thread-safe. Every bit comes back: NaN payloads, −0, stale markers.</remarks>
internal static class ValueColumn
{
    private const int ShapeShift = 4;
    private const int FormMask = 15;

    /// <summary>Writes a column.</summary>
    /// <param name="values">The values; best up to 8192.</param>
    /// <param name="into">Takes at most a few bytes more than 8 a value.</param>
    public static void Encode(ReadOnlySpan<double> values, IBufferWriter<byte> into)
    {
        using var numbers = new Rented<long>(values.Length);
        var body = Candidates.Take();
        if (Decimals.TryScale(values, numbers.Span, out var scaling, out var misses))
        {
            var shape = misses > 0 ? ValueShape.Patched : scaling.Exponent > 0 ? ValueShape.Decimal : ValueShape.Whole;
            var form = IntEncoder.EncodeBody(numbers.Span, body, 0);
            into.WriteByte(((int)shape << ShapeShift) | (int)form);
            if (shape != ValueShape.Whole)
            {
                into.WriteByte(scaling.Code);
            }

            if (misses > 0)
            {
                Patches.Write(values, numbers.Span, scaling, into);
            }
        }
        else
        {
            Mirror(MemoryMarshal.Cast<double, long>(values), numbers.Span);
            var form = IntEncoder.EncodeBody(numbers.Span, body, 0);
            var shape = ValueShape.Bits;
            if (values.Length > 1 && form is not (IntForm.Constant or IntForm.Line))
            {
                TryXor(MemoryMarshal.Cast<double, long>(values), numbers.Span, body, ref shape, ref form);
            }

            into.WriteByte(((int)shape << ShapeShift) | (int)form);
        }

        into.Write(body.WrittenSpan);
        Candidates.Put(body);
    }

    /// <summary>Reads a column.</summary>
    /// <param name="from">Exactly the bytes that were written.</param>
    /// <param name="values">As many as were written.</param>
    /// <exception cref="CodecException">The bytes are damaged; the values are then anything.</exception>
    public static void Decode(ReadOnlySpan<byte> from, Span<double> values)
    {
        var reader = new ByteReader(from);
        var first = reader.Byte();
        var (shape, form) = ((ValueShape)(first >> ShapeShift), (IntForm)(first & FormMask));
        var numbers = MemoryMarshal.Cast<double, long>(values);
        switch (shape)
        {
            case ValueShape.Whole or ValueShape.Decimal or ValueShape.Patched:
                var scaling = shape == ValueShape.Whole ? default : Scaling.Of(reader.Byte());
                var patches = shape == ValueShape.Patched ? Patches.Skip(ref reader, values.Length) : default;
                IntDecoder.DecodeBody(form, reader.Rest, numbers, 0);
                scaling.ToFloats(numbers);
                if (shape == ValueShape.Patched)
                {
                    Patches.Apply(patches, numbers);
                }

                break;
            case ValueShape.Bits:
                IntDecoder.DecodeBody(form, reader.Rest, numbers, 0);
                Mirror(numbers, numbers);
                break;
            case ValueShape.Xor:
                IntDecoder.DecodeBody(form, reader.Rest, numbers, 0);
                for (var i = 1; i < numbers.Length; i++)
                {
                    numbers[i] ^= numbers[i - 1];
                }

                break;
            default:
                throw new CodecException($"A column of floats has the shape {(int)shape}.");
        }
    }

    private static void TryXor(ReadOnlySpan<long> bits, Span<long> room, ArrayBufferWriter<byte> body, ref ValueShape shape, ref IntForm form)
    {
        room[0] = bits[0];
        for (var i = 1; i < bits.Length; i++)
        {
            room[i] = bits[i] ^ bits[i - 1];
        }

        var other = Candidates.Take();
        var otherForm = IntEncoder.EncodeBody(room, other, 0);
        if (other.WrittenCount < body.WrittenCount)
        {
            body.ResetWrittenCount();
            body.Write(other.WrittenSpan);
            (shape, form) = (ValueShape.Xor, otherForm);
        }

        Candidates.Put(other);
    }

    /// <summary>Mirrors the bits of negative floats, so that integers ascend as the floats do; its own inverse.</summary>
    private static void Mirror(ReadOnlySpan<long> from, Span<long> into)
    {
        for (var i = 0; i < from.Length; i++)
        {
            into[i] = from[i] ^ ((from[i] >> 63) & long.MaxValue);
        }
    }
}
