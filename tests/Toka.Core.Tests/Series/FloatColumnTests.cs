using CsCheck;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Core.Tests.Series;

public sealed class FloatColumnTests
{
    [Fact]
    public void Keeps_every_sample_bit_by_bit_however_it_was_added() =>
        Gen.Select(Gen.Select(Gen.Long, Gen.Double).Array[0, 600], Gen.Int[1, 40]).Sample((samples, run) =>
        {
            using var column = new FloatColumn(1);
            for (var at = 0; at < samples.Length; at += run)
            {
                var part = samples.AsSpan(at, Math.Min(run, samples.Length - at));
                if (at / run % 2 == 0)
                {
                    foreach (var (time, value) in part)
                    {
                        column.Add(time, value);
                    }

                    continue;
                }

                column.Extend(part.Length, out var times, out var values);
                for (var i = 0; i < part.Length; i++)
                {
                    (times[i], values[i]) = part[i];
                }
            }

            Assert.Equal(samples.Length, column.Count);
            for (var i = 0; i < samples.Length; i++)
            {
                Assert.Equal(samples[i].Item1, column.Timestamps[i]);
                Assert.Equal(BitConverter.DoubleToInt64Bits(samples[i].Item2), BitConverter.DoubleToInt64Bits(column.Values[i]));
            }
        });

    [Fact]
    public void Truncating_keeps_the_beginning_and_more_than_there_is_is_refused()
    {
        using var column = new FloatColumn();
        column.Add(1, StaleMarker.Value);
        column.Add(2, 2);
        column.Truncate(1);
        Assert.Equal([1L], column.Timestamps.ToArray());
        Assert.True(StaleMarker.Is(column.Values[0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => column.Truncate(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => column.Truncate(-1));
        column.Clear();
        Assert.Equal(0, column.Count);
    }

    [Fact]
    public void Disposing_twice_is_harmless()
    {
        var column = new FloatColumn();
        column.Add(1, 1);
        column.Dispose();
        column.Dispose();
        Assert.Equal(0, column.Count);
    }
}
