using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Catalog;
using Toka.TimeSeries.Disk;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

/// <summary>What blocks hold, in the plainest form: series → time → bits.</summary>
internal sealed class Model : SortedDictionary<LabelSet, SortedDictionary<long, long>>
{
    private static readonly Gen<double> Value = Gen.Int[0, 5].Select(static i => new[] { 0.0, -0.0, 1.5, 42, StaleMarker.Value, double.NaN }[i]);

    private static readonly Gen<SortedDictionary<long, long>> Samples =
        Gen.Select(Gen.Long[0, 300], Value).Array[1, 80].Select(static all =>
            new SortedDictionary<long, long>(all.DistinctBy(static x => x.Item1).ToDictionary(static x => x.Item1 * 60_000, static x => BitConverter.DoubleToInt64Bits(x.Item2))));

    /// <summary>Small blocks within five hours, of a few series.</summary>
    public static readonly Gen<Model> Small = Gen.Select(Gen.Int[0, 11].Array[1, 6], Samples.Array[6]).Select(static (series, samples) =>
    {
        var model = new Model();
        foreach (var (number, i) in series.Select(static (number, i) => (number, i)))
        {
            model[Series(number)] = samples[i];
        }

        return model;
    });

    public static LabelSet Series(int number) => LabelSet.Of(("__name__", $"metric{number % 3}"), ("instance", $"{number / 3}"), ("kind", number % 2 == 0 ? "even" : ""));

    /// <summary>Writes it as a block.</summary>
    public BlockInfo Write(IStoreDisk disk, string directory, long sequence, long tierMs = 0, params MetricMetadata[] metadata)
    {
        using var writer = new BlockWriter(disk, directory, sequence, tierMs, []);
        foreach (var family in metadata)
        {
            writer.AddMetadata(family);
        }

        foreach (var (labels, samples) in this)
        {
            writer.BeginSeries(labels.Encoded);
            writer.AddFloats([.. samples.Keys], [.. samples.Values.Select(BitConverter.Int64BitsToDouble)]);
        }

        return writer.Finish()!;
    }

    /// <summary>Adds what is not there yet: what was written first stays.</summary>
    public Model Add(Model later)
    {
        foreach (var (labels, samples) in later)
        {
            if (!TryGetValue(labels, out var mine))
            {
                Add(labels, mine = []);
            }

            foreach (var (time, bits) in samples)
            {
                mine.TryAdd(time, bits);
            }
        }

        return this;
    }

    /// <summary>Removes samples, and series that have none left.</summary>
    public Model Remove(Func<LabelSet, long, bool> isRemoved)
    {
        foreach (var (labels, samples) in this.ToList())
        {
            foreach (var time in samples.Keys.Where(time => isRemoved(labels, time)).ToList())
            {
                samples.Remove(time);
            }

            if (samples.Count == 0)
            {
                Remove(labels);
            }
        }

        return this;
    }

    /// <summary>Reads a block.</summary>
    public static Model Of(Block block)
    {
        var model = new Model();
        using var column = new FloatColumn();
        for (var ordinal = 0; ordinal < block.Info.Series; ordinal++)
        {
            column.Clear();
            block.ReadFloats(ordinal, long.MinValue, long.MaxValue, column);
            var samples = new SortedDictionary<long, long>();
            for (var i = 0; i < column.Count; i++)
            {
                samples.Add(column.Timestamps[i], BitConverter.DoubleToInt64Bits(column.Values[i]));
            }

            model.Add(block.LabelsOf(ordinal), samples);
        }

        return model;
    }

    /// <summary>Reads all blocks of a resolution as a query does: what was written first stays.</summary>
    public static Model Of(BlockCatalog catalog, long tierMs = 0)
    {
        using var snapshot = catalog.Acquire();
        return snapshot.Blocks.Where(block => block.Info.TierMs == tierMs).OrderBy(static block => block.Info.Sequence).Aggregate(new Model(), static (all, block) => all.Add(Of(block)));
    }

    /// <summary>The number of samples.</summary>
    public long SampleCount => Values.Sum(static samples => (long)samples.Count);

    /// <summary>Fails where another model differs.</summary>
    public void AssertIs(Model expected)
    {
        Assert.Equal(expected.Keys, Keys);
        foreach (var (labels, samples) in expected)
        {
            Assert.Equal(samples, this[labels]);
        }
    }
}
