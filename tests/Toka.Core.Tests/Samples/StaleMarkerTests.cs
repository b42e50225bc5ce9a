using CsCheck;
using Toka.Core.Samples;

namespace Toka.Core.Tests.Samples;

public sealed class StaleMarkerTests
{
    [Fact]
    public void Only_its_own_bits_are_the_marker()
    {
        Assert.True(StaleMarker.Is(StaleMarker.Value));
        Assert.True(double.IsNaN(StaleMarker.Value));
        Assert.False(StaleMarker.Is(double.NaN));
        Assert.False(StaleMarker.Is(BitConverter.UInt64BitsToDouble(0x7ff8_0000_0000_0001)));
        Gen.Double.Sample(value => Assert.Equal(BitConverter.DoubleToUInt64Bits(value) == 0x7ff0_0000_0000_0002, StaleMarker.Is(value)));
    }
}
