using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Features.Tests.Monitoring.Support;
using Toka.Monitoring;
using Toka.Monitoring.Collection;

namespace Toka.Features.Tests.Monitoring.Host;

/// <summary>A file that vanishes, cannot be read or holds garbage costs its own metrics, a count and one line of log.</summary>
public sealed class BrokenFilesTests
{
    private static readonly LabelSet Load = MonitorFixture.Key("node_load1");
    private static readonly LabelSet Free = MonitorFixture.Key("node_memory_MemFree_bytes");

    [Fact]
    public void A_vanished_file_costs_its_own_metrics_a_count_and_one_line_until_it_is_back()
    {
        using var fixture = Healthy();
        Assert.Equal(0.5, fixture.Collect()[Load]);

        fixture.Delete("proc/loadavg");
        var broken = fixture.Collect();
        Assert.True(StaleMarker.Is(broken[Load]));
        Assert.Equal(4096, broken[Free]);
        for (var i = 0; i < SourceFile.RetryEveryMax * 2; i++)
        {
            Assert.False(fixture.Collect().ContainsKey(Load));
        }

        Assert.InRange(fixture.Errors("loadavg"), 2, SourceFile.RetryEveryMax);
        Assert.Single(fixture.Log.Lines, l => l.Contains("loadavg", StringComparison.Ordinal));

        fixture.Write("proc/loadavg", "0.75 0.5 0.5 1/2 3\n");
        var recovered = Enumerable.Range(0, SourceFile.RetryEveryMax + 1).Select(_ => fixture.Collect()).ToList();
        Assert.Equal(0.75, recovered[^1][Load]);
        Assert.Single(fixture.Log.Lines, l => l.Contains("loadavg can be read again", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unreadable_file_is_reported_and_the_others_go_on()
    {
        using var fixture = Healthy();
        fixture.Delete("proc/loadavg");
        Directory.CreateDirectory(Path.Combine(fixture.Root, "proc/loadavg"));
        var samples = fixture.Collect();
        Assert.False(samples.ContainsKey(Load));
        Assert.Equal(4096, samples[Free]);
        Assert.Equal(1, fixture.Errors("loadavg"));
        Assert.Single(fixture.Log.Lines, l => l.Contains("loadavg", StringComparison.Ordinal));
    }

    [Fact]
    public void Garbage_is_reported_once_a_read_logged_once_and_good_lines_beside_it_count()
    {
        using var fixture = Healthy();
        fixture.Write("proc/meminfo", "MemTotal: many kB\nMemFree: 4 kB\nnonsense\n");
        for (var i = 1; i <= 3; i++)
        {
            var samples = fixture.Collect();
            Assert.Equal(4096, samples[Free]);
            Assert.False(samples.ContainsKey(MonitorFixture.Key("node_memory_MemTotal_bytes")));
            Assert.Equal(i, fixture.Errors("meminfo"));
        }

        Assert.Single(fixture.Log.Lines, l => l.Contains("meminfo", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_kernel_does_not_have_is_no_error()
    {
        using var fixture = Healthy();
        fixture.Collect();
        Assert.Equal(0, fixture.Errors("pressure"));
        Assert.Equal(0, fixture.Errors("conntrack"));
        Assert.Equal(0, fixture.Errors("hwmon"));
        Assert.Equal(0, fixture.Errors("cgroup"));
        Assert.DoesNotContain(fixture.Log.Lines, l => l.Contains("pressure", StringComparison.Ordinal));
    }

    [Fact]
    public void With_files_kept_open_what_changes_in_them_is_read()
    {
        using var fixture = Healthy(o => o with { KeepFilesOpen = true });
        Assert.Equal(0.5, fixture.Collect()[Load]);
        fixture.Write("proc/loadavg", "0.75 0.5 0.5 1/2 3\n");
        Assert.Equal(0.75, fixture.Collect()[Load]);
    }

    [Fact]
    public void Whatever_the_files_hold_a_collection_ends_without_a_fault()
    {
        using var fixture = Healthy();
        string[] files =
        [
            "stat", "loadavg", "meminfo", "vmstat", "diskstats", "net/dev", "net/netstat", "net/snmp", "net/snmp6", "net/sockstat",
            "sys/fs/file-nr", "pressure/cpu", "1/mountinfo", "self/cgroup", "self/stat", "7/stat", "net/stat/nf_conntrack",
        ];
        string[] tokens = ["cpu0 ", "total=", "Tcp: ", " - ", "intr ", "some ", "(", ") S "];
        var word = Gen.OneOf(Gen.String[Gen.Char[" :()-0123456789abct\n\t="], 0, 12], Gen.Int[0, tokens.Length - 1].Select(i => tokens[i]));
        Gen.Select(Gen.Int[0, files.Length - 1].Select(i => files[i]), word.Array[0, 12]).Sample(
            (file, words) =>
            {
                fixture.Write("proc/" + file, string.Concat(words));
                fixture.Collect();
                Assert.DoesNotContain(fixture.Log.Lines, l => l.Contains("   at ", StringComparison.Ordinal));
            },
            iter: 300,
            threads: 1);
    }

    private static MonitorFixture Healthy(Func<HostMonitorOptions, HostMonitorOptions>? change = null)
    {
        var fixture = new MonitorFixture(change);
        fixture.Write("proc/loadavg", "0.5 0.5 0.5 1/2 3\n");
        fixture.Write("proc/meminfo", "MemTotal: 8 kB\nMemFree: 4 kB\n");
        return fixture;
    }
}
