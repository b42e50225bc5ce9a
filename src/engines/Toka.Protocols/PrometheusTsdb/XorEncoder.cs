using System.Numerics;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>Writes floats as what differs from the one before; the counterpart of <see cref="XorValue"/>.</summary>
internal struct XorEncoder
{
    /// <summary>The format has five bits for the count of leading zeros.</summary>
    private const int LeadingMax = 31;

    private ulong _bits;
    private int _leading;
    private int _trailing;
    private bool _hasWindow;

    public void First(BitWriter writer, double value)
    {
        _bits = BitConverter.DoubleToUInt64Bits(value);
        _hasWindow = false;
        writer.Bits(_bits, 64);
    }

    public void Next(BitWriter writer, double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var changed = bits ^ _bits;
        _bits = bits;
        if (changed == 0)
        {
            writer.Bit(false);
            return;
        }

        writer.Bit(true);
        var leading = Math.Min(LeadingMax, BitOperations.LeadingZeroCount(changed));
        var trailing = BitOperations.TrailingZeroCount(changed);
        if (_hasWindow && leading >= _leading && trailing >= _trailing)
        {
            writer.Bit(false);
            writer.Bits(changed >> _trailing, 64 - _leading - _trailing);
            return;
        }

        (_leading, _trailing, _hasWindow) = (leading, trailing, true);
        var width = 64 - leading - trailing;
        writer.Bit(true);
        writer.Bits((ulong)leading, 5);

        // Six bits cannot say 64; 0 is free to.
        writer.Bits((ulong)(width & 63), 6);
        writer.Bits(changed >> trailing, width);
    }
}
