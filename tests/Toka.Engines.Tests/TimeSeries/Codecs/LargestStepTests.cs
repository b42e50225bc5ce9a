using System.Buffers;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

public sealed class LargestStepTests
{
    [Fact]
    public void A_step_of_the_largest_magnitude_keeps_its_last_bit()
    {
        double[] values = [1.5, -0.0, 1.5, 0.0];
        var encoded = new ArrayBufferWriter<byte>();
        ValueColumn.Encode(values, encoded);
        var decoded = new double[values.Length];
        ValueColumn.Decode(encoded.WrittenSpan, decoded);
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), decoded.Select(BitConverter.DoubleToInt64Bits));
    }
}
