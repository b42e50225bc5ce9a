using CsCheck;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

public sealed class VectorTests
{
    private static readonly Gen<long[]> s_numbers = Gen.OneOf(Gen.Long, Gen.Long[-1000, 1000]).Array[0, 70];

    [Fact]
    public void Both_ways_unpack_what_was_packed_at_every_width()
    {
        var random = new Random(1);
        for (var width = 0; width <= 64; width++)
        {
            for (var count = BitPacking.BlockLength; count > 0; count -= count == BitPacking.BlockLength ? 1 : 21)
            {
                var values = new ulong[count];
                foreach (ref var value in values.AsSpan())
                {
                    value = width == 0 ? 0 : (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> (64 - width);
                }

                var bytes = new byte[BitPacking.Bytes(count, width)];
                BitPacking.Pack(values, width, bytes);
                var (scalar, either) = (new long[count], new long[count]);
                BitPacking.UnpackScalar(bytes, width, 17, scalar);
                BitPacking.Unpack(bytes, width, 17, either);
                Assert.Equal(values.Select(static v => unchecked((long)v + 17)), scalar);
                Assert.Equal(scalar, either);
                if (count == BitPacking.BlockLength)
                {
                    var vector = new long[count];
                    BitPacking.UnpackVector(bytes, width, 17, vector);
                    Assert.Equal(scalar, vector);
                }
            }
        }
    }

    [Fact]
    public void Both_ways_give_the_same_running_sums() =>
        Gen.Select(s_numbers, Gen.Long).Sample(static (numbers, start) =>
        {
            var (scalar, vector) = ((long[])numbers.Clone(), (long[])numbers.Clone());
            Sums.AccumulateScalar(scalar, start);
            Sums.AccumulateVector(vector, start);
            Assert.Equal(scalar, vector);
        });

    [Fact]
    public void Both_ways_give_the_same_floats() =>
        Gen.Select(s_numbers, Gen.Int[0, Scaling.ExponentMax], Gen.Bool).Sample(static (numbers, exponent, product) =>
        {
            var scaling = new Scaling(exponent, product);
            var (scalar, vector) = ((long[])numbers.Clone(), (long[])numbers.Clone());
            scaling.ToFloatsScalar(scalar);
            scaling.ToFloatsVector(vector);
            Assert.Equal(scalar, vector);
        });

    [Fact]
    public void Four_values_at_a_time_become_the_numbers_that_each_alone_becomes() =>
        Gen.Select(s_numbers, Gen.Int[0, 12], Gen.Bool, Gen.Double.Array[0, 5]).Sample(static (numbers, exponent, product, strange) =>
        {
            var scaling = new Scaling(exponent, product);
            var values = numbers.Select(n => BitConverter.Int64BitsToDouble(scaling.BitsOf(n >> 12))).Concat(strange).Append(-0.0).Append(0).ToArray();
            var together = new long[values.Length];

            var misses = scaling.ToNumbers(values, int.MaxValue, together);

            var alone = values.Select(v => (Hit: scaling.TryNumber(v, out var n), Number: n)).ToArray();
            Assert.Equal(alone.Count(static a => !a.Hit), misses);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.True(!alone[i].Hit || alone[i].Number == together[i]);
            }
        });
}
