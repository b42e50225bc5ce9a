namespace Toka.TimeSeries.Codecs;

/// <summary>Whether a column repeats itself so much that zstd's matches may beat the entropy of its single values.</summary>
/// <remarks>Trying zstd on each column would cost half of the encoder's time and win on few of them.</remarks>
internal static class Repeats
{
    /// <summary>A match costs about so many bits, so what it stands for must be worth more.</summary>
    private const double MatchBits = 32;

    /// <summary>The shortest and the longest sequences looked for.</summary>
    private const int GramMin = 2;
    private const int GramMax = 32;

    /// <summary>One value in so many must lie in a repeated sequence.</summary>
    private const int ShareMin = 5;

    private const ulong Factor = 0x9e37_79b9_7f4a_7c15;
    private const int SlotsLog = 12;

    /// <summary>Whether it may be worth trying.</summary>
    /// <param name="numbers">The column.</param>
    /// <param name="bytes">What it costs without.</param>
    public static bool AreMany(ReadOnlySpan<ulong> numbers, double bytes)
    {
        var gram = (int)Math.Clamp(MatchBits * numbers.Length / (bytes * 8), GramMin, GramMax);
        var oldest = 1UL;
        for (var i = 0; i < gram; i++)
        {
            oldest *= Factor;
        }

        Span<uint> seen = stackalloc uint[1 << SlotsLog];
        seen.Clear();
        ulong hash = 0;
        var (covered, end) = (0, 0);
        for (var i = 0; i < numbers.Length; i++)
        {
            hash = (hash * Factor) + numbers[i] + 1;
            if (i >= gram)
            {
                hash -= (numbers[i - gram] + 1) * oldest;
            }

            if (i < gram - 1)
            {
                continue;
            }

            var mixed = hash * Factor;
            ref var slot = ref seen[(int)(mixed >> (64 - SlotsLog))];
            var tag = (uint)(mixed >> 16) | 1;
            if (slot == tag)
            {
                covered += i + 1 - Math.Max(end, i + 1 - gram);
                end = i + 1;
            }

            slot = tag;
        }

        return covered * ShareMin > numbers.Length;
    }
}
