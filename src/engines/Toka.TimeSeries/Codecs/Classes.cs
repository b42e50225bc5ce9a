namespace Toka.TimeSeries.Codecs;

/// <summary>
/// Numbers as a class of magnitude and the bits below it: 0 to 15 are classes of their own; above, a class is the highest
/// bit's position, the bit below it and the lowest bit, which after zigzag is the sign. 256 classes hold 64 bits.
/// </summary>
/// <remarks>The classes are what is worth entropy coding; the bits between are as good as random and go as they are.</remarks>
internal static class Classes
{
    /// <summary>How many there are.</summary>
    public const int Count = 256;

    private const int Direct = 16;
    private const int FirstTop = 4;

    private static readonly byte[] s_bitsBelow = [.. Enumerable.Range(0, Count).Select(static c => (byte)BitsBelow(c))];
    private static readonly ulong[] s_least = [.. Enumerable.Range(0, Count).Select(Least)];

    /// <summary><see cref="BitsBelow"/> of each class.</summary>
    public static ReadOnlySpan<byte> AllBitsBelow => s_bitsBelow;

    /// <summary><see cref="Least"/> of each class.</summary>
    public static ReadOnlySpan<ulong> AllLeast => s_least;

    /// <summary>The class of a number.</summary>
    public static int Of(ulong value)
    {
        if (value < Direct)
        {
            return (int)value;
        }

        var top = Numbers.BitLength(value) - 1;
        return Direct + ((top - FirstTop) << 2) + ((int)(value >> (top - 1)) & 1) * 2 + (int)(value & 1);
    }

    /// <summary>How many bits of the number its class does not hold.</summary>
    public static int BitsBelow(int @class) => @class < Direct ? 0 : ((@class - Direct) >> 2) + FirstTop - 2;

    /// <summary>The bits of the number that its class does not hold.</summary>
    public static ulong Below(ulong value, int @class) => (value >> 1) & ((1UL << BitsBelow(@class)) - 1);

    /// <summary>The least number of a class; the bits below are added one place up.</summary>
    public static ulong Least(int @class)
    {
        if (@class < Direct)
        {
            return (ulong)@class;
        }

        var index = @class - Direct;
        var top = (index >> 2) + FirstTop;
        return (1UL << top) | ((ulong)((index >> 1) & 1) << (top - 1)) | (uint)(index & 1);
    }
}
