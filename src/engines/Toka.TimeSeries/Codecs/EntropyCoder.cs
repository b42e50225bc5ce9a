using System.Buffers.Binary;

namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Classes to bits near their entropy: range asymmetric numeral systems with 32-bit states, 16-bit words and as many
/// interleaved states as the column's length pays for.
/// </summary>
/// <remarks>Sources: Duda, "Asymmetric numeral systems" (2013); Giesen, "Interleaved entropy coders" (2014). No state.</remarks>
internal static class EntropyCoder
{
    /// <summary>States never fall below it between symbols.</summary>
    private const uint StateMin = 1 << 16;

    private const int LanesMax = 4;

    /// <summary>The most bytes that the coded classes take.</summary>
    public static int BytesMax(int count) => (2 * count) + (sizeof(uint) * LanesMax);

    /// <summary>How many states take turns.</summary>
    public static int LanesOf(int count) => count >= 2048 ? 4 : count >= 768 ? 2 : 1;

    /// <summary>Codes classes.</summary>
    /// <param name="classes">The classes, all with a share.</param>
    /// <param name="shares">Each class's share of 2^<paramref name="sharesLog"/>.</param>
    /// <param name="sharesLog">8 to 12.</param>
    /// <param name="into">At least <see cref="BytesMax"/> bytes.</param>
    /// <returns>The coded bytes: the end of <paramref name="into"/>.</returns>
    public static Span<byte> Encode(ReadOnlySpan<byte> classes, ReadOnlySpan<int> shares, int sharesLog, Span<byte> into)
    {
        Span<uint> starts = stackalloc uint[Classes.Count];
        uint start = 0;
        for (var i = 0; i < Classes.Count; i++)
        {
            starts[i] = start;
            start += (uint)shares[i];
        }

        var lanes = LanesOf(classes.Length);
        Span<uint> states = stackalloc uint[LanesMax];
        states.Fill(StateMin);
        var at = into.Length;
        for (var i = classes.Length - 1; i >= 0; i--)
        {
            ref var state = ref states[i & (lanes - 1)];
            var share = (uint)shares[classes[i]];
            if (state >= (ulong)share << (32 - sharesLog))
            {
                at -= sizeof(ushort);
                BinaryPrimitives.WriteUInt16LittleEndian(into[at..], (ushort)state);
                state >>= 16;
            }

            var quotient = state / share;
            state = (quotient << sharesLog) + (state - (quotient * share)) + starts[classes[i]];
        }

        for (var lane = lanes - 1; lane >= 0; lane--)
        {
            at -= sizeof(uint);
            BinaryPrimitives.WriteUInt32LittleEndian(into[at..], states[lane]);
        }

        return into[at..];
    }

    /// <summary>Decodes classes.</summary>
    /// <param name="from">The coded bytes.</param>
    /// <param name="shares">Shares that sum to 2^<paramref name="sharesLog"/>.</param>
    /// <param name="sharesLog">8 to 12.</param>
    /// <param name="classes">Takes the classes.</param>
    public static void Decode(ReadOnlySpan<byte> from, ReadOnlySpan<int> shares, int sharesLog, Span<byte> classes)
    {
        // A slot: the class in bits 0–7, its share less one in 8–19, the distance to its start in 20–31.
        Span<uint> slots = stackalloc uint[1 << sharesLog];
        var slot = 0;
        for (var i = 0; i < Classes.Count; i++)
        {
            for (var j = 0; j < shares[i]; j++)
            {
                slots[slot++] = (uint)i | ((uint)(shares[i] - 1) << 8) | ((uint)j << 20);
            }
        }

        var lanes = LanesOf(classes.Length);
        var reader = new ByteReader(from);
        Span<uint> states = stackalloc uint[LanesMax];
        for (var lane = 0; lane < lanes; lane++)
        {
            states[lane] = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(sizeof(uint)));
        }

        var done = lanes == LanesMax ? DecodeFour(ref reader, slots, sharesLog, states, classes) : 0;
        var words = reader.Rest;
        var mask = (1u << sharesLog) - 1;
        for (var i = done; i < classes.Length; i++)
        {
            ref var state = ref states[i & (lanes - 1)];
            var entry = slots[(int)(state & mask)];
            classes[i] = (byte)entry;
            state = ((((entry >> 8) & 0xfff) + 1) * (state >> sharesLog)) + (entry >> 20);
            if (state < StateMin)
            {
                if (words.Length < sizeof(ushort))
                {
                    throw new CodecException("The entropy-coded classes end early.");
                }

                state = (state << 16) | BinaryPrimitives.ReadUInt16LittleEndian(words);
                words = words[sizeof(ushort)..];
            }
        }
    }

    /// <summary>Four classes a turn while at least four words are left.</summary>
    /// <returns>How many classes are decoded.</returns>
    private static int DecodeFour(scoped ref ByteReader reader, scoped ReadOnlySpan<uint> slots, int sharesLog, scoped Span<uint> states, Span<byte> classes)
    {
        var words = reader.Rest;
        var at = 0;
        var mask = (1u << sharesLog) - 1;
        slots = slots[..((int)mask + 1)];
        var (a, b, c, d) = (states[0], states[1], states[2], states[3]);
        var i = 0;
        for (; i + 4 <= classes.Length && at + (4 * sizeof(ushort)) <= words.Length; i += 4)
        {
            var turn = classes.Slice(i, 4);
            turn[0] = Step(ref a, slots, mask, sharesLog, words, ref at);
            turn[1] = Step(ref b, slots, mask, sharesLog, words, ref at);
            turn[2] = Step(ref c, slots, mask, sharesLog, words, ref at);
            turn[3] = Step(ref d, slots, mask, sharesLog, words, ref at);
        }

        (states[0], states[1], states[2], states[3]) = (a, b, c, d);
        reader.Take(at);
        return i;
    }

    private static byte Step(ref uint state, ReadOnlySpan<uint> slots, uint mask, int sharesLog, ReadOnlySpan<byte> words, ref int at)
    {
        var entry = slots[(int)(state & mask)];
        state = ((((entry >> 8) & 0xfff) + 1) * (state >> sharesLog)) + (entry >> 20);
        var refilled = (state << 16) | BinaryPrimitives.ReadUInt16LittleEndian(words[at..]);
        var low = state < StateMin;
        at += low ? sizeof(ushort) : 0;
        state = low ? refilled : state;
        return (byte)entry;
    }
}
