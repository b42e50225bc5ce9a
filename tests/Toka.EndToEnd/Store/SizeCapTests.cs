using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>A cap that is reached while samples come in.</summary>
public sealed class SizeCapTests(ITestOutputHelper output)
{
    private const long Cap = 16 * 1024 * 1024;
    private const int Series = 200;
    private const int SamplesPerRequest = 100;
    private const int Requests = 110;

    [Fact]
    public async Task The_cap_holds_after_every_request_and_the_newest_samples_are_there()
    {
        using var work = new TemporaryDirectory();
        var data = StoreFixture.Data(work);
        var config = work.File("capped.yaml", "monitoring:\n  enabled: false\nstorage:\n  size: 16MiB\n");
        await using var toka = await TokaProcess.StartAsync(data, config);
        using var gauge = new OtlpGauge(toka, "capped_value");
        var random = new Random(11);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        // Values without a pattern, so that blocks are hardly smaller than the log; first late ones, then those of now.
        var (requests, largest) = (0, 0L);
        foreach (var fromMs in new[] { now - (20 * 3_600_000L), now - 3_000_000 })
        {
            for (var request = 0; request < Requests; request++, requests++)
            {
                var first = fromMs + (request * SamplesPerRequest * 100L);
                await gauge.MustSendAsync(
                    from at in Enumerable.Range(0, SamplesPerRequest)
                    from series in Enumerable.Range(0, Series)
                    select new GaugeSample(series, first + (at * 100L), random.NextDouble()));
                largest = Math.Max(largest, BytesIn(data));
                Assert.True(BytesIn(data) <= Cap, $"{BytesIn(data)} bytes after request {requests}");
            }
        }

        output.WriteLine($"{requests * SamplesPerRequest * Series} samples taken, {largest} bytes at most, {StoreFixture.Blocks(data).Length} blocks");
        Assert.Contains("reached its size cap", toka.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("there is no room for blocks", toka.Log, StringComparison.Ordinal);
        Assert.True(largest > Cap / 2, "more was deleted than the cap asks for");
        Assert.Equal(Series * 1500, await toka.NumberAsync($"sum(count_over_time(capped_value[150s] @ {(now - 3_000_000 + (Requests * SamplesPerRequest * 100L) - 100) / 1000.0:F3} ))"));
        Assert.Equal(0, await toka.StopAsync());
        Assert.True(BytesIn(data) <= Cap);
    }

    private static long BytesIn(string data)
    {
        var bytes = 0L;
        foreach (var file in new DirectoryInfo(Path.Combine(data, "metrics")).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            // A file that has gone since it was listed takes nothing.
            bytes += file.Exists ? Length(file) : 0;
        }

        return bytes;
    }

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
