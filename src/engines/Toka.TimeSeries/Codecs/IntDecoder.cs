using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Toka.TimeSeries.Codecs;

/// <summary>Reads a column of integers of any form. Thread-safe.</summary>
internal static class IntDecoder
{
    /// <summary>Reads a column.</summary>
    /// <param name="from">Its first byte and its body.</param>
    /// <param name="values">As many as were written.</param>
    /// <param name="depth">How many columns this one is within.</param>
    /// <exception cref="CodecException">It is damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> from, Span<long> values, int depth = 0)
    {
        var reader = new ByteReader(from);
        DecodeBody((IntForm)reader.Byte(), reader.Rest, values, depth);
    }

    /// <summary>Reads what follows a column's first byte.</summary>
    public static void DecodeBody(IntForm form, ReadOnlySpan<byte> from, Span<long> values, int depth)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var reader = new ByteReader(from);
        switch (form)
        {
            case IntForm.Constant:
                values.Fill(reader.ZigZag());
                break;
            case IntForm.Line:
                var first = reader.ZigZag();
                values.Fill(reader.ZigZag());
                values[0] = first;
                Sums.Accumulate(values, 0);
                break;
            case IntForm.Packed or IntForm.Coded or IntForm.Planes:
                DecodeDifferences(form, ref reader, values);
                break;
            case IntForm.Runs when depth < IntEncoder.DepthMax:
                DecodeRuns(ref reader, values, depth);
                break;
            case IntForm.Dictionary when depth < IntEncoder.DepthMax:
                DecodeDictionary(ref reader, values, depth);
                break;
            case IntForm.Raw:
                var raw = reader.Take(values.Length * sizeof(long));
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = BinaryPrimitives.ReadInt64LittleEndian(raw[(i * sizeof(long))..]);
                }

                break;
            default:
                throw new CodecException($"A column has the form {(int)form} at depth {depth}.");
        }
    }

    private static void DecodeDifferences(IntForm form, ref ByteReader reader, Span<long> values)
    {
        var head = Differences.Read(ref reader);
        switch (form)
        {
            case IntForm.Packed:
                Packed.Read(ref reader, values);
                break;
            case IntForm.Coded:
                ClassCoder.Read(ref reader, values);
                break;
            default:
                Planes.Read(ref reader, values);
                break;
        }

        head.Restore(values);
    }

    private static void DecodeRuns(ref ByteReader reader, Span<long> values, int depth)
    {
        var runs = reader.Varint(values.Length, "The number of runs");
        using var lengths = new Rented<long>(runs);
        using var heads = new Rented<long>(runs);
        Decode(reader.Take(reader.Varint(reader.Rest.Length, "The length of a nested column")), lengths.Span, depth + 1);
        Decode(reader.Rest, heads.Span, depth + 1);
        var at = 0;
        for (var run = 0; run < runs; run++)
        {
            var left = values.Length - at;
            var length = run == runs - 1 ? left : lengths.Span[run];
            if ((ulong)length > (ulong)left)
            {
                throw new CodecException($"A run of {length} values where {left} are left.");
            }

            values.Slice(at, (int)length).Fill(heads.Span[run]);
            at += (int)length;
        }

        if (at != values.Length)
        {
            throw new CodecException("A column of no runs.");
        }
    }

    private static void DecodeDictionary(ref ByteReader reader, Span<long> values, int depth)
    {
        var count = reader.Varint(Dictionary.EntriesMax, "The number of distinct values");
        Span<long> entries = stackalloc long[Dictionary.EntriesMax];
        entries = entries[..count];
        Decode(reader.Take(reader.Varint(reader.Rest.Length, "The length of a nested column")), entries, IntEncoder.DepthMax);
        Decode(reader.Rest, values, depth + 1);
        foreach (ref var value in values)
        {
            value = (ulong)value < (ulong)count ? entries[(int)value] : throw new CodecException($"Distinct value {value} of {count}.");
        }
    }
}
