using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Blocks;

/// <summary>One series as it goes into a block.</summary>
internal sealed record TestSeries(LabelSet Labels, long[] Times, double[] Values)
{
    public static TestSeries Of(LabelSet labels, params (long Time, double Value)[] samples) =>
        new(labels, [.. samples.Select(static s => s.Time)], [.. samples.Select(static s => s.Value)]);
}

/// <summary>Blocks in a directory of their own on the real disk.</summary>
internal sealed class BlockFixture : IDisposable
{
    /// <summary>The number of the first block that it writes: there may have been others before.</summary>
    public const long First = 101;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-block-");
    private readonly List<Block> _blocks = [];
    private long _sequence = First - 1;

    public IStoreDisk Disk { get; } = new StoreDisk();

    public string Path => _directory.FullName;

    public BlockWriter Writer(long tierMs = 0, params long[] sources) => new(Disk, Path, ++_sequence, tierMs, sources);

    /// <summary>Writes series (put in order first), and opens the block.</summary>
    public Block Write(params IEnumerable<TestSeries> series)
    {
        using var writer = Writer();
        foreach (var one in series.OrderBy(static s => s.Labels))
        {
            writer.BeginSeries(one.Labels.Encoded);
            writer.AddFloats(one.Times, one.Values);
        }

        return Open(writer.Finish()!);
    }

    public Block Open(BlockInfo info) => Open(info.Path);

    public Block Open(string path)
    {
        var block = Block.Open(Disk, path);
        _blocks.Add(block);
        return block;
    }

    public static List<(long Time, long Bits)> Read(Block block, int ordinal, long from = long.MinValue, long to = long.MaxValue)
    {
        using var column = new FloatColumn();
        Assert.True(block.ReadFloats(ordinal, from, to, column));
        return Samples(column);
    }

    public static List<(long Time, long Bits)> Samples(FloatColumn column) =>
        [.. Enumerable.Range(0, column.Count).Select(i => (column.Timestamps[i], BitConverter.DoubleToInt64Bits(column.Values[i])))];

    public static List<(long Time, long Bits)> Samples(TestSeries series) =>
        [.. series.Times.Zip(series.Values, static (time, value) => (time, BitConverter.DoubleToInt64Bits(value)))];

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            block.Release();
        }

        _directory.Delete(recursive: true);
    }
}
