using CsCheck;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

/// <summary>Lists of blocks as seals, late samples, and now and then something strange leave them.</summary>
internal static class BlockGen
{
    public const long Hour = 3_600_000;
    public const long Day = 24 * Hour;

    public static readonly Gen<long> Tier = Gen.Int[0, 3].Select(static i => new[] { Ladder.Raw, Ladder.Tier10s, Ladder.Tier1m, Ladder.Tier1h }[i]);

    private static readonly Gen<(long Min, long Max)> Span = Gen.Frequency(
        (6, Gen.Select(Gen.Long[-40, 400], Gen.Long[0, 2 * Hour - 1], Gen.Long[0, 2 * Hour - 1], static (at, a, b) => (At: at * 2 * Hour, a, b))
            .Select(static x => (x.At + Math.Min(x.a, x.b), x.At + Math.Max(x.a, x.b)))),
        (2, Gen.Select(Gen.Long[-3, 33], Gen.Long[0, Day - 1], Gen.Long[0, Day - 1], static (at, a, b) => (At: at * Day, a, b))
            .Select(static x => (x.At + Math.Min(x.a, x.b), x.At + Math.Max(x.a, x.b)))),
        (1, Gen.Select(Gen.Long[-3 * Day, 900 * Day], Gen.Long[0, 500 * Day], static (from, length) => (from, from + length))));

    public static readonly Gen<BlockInfo[]> Lists = Gen.Select(Tier, Span, Gen.Long[1, 1_000_000], static (tier, span, bytes) => (tier, span, bytes)).Array[0, 40]
        .Select(static all => all.Select(static (x, i) => Info(i + 1, x.tier, x.span.Min, x.span.Max, x.bytes)).ToArray());

    public static BlockInfo Info(long sequence, long tier, long min, long max, long bytes = 1000) =>
        new(sequence, tier, min, max, 1, 1, bytes, [], $"{sequence:D10}.tkb");
}
