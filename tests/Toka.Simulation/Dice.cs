using System.Numerics;

namespace Toka.Simulation;

/// <summary>
/// All chance of the simulation. SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014):
/// the same on every platform and version, and cheap to begin anew at each step, which lets steps be left out without
/// changing the others.
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Begins anew for one step of one seed.</summary>
    public void Reset(ulong seed, int step, int purpose) => _state = Mix(seed + Mix(((ulong)(uint)step << 8) | (uint)purpose));

    public ulong Next() => Mix(_state += 0x9e37_79b9_7f4a_7c15);

    /// <summary>From 0 to one less than the end.</summary>
    public int Below(int end) => (int)Math.BigMul(Next(), (ulong)end, out _);

    /// <summary>Both ends included.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    /// <summary>Both ends included.</summary>
    public long Between(long first, long last) => first + (long)Math.BigMul(Next(), (ulong)(last - first + 1), out _);

    /// <summary>True once in so many throws; never for 0.</summary>
    public bool OneIn(int throws) => throws > 0 && Below(throws) == 0;

    public T Pick<T>(params ReadOnlySpan<T> from) => from[Below(from.Length)];

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return BitOperations.RotateLeft(z ^ (z >> 31), 1);
    }
}
