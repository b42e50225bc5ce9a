namespace Toka.Protocols.PrometheusTsdb;

/// <summary>
/// A float that is stored as what differs from the one before. Source: Pelkonen et al., "Gorilla: a fast, scalable,
/// in-memory time series database", VLDB 2015, §4.1.3, as Prometheus writes it.
/// </summary>
internal struct XorValue
{
    private ulong _bits;
    private int _leading;
    private int _width;

    public readonly double Value => BitConverter.UInt64BitsToDouble(_bits);

    public double First(ref BitReader reader)
    {
        _bits = reader.Bits(64);
        return Value;
    }

    public double Next(ref BitReader reader)
    {
        if (!reader.Bit())
        {
            return Value;
        }

        if (reader.Bit())
        {
            _leading = (int)reader.Bits(5);
            _width = (int)reader.Bits(6);
            _width = _width == 0 ? 64 : _width;
        }

        var trailing = 64 - _leading - _width;
        if (trailing < 0 || _width == 0)
        {
            throw new InvalidDataException("a value has more bits than there are");
        }

        _bits ^= reader.Bits(_width) << trailing;
        return Value;
    }
}
