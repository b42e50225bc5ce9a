namespace Toka.Conformance.Differential.Queries;

/// <summary>Seeds of their own for many things: .NET's dice of neighbouring seeds fall alike.</summary>
internal static class Seeds
{
    /// <summary>The dice of one thing of a seed.</summary>
    /// <remarks>Source: the mixing function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).</remarks>
    public static Random Dice(int seed, int thing)
    {
        var z = unchecked((((ulong)(uint)seed << 32) | (uint)thing) + 0x9e37_79b9_7f4a_7c15);
        z = unchecked((z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9);
        z = unchecked((z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb);
        return new Random((int)(z >> 33));
    }
}
