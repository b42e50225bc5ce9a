using System.Globalization;
using System.Text;
using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Protocols.PrometheusTsdb;

namespace Toka.Engines.Tests.Protocols.PrometheusTsdb;

public sealed class PrometheusBlockTests : IDisposable
{
    private const long FirstMs = 1_700_000_000_000;

    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-tsdb-");

    public void Dispose() => _work.Delete(recursive: true);

    [Fact]
    public async Task Every_sample_that_promtool_wrote_is_read_with_its_bits()
    {
        Promtool.SkipWhereMissing();
        var written = Samples(new Random(7));

        var read = new SortedDictionary<(string, long), ulong>();
        foreach (var directory in await Promtool.CreateBlocksAsync(Text(written), _work))
        {
            using var block = Promtool.Open(directory);
            foreach (var (key, bits) in ReadAll(block))
            {
                read.Add(key, bits);
            }
        }

        Assert.Equal(written, read);
    }

    [Fact]
    public async Task The_meta_file_names_the_block_and_its_range()
    {
        Promtool.SkipWhereMissing();
        var directory = Assert.Single(await Promtool.CreateBlocksAsync($"up 1 {FirstMs / 1000}\n# EOF\n", _work));
        var meta = PrometheusBlockMeta.Parse("meta.json", await File.ReadAllBytesAsync(Path.Combine(directory, "meta.json")));
        Assert.Equal(new PrometheusBlockMeta(Path.GetFileName(directory), FirstMs, FirstMs + 1, 1), meta);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"version\":2,\"ulid\":\"x\",\"minTime\":0,\"maxTime\":1}")]
    [InlineData("{\"version\":1,\"ulid\":5,\"minTime\":0,\"maxTime\":1}")]
    [InlineData("{\"version\":1,\"ulid\":\"x\",\"minTime\":1e99,\"maxTime\":1}")]
    public void What_is_no_meta_file_is_refused_by_its_name(string json) =>
        Assert.StartsWith("m.json: ", Assert.Throws<TsdbFormatException>(() => PrometheusBlockMeta.Parse("m.json", Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_flipped_byte_is_told_with_its_file_or_changes_nothing()
    {
        Promtool.SkipWhereMissing();
        var directory = (await Promtool.CreateBlocksAsync(Text(Samples(new Random(3), series: 6, samples: 40)), _work))[0];
        Dictionary<(string, long), ulong> whole;
        using (var block = Promtool.Open(directory))
        {
            whole = ReadAll(block).ToDictionary();
        }

        var told = 0;
        foreach (var file in new[] { Path.Combine(directory, "index"), Path.Combine(directory, "chunks", "000001"), Path.Combine(directory, "tombstones") })
        {
            var good = await File.ReadAllBytesAsync(file);
            for (var at = 0; at < good.Length; at++)
            {
                var bad = (byte[])good.Clone();
                bad[at] ^= (byte)(1 << (at % 8));
                await File.WriteAllBytesAsync(file, bad);
                try
                {
                    using var block = Promtool.Open(directory);
                    Assert.Equal(whole, ReadAll(block).ToDictionary());
                }
                catch (TsdbFormatException e)
                {
                    Assert.Contains(_work.FullName, e.File, StringComparison.Ordinal);
                    told++;
                }
            }

            await File.WriteAllBytesAsync(file, good);
        }

        Assert.True(told > 1000, $"{told} faults");
    }

    [Fact]
    public async Task A_file_cut_short_is_told()
    {
        Promtool.SkipWhereMissing();
        var directory = (await Promtool.CreateBlocksAsync(Text(Samples(new Random(5), series: 3, samples: 10)), _work))[0];
        foreach (var file in new[] { Path.Combine(directory, "index"), Path.Combine(directory, "chunks", "000001"), Path.Combine(directory, "tombstones") })
        {
            var good = await File.ReadAllBytesAsync(file);
            for (var length = 0; length < good.Length; length++)
            {
                await File.WriteAllBytesAsync(file, good[..length]);
                Assert.Throws<TsdbFormatException>(() =>
                {
                    using var block = Promtool.Open(directory);
                    return ReadAll(block).Count();
                });
            }

            await File.WriteAllBytesAsync(file, good);
        }
    }

    [Fact]
    public void Chunks_of_any_bytes_end_in_samples_or_in_a_fault() =>
        Gen.Byte.Array[0, 200].Sample(
            static bytes =>
            {
                using var column = new FloatColumn();
                try
                {
                    FloatChunk.Read(bytes, column);
                }
                catch (InvalidDataException)
                {
                    // Told; anything else fails the test.
                }
            },
            iter: 20_000);

    /// <summary>Samples by series and time, in the canonical text of the series.</summary>
    private static SortedDictionary<(string Series, long Time), ulong> Samples(Random random, int series = 60, int samples = 300)
    {
        var all = new SortedDictionary<(string, long), ulong>();
        for (var s = 0; s < series; s++)
        {
            var labels = LabelSet.Of((LabelSet.MetricName, $"m{s % 7}"), ("series", $"{s}"), ("odd", s % 3 == 0 ? "\"q\"\\\n" : "")).ToString();
            var time = FirstMs + random.Next(5000);
            var value = (double)random.Next(100);
            for (var i = 0; i < samples; i++)
            {
                all[(labels, time)] = BitConverter.DoubleToUInt64Bits(value);
                time += s % 4 == 0 ? 15_000 : random.Next(1, s % 5 == 0 ? 3_000_000 : 20_000);
                value = (s % 6) switch
                {
                    0 => value,
                    1 => value + random.Next(10),
                    2 => random.NextDouble() * Math.Pow(10, random.Next(-300, 300)),
                    3 => BitConverter.Int64BitsToDouble(random.NextInt64()) is var any && double.IsFinite(any) ? any : -0.0,
                    4 => random.Next(3) switch { 0 => double.PositiveInfinity, 1 => double.NegativeInfinity, _ => 0 },
                    _ => value * 1.1,
                };
            }
        }

        return all;
    }

    private static string Text(SortedDictionary<(string Series, long Time), ulong> samples)
    {
        var text = new StringBuilder();
        foreach (var ((series, time), bits) in samples)
        {
            var value = BitConverter.UInt64BitsToDouble(bits);
            var number = double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{series} {number} {time / 1000}.{time % 1000:000}\n");
        }

        return text.Append("# EOF\n").ToString();
    }

    private static IEnumerable<KeyValuePair<(string, long), ulong>> ReadAll(PrometheusBlock block)
    {
        var series = new PrometheusSeries();
        using var column = new FloatColumn();
        for (var i = 0; i < block.SeriesCount; i++)
        {
            block.ReadSeries(i, series);
            var labels = series.Labels.Build().ToString();
            column.Clear();
            foreach (var chunk in series.Chunks)
            {
                Assert.Equal(PrometheusChunkKind.Floats, block.ReadFloats(series, chunk, column));
            }

            for (var k = 0; k < column.Count; k++)
            {
                yield return new((labels, column.Timestamps[k]), BitConverter.DoubleToUInt64Bits(column.Values[k]));
            }
        }
    }
}
