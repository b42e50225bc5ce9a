using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    /// <summary>Where a slot has its distance from its class's first one.</summary>
    private const int DistanceShift = 20;

    /// <summary>The most bytes that the coded classes take.</summary>
    public static int BytesMax(int count) => (2 * count) + (sizeof(uint) * LanesMax);

    /// <summary>How many states take turns.</summary>
    public static int LanesOf(int count) => count >= 2048 ? 4 : count >= 384 ? 2 : 1;

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
    /// <exception cref="CodecException">The bytes end early.</exception>
    public static void Decode(ReadOnlySpan<byte> from, ReadOnlySpan<int> shares, int sharesLog, Span<byte> classes)
    {
        Span<uint> slots = stackalloc uint[1 << sharesLog];
        Spread(shares, slots);
        var lanes = LanesOf(classes.Length);
        var reader = new ByteReader(from);
        Span<uint> states = stackalloc uint[LanesMax];
        for (var lane = 0; lane < lanes; lane++)
        {
            states[lane] = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(sizeof(uint)));
        }

        var words = reader.Rest;
        var (done, at) = lanes switch
        {
            4 => DecodeFour(words, slots, sharesLog, states, classes),
            2 => DecodeTwo(words, slots, sharesLog, states, classes),
            _ => (0, 0),
        };
        words = words[at..];
        var mask = (1u << sharesLog) - 1;
        for (var i = done; i < classes.Length; i++)
        {
            ref var state = ref states[i & (lanes - 1)];
            var entry = slots[(int)(state & mask)];
            classes[i] = (byte)entry;
            state = ((((entry >> 8) & 0xfff) + 1) * (state >> sharesLog)) + (entry >> DistanceShift);
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

    /// <summary>Fills the slots: the class in bits 0–7, its share less one in 8–19, the distance to its start in 20–31.</summary>
    private static void Spread(ReadOnlySpan<int> shares, Span<uint> slots)
    {
        for (var i = 0; i < Classes.Count; i++)
        {
            if (shares[i] == 0)
            {
                continue;
            }

            var entry = (uint)i | ((uint)(shares[i] - 1) << 8);
            var range = slots[..shares[i]];
            var eights = Vector256.IsHardwareAccelerated ? MemoryMarshal.Cast<uint, Vector256<uint>>(range) : default;
            var eight = Vector256.Create(entry) + (Vector256<uint>.Indices << DistanceShift);
            foreach (ref var slot in eights)
            {
                slot = eight;
                eight += Vector256.Create((uint)Vector256<uint>.Count << DistanceShift);
            }

            for (var j = eights.Length * Vector256<uint>.Count; j < range.Length; j++)
            {
                range[j] = entry + ((uint)j << DistanceShift);
            }

            slots = slots[shares[i]..];
        }
    }

    /// <summary>Four classes a turn while there are words for four.</summary>
    /// <returns>How many classes are decoded, and of how many bytes.</returns>
    private static (int Done, int At) DecodeFour(ReadOnlySpan<byte> words, ReadOnlySpan<uint> slots, int sharesLog, Span<uint> states, Span<byte> classes)
    {
        var position = 0;
        var (a, b, c, d) = (states[0], states[1], states[2], states[3]);
        var i = 0;
        for (; i + 4 <= classes.Length && position + (4 * sizeof(ushort)) <= words.Length; i += 4)
        {
            var turn = classes.Slice(i, 4);
            turn[0] = Step(ref a, slots, sharesLog, words, ref position);
            turn[1] = Step(ref b, slots, sharesLog, words, ref position);
            turn[2] = Step(ref c, slots, sharesLog, words, ref position);
            turn[3] = Step(ref d, slots, sharesLog, words, ref position);
        }

        (states[0], states[1], states[2], states[3]) = (a, b, c, d);
        return (i, position);
    }

    /// <summary>Two classes a turn while there are words for two.</summary>
    /// <returns>How many classes are decoded, and of how many bytes.</returns>
    private static (int Done, int At) DecodeTwo(ReadOnlySpan<byte> words, ReadOnlySpan<uint> slots, int sharesLog, Span<uint> states, Span<byte> classes)
    {
        var position = 0;
        var (a, b) = (states[0], states[1]);
        var i = 0;
        for (; i + 2 <= classes.Length && position + (2 * sizeof(ushort)) <= words.Length; i += 2)
        {
            var turn = classes.Slice(i, 2);
            turn[0] = Step(ref a, slots, sharesLog, words, ref position);
            turn[1] = Step(ref b, slots, sharesLog, words, ref position);
        }

        (states[0], states[1]) = (a, b);
        return (i, position);
    }

    /// <summary>One class. Whether a word is taken is as good as random, so it is arithmetic and no branch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Step(ref uint state, ReadOnlySpan<uint> slots, int sharesLog, ReadOnlySpan<byte> words, ref int at)
    {
        var entry = slots[(int)state & (slots.Length - 1)];
        var next = ((((entry >> 8) & 0xfff) + 1) * (state >> sharesLog)) + (entry >> DistanceShift);
        var low = (int)((next - (long)StateMin) >> 63);
        state = (next << (low & 16)) | (BinaryPrimitives.ReadUInt16LittleEndian(words[at..]) & (uint)low);
        at += low & sizeof(ushort);
        return (byte)entry;
    }
}
