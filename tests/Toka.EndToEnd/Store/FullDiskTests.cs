using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>A real file system without space.</summary>
public sealed partial class FullDiskTests(ITestOutputHelper output)
{
    private const int Series = 200;
    private const int SamplesPerSeries = 100;

    [Fact]
    public async Task A_disk_filled_under_load_refuses_writes_frees_the_oldest_and_is_written_again_without_a_restart()
    {
        using var disk = await SmallDisk.MountAsync();
        using var work = new TemporaryDirectory();
        var data = Directory.CreateDirectory(Path.Combine(disk.Path, "data")).FullName;
        await using var toka = await TokaProcess.StartAsync(data, StoreFixture.Quiet(work));
        using var gauge = new OtlpGauge(toka, "disk_value");
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var hours in new[] { 9, 7, 5 })
        {
            foreach (var batch in StoreFixture.Samples(new Random(hours), Series, now - (hours * 3_600_000L), SamplesPerSeries * 10, 1000).Chunk(40_000))
            {
                await gauge.MustSendAsync(batch);
            }

            await toka.SealAsync();
        }

        var old = await toka.NumberAsync("sum(count_over_time(disk_value[10h]))");
        disk.LeaveFree(600_000);
        var load = new Load(toka, now - 3_000_000);
        await load.RunUntilAsync(gauge, static load => load.Refused > 0);
        Assert.True(load.LastSaysWhen, "a refusal does not say when to come again");
        Assert.Contains("could not be written", load.LastBody, StringComparison.Ordinal);
        await toka.WaitForAsync("the finding", async () => await toka.HealthAsync("store") is ("Unhealthy", var reason) && reason.Contains("disk", StringComparison.Ordinal));
        Assert.True(await toka.NumberAsync("sum(count_over_time(disk_value[10h]))") > 0); // Queries go on.

        var refused = load.Refused;
        await load.RunUntilAsync(gauge, static load => load.AcceptedSinceRefusal >= 3);
        output.WriteLine($"{load.Accepted} requests taken, {load.Refused} refused ({refused} until the finding was seen)");

        await load.VerifyAsync(toka, FreedUntil(toka.Log));
        Assert.True(await toka.NumberAsync("sum(count_over_time(disk_value[10h]))") < old + load.Samples, "nothing was freed");
        Assert.Contains("the disk is full", toka.Log, StringComparison.Ordinal);
        Assert.Equal(0, await toka.StopAsync());

        await using var again = await TokaProcess.StartAsync(data, StoreFixture.Quiet(work));
        await load.VerifyAsync(again, FreedUntil(toka.Log + again.Log));
    }

    [Fact]
    public async Task A_log_that_would_fill_the_disk_becomes_blocks_while_they_still_fit()
    {
        using var disk = await SmallDisk.MountAsync();
        using var work = new TemporaryDirectory();
        var data = Directory.CreateDirectory(Path.Combine(disk.Path, "data")).FullName;
        disk.LeaveFree(3_000_000);

        // No sync comes to close the log's files: their space is to be free when their samples are in blocks.
        await using var toka = await TokaProcess.StartAsync(data, work.File("toka.yaml", "monitoring:\n  enabled: false\nstorage:\n  sync_interval: 1m\n"));
        using var gauge = new OtlpGauge(toka, "disk_value");
        var load = new Load(toka, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_000_000) { ValuesMax = 256 };
        while (await SealsAsync(toka) < 2)
        {
            await load.RunUntilAsync(gauge, load.Accepted + 5);
        }

        output.WriteLine($"{load.Samples} samples taken, {disk.FreeBytes} bytes free");
        Assert.True(load.Refused == 0, $"{load.Refused} refused, the last: {load.LastBody}");
        await load.VerifyAsync(toka, long.MinValue);
        Assert.DoesNotContain("the disk is full", toka.Log, StringComparison.Ordinal);
    }

    private static async Task<int> SealsAsync(TokaProcess toka)
    {
        var metrics = await toka.Http.GetStringAsync("/metrics");
        return int.Parse(SealsCounter().Match(metrics).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^toka_store_seals_total (\d+)", RegexOptions.Multiline)]
    private static partial Regex SealsCounter();

    /// <summary>The newest moment of which the server's log says that it was deleted.</summary>
    private static long FreedUntil(string log) => DeletedBlock().Matches(log)
        .Select(static match => DateTimeOffset.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds())
        .DefaultIfEmpty(long.MinValue)
        .Max();

    [GeneratedRegex(@"Deleted block \d+ \([^,]*, \S+ to ([^,]*),")]
    private static partial Regex DeletedBlock();

    /// <summary>Requests with ascending times, and what was acknowledged of them.</summary>
    private sealed class Load(TokaProcess toka, long fromMs)
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(35);
        private readonly Random _random = new(3);
        private readonly List<GaugeSample> _acknowledged = [];
        private long _nextMs = fromMs;

        /// <summary>Values are below this: small ones take less of the log, and far less of a block.</summary>
        public int ValuesMax { get; init; } = 1 << 30;

        public int Accepted { get; private set; }

        public int Refused { get; private set; }

        public int AcceptedSinceRefusal { get; private set; }

        public bool LastSaysWhen { get; private set; }

        public string LastBody { get; private set; } = "";

        public int Samples => _acknowledged.Count;

        public Task RunUntilAsync(OtlpGauge gauge, int accepted) => RunUntilAsync(gauge, load => load.Accepted >= accepted);

        public async Task RunUntilAsync(OtlpGauge gauge, Func<Load, bool> holds)
        {
            using var deadline = new CancellationTokenSource(s_patience);
            while (!holds(this))
            {
                Assert.False(deadline.IsCancellationRequested, $"{Accepted} requests taken and {Refused} refused, and no end; toka said:\n{toka.Log}");
                var samples = StoreFixture.Samples(_random, Series, _nextMs, SamplesPerSeries, 5).Select(sample => sample with { Value = sample.Value % ValuesMax }).ToArray();
                var (status, saysWhen, body) = await gauge.SendAsync(samples, CancellationToken.None);
                if (status == HttpStatusCode.OK)
                {
                    Accepted++;
                    AcceptedSinceRefusal++;
                    _acknowledged.AddRange(samples);
                    _nextMs += SamplesPerSeries * 5;
                }
                else
                {
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                    Refused++;
                    AcceptedSinceRefusal = 0;
                    (LastSaysWhen, LastBody) = (saysWhen, body);
                    _nextMs += SamplesPerSeries * 5; // Refused samples stay away, so that any that is found was invented.
                }
            }
        }

        /// <summary>Everything acknowledged that is younger than what was freed is there once, with its value, and nothing else of that time.</summary>
        public async Task VerifyAsync(TokaProcess asked, long freedUntilMs)
        {
            var fromMs = Math.Max(freedUntilMs, _acknowledged[0].At - 1);
            var expected = _acknowledged.Where(sample => sample.At > fromMs).GroupBy(static sample => sample.Series)
                .ToDictionary(static series => series.Key.ToString(CultureInfo.InvariantCulture), static series => (Count: (double)series.Count(), Sum: series.Sum(static sample => sample.Value)));
            Assert.NotEmpty(expected);
            var lastMs = _nextMs;
            var range = string.Create(CultureInfo.InvariantCulture, $"disk_value[{lastMs - fromMs}ms] @ {lastMs / 1000.0:F3}");
            var counts = await asked.NumbersAsync($"count_over_time({range})", "series");
            var sums = await asked.NumbersAsync($"sum_over_time({range})", "series");
            Assert.Equal(expected.Keys.Order(), counts.Keys.Order());
            foreach (var (series, (count, sum)) in expected)
            {
                Assert.Equal((series, count, sum), (series, counts[series], sums[series]));
            }
        }
    }
}
