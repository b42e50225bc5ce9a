namespace Toka.Core.Samples;

/// <summary>
/// The value that says "this series ended here". One NaN of many: compared by bits, and every store, codec and wire keeps
/// the bits. Source: Prometheus, value.StaleNaN.
/// </summary>
public static class StaleMarker
{
    /// <summary>The marker's bits.</summary>
    public const ulong Bits = 0x7ff0_0000_0000_0002;

    /// <summary>The marker.</summary>
    public static readonly double Value = BitConverter.UInt64BitsToDouble(Bits);

    /// <summary>Whether a value is the marker; false for every other NaN.</summary>
    /// <param name="value">A sample's value.</param>
    public static bool Is(double value) => BitConverter.DoubleToUInt64Bits(value) == Bits;
}
