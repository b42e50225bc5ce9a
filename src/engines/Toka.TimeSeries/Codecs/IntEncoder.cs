using System.Buffers;
using System.Buffers.Binary;

namespace Toka.TimeSeries.Codecs;

/// <summary>Chooses the shortest form of a column of integers by cheap estimates, then by size. Thread-safe.</summary>
internal static class IntEncoder
{
    /// <summary>How deep columns may hold columns: runs, and a dictionary within them.</summary>
    public const int DepthMax = 3;

    /// <summary>Runs are tried where a run has so many values on average.</summary>
    private const int RunMeanMin = 3;

    /// <summary>A form that decodes slower must be shorter than so many hundredths of one that decodes faster.</summary>
    private const int WorthPercent = 92;

    /// <summary>Writes a column: its first byte and its body.</summary>
    public static void Encode(ReadOnlySpan<long> values, IBufferWriter<byte> into, int depth = 0)
    {
        var body = Candidates.Take();
        var form = EncodeBody(values, body, depth);
        into.WriteByte((int)form);
        into.Write(body.WrittenSpan);
        Candidates.Put(body);
    }

    /// <summary>Writes what follows a column's first byte.</summary>
    /// <param name="values">The column.</param>
    /// <param name="into">Empty; takes the body.</param>
    /// <param name="depth">How many columns this one is within.</param>
    /// <returns>The form, for the first byte.</returns>
    public static IntForm EncodeBody(ReadOnlySpan<long> values, ArrayBufferWriter<byte> into, int depth)
    {
        if (values.IsEmpty)
        {
            return IntForm.Raw;
        }

        if (!values.ContainsAnyExcept(values[0]))
        {
            into.WriteZigZag(values[0]);
            return IntForm.Constant;
        }

        if (IsLine(values))
        {
            into.WriteZigZag(values[0]);
            into.WriteZigZag(values[1] - values[0]);
            return IntForm.Line;
        }

        var best = DifferenceEncoder.Encode(values, into);
        if (depth < DepthMax)
        {
            TryRuns(values, into, ref best, depth);
            TryDictionary(values, into, ref best, depth);
        }

        if (into.WrittenCount >= values.Length * sizeof(long))
        {
            best = IntForm.Raw;
            into.ResetWrittenCount();
            foreach (var value in values)
            {
                BinaryPrimitives.WriteInt64LittleEndian(into.GetSpan(sizeof(long)), value);
                into.Advance(sizeof(long));
            }
        }

        return best;
    }

    private static bool IsLine(ReadOnlySpan<long> values)
    {
        var step = values[1] - values[0];
        for (var i = 2; i < values.Length; i++)
        {
            if (values[i] - values[i - 1] != step)
            {
                return false;
            }
        }

        return true;
    }

    private static void TryRuns(ReadOnlySpan<long> values, ArrayBufferWriter<byte> into, ref IntForm best, int depth)
    {
        var runs = 1;
        for (var i = 1; i < values.Length; i++)
        {
            runs += values[i] != values[i - 1] ? 1 : 0;
        }

        if (runs > values.Length / RunMeanMin)
        {
            return;
        }

        using var lengths = new Rented<long>(runs);
        using var heads = new Rented<long>(runs);
        var run = 0;
        for (var i = 0; i < values.Length;)
        {
            var end = i + 1;
            while (end < values.Length && values[end] == values[i])
            {
                end++;
            }

            lengths.Span[run] = end - i;
            heads.Span[run++] = values[i];
            i = end;
        }

        // The last length is what is left: any will do, and one as before costs least.
        lengths.Span[runs - 1] = lengths.Span[runs - 2];
        var body = Candidates.Take();
        body.WriteVarint((ulong)runs);
        Nest(lengths.Span, body, depth + 1);
        Encode(heads.Span, body, depth + 1);
        TakeIfBetter(body, into, IntForm.Runs, ref best);
    }

    private static void TryDictionary(ReadOnlySpan<long> values, ArrayBufferWriter<byte> into, ref IntForm best, int depth)
    {
        // Worth a look only where the best so far spends more than an index would.
        Span<long> entries = stackalloc long[Dictionary.EntriesMax];
        if (into.WrittenCount <= values.Length / 8 || !Dictionary.TryCollect(values, entries, out var count))
        {
            return;
        }

        entries = entries[..count];
        using var indices = new Rented<long>(values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            indices.Span[i] = entries.BinarySearch(values[i]);
        }

        if (values.SequenceEqual(indices.Span))
        {
            return;
        }

        var body = Candidates.Take();
        body.WriteVarint((ulong)count);
        Nest(entries, body, DepthMax);
        Encode(indices.Span, body, depth + 1);
        TakeIfBetter(body, into, IntForm.Dictionary, ref best);
    }

    /// <summary>Writes a column behind its length, so that another may follow.</summary>
    private static void Nest(ReadOnlySpan<long> values, ArrayBufferWriter<byte> into, int depth)
    {
        var nested = Candidates.Take();
        Encode(values, nested, depth);
        into.WriteVarint((ulong)nested.WrittenCount);
        into.Write(nested.WrittenSpan);
        Candidates.Put(nested);
    }

    private static void TakeIfBetter(ArrayBufferWriter<byte> body, ArrayBufferWriter<byte> into, IntForm form, ref IntForm best)
    {
        if (body.WrittenCount < into.WrittenCount && (form == IntForm.Runs || body.WrittenCount * 100 < into.WrittenCount * WorthPercent))
        {
            into.ResetWrittenCount();
            into.Write(body.WrittenSpan);
            best = form;
        }

        Candidates.Put(body);
    }
}
