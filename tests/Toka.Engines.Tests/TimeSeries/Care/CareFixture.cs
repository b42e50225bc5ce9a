using Toka.Core.Labels;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries.Care;

/// <summary>Stores with something in blocks and something in the log.</summary>
internal static class CareFixture
{
    private const int SeriesCount = 12;

    /// <summary>Writes samples of the last hours, some of which are then sealed, and leaves the rest to the log.</summary>
    public static async Task FillAsync(Fixture fixture, MetricStore store, int round = 0)
    {
        await WriteAsync(fixture, store, (-6 + round) * 3_600_000L, 600);
        Assert.True(store.Seal());
        await WriteAsync(fixture, store, ((-6 + round) * 3_600_000L) + (600 * 15_000), 100);
        store.Sync();
    }

    public static async Task WriteAsync(Fixture fixture, MetricStore store, long fromMs, int samples)
    {
        var random = new Random(17);
        for (var s = 0; s < SeriesCount; s++)
        {
            var labels = LabelSet.Of((LabelSet.MetricName, "m"), ("series", $"{s}"));
            var result = await Fixture.Write(store, [.. Enumerable.Range(0, samples).Select(i => (labels, fixture.NowMs + fromMs + (i * 15_000L), s % 2 == 0 ? i : random.NextDouble()))]);
            Assert.Equal(samples, result.Accepted);
        }
    }

    public static string[] BlocksOf(string store) => [.. Directory.GetFiles(Path.Combine(store, "blocks"), "*.tkb").Order(StringComparer.Ordinal)];

    public static (string Name, string Content)[] Snapshot(string directory) =>
        [.. Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => (Path.GetRelativePath(directory, f), Convert.ToBase64String(File.ReadAllBytes(f))))];
}
