using System.Buffers;

namespace Toka.TimeSeries.Blocks;

/// <summary>
/// An ascending list of ordinals as runs: for each, the distance from the end of the run before, doubled, and one more
/// where a length of the run (less two) follows. Series lie in the order of their labels, so that the values of the first
/// labels are single runs; scattered ordinals take a byte each.
/// </summary>
internal ref struct PostingList
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _end;
    private int _at;

    /// <summary>Reads a list.</summary>
    /// <param name="bytes">What <see cref="Encode"/> wrote.</param>
    /// <param name="end">All ordinals are below this.</param>
    public PostingList(ReadOnlySpan<byte> bytes, int end)
    {
        _bytes = bytes;
        _end = end;
    }

    /// <summary>The first ordinal of the run.</summary>
    public int Start { get; private set; }

    /// <summary>The first ordinal behind the run.</summary>
    public int End { get; private set; }

    /// <summary>Goes to the next run.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such a list.</exception>
    public bool MoveNext()
    {
        if (_at == _bytes.Length)
        {
            return false;
        }

        var head = Varint.Read(_bytes, ref _at);
        var length = (head & 1) == 0 ? 1 : Varint.Read(_bytes, ref _at) + 2;
        var start = (ulong)End + (head >> 1);
        if (start >= (ulong)_end || length > (ulong)_end - start)
        {
            throw new InvalidDataException("a list of series names one that is not there");
        }

        (Start, End) = ((int)start, (int)(start + length));
        return true;
    }

    /// <summary>Writes a list.</summary>
    /// <param name="ordinals">Ascending, each once.</param>
    /// <param name="into">Takes it.</param>
    public static void Encode(ReadOnlySpan<int> ordinals, IBufferWriter<byte> into)
    {
        var end = 0;
        for (var i = 0; i < ordinals.Length;)
        {
            var length = 1;
            while (i + length < ordinals.Length && ordinals[i + length] == ordinals[i] + length)
            {
                length++;
            }

            Varint.Write(into, ((ulong)(ordinals[i] - end) << 1) | (length > 1 ? 1UL : 0));
            if (length > 1)
            {
                Varint.Write(into, (ulong)(length - 2));
            }

            end = ordinals[i] + length;
            i += length;
        }
    }

    /// <summary>Writes the ordinals out.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="InvalidDataException">There are more than fit, or the bytes are not such a list.</exception>
    public int CopyTo(Span<int> into)
    {
        var count = 0;
        while (MoveNext())
        {
            if (End - Start > into.Length - count)
            {
                throw new InvalidDataException("a list of series is longer than was said");
            }

            for (var ordinal = Start; ordinal < End; ordinal++)
            {
                into[count++] = ordinal;
            }
        }

        return count;
    }

    /// <summary>Keeps those ordinals that are in the list.</summary>
    /// <param name="ordinals">Ascending; those kept move to its start.</param>
    /// <returns>How many were kept.</returns>
    public int Intersect(Span<int> ordinals)
    {
        var kept = 0;
        for (var i = 0; i < ordinals.Length && MoveNext();)
        {
            while (i < ordinals.Length && ordinals[i] < Start)
            {
                i++;
            }

            while (i < ordinals.Length && ordinals[i] < End)
            {
                ordinals[kept++] = ordinals[i++];
            }
        }

        return kept;
    }
}
