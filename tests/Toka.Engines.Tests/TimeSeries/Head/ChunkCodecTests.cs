using CsCheck;
using Toka.Core.Samples;
using Toka.TimeSeries.Head;

namespace Toka.Engines.Tests.TimeSeries.Head;

public sealed class ChunkCodecTests
{
    private static readonly Gen<ulong> s_anyBits = Gen.OneOf(
        Gen.ULong,
        Gen.Double.Select(BitConverter.DoubleToUInt64Bits),
        Gen.Int[-1000, 1000].Select(static n => BitConverter.DoubleToUInt64Bits(n)),
        Gen.Long.Select(static n => BitConverter.DoubleToUInt64Bits(n / 100.0)),
        Fixture.AnyOf<ulong>(StaleMarker.Bits, 0UL, 0x8000_0000_0000_0000, 0x7ff8_0000_0000_0001, 0xfff0_0000_0000_0000, ulong.MaxValue, 1UL));

    [Fact]
    public void Every_bit_of_any_value_at_any_time_comes_back() =>
        Gen.Select(Gen.Long, Gen.OneOf(Gen.Long[0, 100], Gen.Long[0, 100_000], Gen.Long), s_anyBits)
            .Array[1, 60]
            .Sample(static steps =>
            {
                var time = steps[0].Item1;
                RoundTrip(steps.Select(s => (time = unchecked(time + s.Item2), s.Item3)).ToArray());
            });

    [Fact]
    public void Random_walks_of_hundredths_and_of_floats_come_back() =>
        Gen.Select(Gen.Int[-500, 500].Array[1, 50], Gen.Double[-1, 1].Array[1, 50]).Sample(static (ticks, steps) =>
        {
            long time = 1_767_225_600_000, total = 1_234_567;
            var value = 0.5;
            RoundTrip(ticks.Select(t => (time += 1000, BitConverter.DoubleToUInt64Bits((total += t) / 100.0))).ToArray());
            RoundTrip(steps.Select(s => (time += 1000 + (long)(s * 20), BitConverter.DoubleToUInt64Bits(value += s))).ToArray());
        });

    [Fact]
    public void A_constant_at_an_even_pace_takes_a_quarter_of_a_byte_a_sample()
    {
        var samples = Enumerable.Range(0, 200).Select(static i => (1000L * i, BitConverter.DoubleToUInt64Bits(42))).ToArray();

        Assert.InRange(RoundTrip(samples), 1, (200 / 4) + 20);
    }

    private static int RoundTrip((long Time, ulong Bits)[] samples)
    {
        var state = ChunkState.Start;
        var buffer = new byte[(samples.Length * ChunkCodec.SampleBytesMax) + (2 * ChunkCodec.Slack)];
        new Random(1).NextBytes(buffer);
        long lastTime = 0;
        ulong lastBits = 0;
        foreach (var (time, bits) in samples)
        {
            var before = state.Bits;
            ChunkCodec.Append(ref state, buffer, lastTime, lastBits, time, bits);
            Assert.True(state.Bits - before <= ChunkCodec.SampleBytesMax * 8);
            (lastTime, lastBits) = (time, bits);
        }

        var times = new long[samples.Length];
        var values = new double[samples.Length];
        ChunkCodec.Decode(buffer, times, values);
        Assert.Equal(samples.Select(static s => s.Time), times);
        Assert.Equal(samples.Select(static s => s.Bits), values.Select(BitConverter.DoubleToUInt64Bits));
        return (state.Bits + 7) / 8;
    }
}
