using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Features.Tests.Monitoring.Support;
using Toka.Monitoring;

namespace Toka.Features.Tests.Monitoring;

/// <summary>The monitor as a whole: when it collects, what it does when the store fails, how it ends.</summary>
public sealed class HostMonitorTests
{
    [Fact]
    public async Task It_collects_at_whole_intervals_counts_what_it_missed_and_ends_every_series_on_a_clean_stop()
    {
        using var fixture = new MonitorFixture();
        fixture.Write("proc/loadavg", "0.5 0.5 0.5 1/2 3\n");
        fixture.Time.Advance(TimeSpan.FromMilliseconds(300));
        var written = System.Threading.Channels.Channel.CreateUnbounded<long>();
        fixture.Writer.Written = at => written.Writer.TryWrite(at);
        using var stop = new CancellationTokenSource();
        var token = TestContext.Current.CancellationToken;

        var run = fixture.Monitor.RunAsync(stop.Token);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Equal(1_800_000_001_000, await written.Reader.ReadAsync(token));
        fixture.Time.Advance(TimeSpan.FromSeconds(3.5));
        var late = await written.Reader.ReadAsync(token);
        Assert.Equal(1_800_000_004_500, late);
        Assert.Equal(2, fixture.Self("toka_collector_missed_ticks_total"));

        await stop.CancelAsync();
        await run;
        var samples = fixture.Writer.Samples;
        var end = samples[^1].TimestampMs;
        Assert.True(end > late);
        var ended = samples.Where(s => s.TimestampMs == end).ToList();
        Assert.All(ended, s => Assert.True(StaleMarker.Is(s.Value)));
        Assert.Equal(samples.Where(s => s.TimestampMs == late).Select(s => s.Labels).ToHashSet(), ended.Select(s => s.Labels).ToHashSet());
    }

    [Fact]
    public async Task What_could_not_be_written_is_counted_and_ends_and_meanings_are_said_again()
    {
        using var fixture = new MonitorFixture();
        fixture.Write("proc/loadavg", "0.5 0.5 0.5 1/2 3\n");
        await Tick(fixture);
        fixture.Delete("proc/loadavg");
        fixture.Writer.Fails = true;
        await Tick(fixture);
        await Tick(fixture);
        Assert.Single(fixture.Log.Lines, l => l.Contains("disk full", StringComparison.Ordinal));
        Assert.True(fixture.Self("toka_dropped_total", ("signal", "metrics"), ("reason", "write_failed")) > 0);

        fixture.Writer.Fails = false;
        await Tick(fixture);
        var last = fixture.Writer.Samples[^1].TimestampMs;
        Assert.Contains(fixture.Writer.Samples, s => s.TimestampMs == last && s.Labels[LabelSet.MetricName] == "node_load1" && StaleMarker.Is(s.Value));
        Assert.Equal(2, fixture.Writer.Families.Count(f => f == "node_load1"));
        Assert.Single(fixture.Log.Lines, l => l.Contains("written again", StringComparison.Ordinal));
    }

    [Fact]
    public void A_histogram_of_Tokas_own_is_written_with_the_names_of_its_parts()
    {
        using var fixture = new MonitorFixture();
        fixture.Metrics.Histogram("toka_test_seconds", "A test.", 0.5).Observe(2);
        var own = fixture.Collect("toka").Where(static sample => sample.Key[LabelSet.MetricName].StartsWith("toka_test_seconds", StringComparison.Ordinal));
        Assert.Equal(
            [
                (LabelSet.Of((LabelSet.MetricName, "toka_test_seconds_bucket"), ("le", "+Inf")), 1.0),
                (LabelSet.Of((LabelSet.MetricName, "toka_test_seconds_bucket"), ("le", "0.5")), 0.0),
                (LabelSet.Of((LabelSet.MetricName, "toka_test_seconds_count")), 1.0),
                (LabelSet.Of((LabelSet.MetricName, "toka_test_seconds_sum")), 2.0),
            ],
            own.OrderBy(static sample => sample.Key).Select(static sample => (sample.Key, sample.Value)));
    }

    [Fact]
    public void Toka_writes_what_it_costs_itself()
    {
        using var fixture = new MonitorFixture(o => o with { ProcRoot = "/proc", SysRoot = "/sys", RootFs = "/", KeepFilesOpen = true });
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has procfs.");
        fixture.Collect("toka");
        var own = fixture.Collect("toka");
        foreach (var name in new[]
        {
            "toka_self_cpu_seconds_total", "toka_self_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_start_time_seconds",
            "dotnet_gc_heap_total_allocated_bytes_total", "dotnet_thread_pool_thread_count",
        })
        {
            Assert.True(own.TryGetValue(MonitorFixture.Key(name), out var value) && value > 0, name);
        }

        Assert.True(own.ContainsKey(MonitorFixture.Key("dotnet_gc_collections_total", ("gc_heap_generation", "gen0"))));
        Assert.True(own.ContainsKey(MonitorFixture.Key("toka_collector_duration_seconds", ("collector", "stat"))));
    }

    [Fact]
    public void This_machine_is_watched_without_an_error_and_every_cpu_is_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has procfs.");
        using var fixture = new MonitorFixture(o => o with { ProcRoot = "/proc", SysRoot = "/sys", RootFs = "/", KeepFilesOpen = true });
        var first = fixture.Collect();
        var second = fixture.Collect();

        var cpus = second.Where(s => s.Key[LabelSet.MetricName] == "node_cpu_seconds_total").ToList();
        Assert.Equal(File.ReadLines("/proc/stat").Count(l => l.StartsWith("cpu", StringComparison.Ordinal)) - 1, cpus.Select(s => s.Key["cpu"]).Distinct().Count());
        Assert.All(cpus, s => Assert.True(s.Value >= first[s.Key]));
        Assert.True(second[MonitorFixture.Key("node_memory_MemTotal_bytes")] > 0);
        Assert.True(fixture.Monitor.Current.Total > 0);
        Assert.Equal(0, fixture.Metrics.Read().Where(m => m.Labels[LabelSet.MetricName] == "toka_collector_errors_total").Sum(m => m.Value));
    }

    /// <summary>The budget is for what a tick makes anew (the live view of processes, the runtime's figures), not for samples:
    /// fifty more interfaces must not cost more.</summary>
    [Fact]
    public void A_sample_of_a_known_series_allocates_nothing()
    {
        static long Allocated(int interfaces)
        {
            using var fixture = new MonitorFixture(o => o with { SlowInterval = TimeSpan.FromHours(1), KeepFilesOpen = true });
            fixture.Write("proc/loadavg", "0.1 0.1 0.1 1/2 101\n");
            fixture.Write("proc/net/dev", string.Concat(Enumerable.Range(0, interfaces).Select(i => $"eth{i}: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")));
            var nowMs = fixture.Time.GetUtcNow().ToUnixTimeMilliseconds();
            for (var i = 0; i < 20; i++)
            {
                fixture.Monitor.Collect(nowMs += 1000);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20; i++)
            {
                fixture.Monitor.Collect(nowMs += 1000);
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / 20;
        }

        // 50 interfaces are 800 samples; one byte each would show.
        Assert.InRange(Allocated(interfaces: 51) - Allocated(interfaces: 1), -4096, 799);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(121)]
    public void An_interval_out_of_range_is_refused(double seconds)
    {
        using var fixture = new MonitorFixture(o => o with { Interval = TimeSpan.FromSeconds(1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HostMonitor(
            fixture.Options with { Interval = TimeSpan.FromSeconds(seconds) }, fixture.Writer, fixture.Metrics, fixture.Time, fixture.Log));
    }

    private static async Task Tick(MonitorFixture fixture)
    {
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.Monitor.CollectAsync(fixture.Time.GetUtcNow().ToUnixTimeMilliseconds(), TestContext.Current.CancellationToken);
    }
}
