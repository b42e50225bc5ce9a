using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Features.Tests.Monitoring.Support;

namespace Toka.Features.Tests.Monitoring.Host;

/// <summary>What node_exporter's recording does not have, on a tree of our own.</summary>
public sealed class RecordedTreeTests
{
    [Fact]
    public void Every_column_of_every_interface_is_read()
    {
        using var fixture = new MonitorFixture();
        fixture.CopyTree(RecordedTree.Path("proc"), "proc");
        var samples = fixture.Collect();

        Assert.Equal(813191322, samples[MonitorFixture.Key("node_network_receive_bytes_total", ("device", "eth0"))]);
        Assert.Equal(16723, samples[MonitorFixture.Key("node_network_receive_packets_total", ("device", "eth0"))]);
        Assert.Equal(741395, samples[MonitorFixture.Key("node_network_transmit_bytes_total", ("device", "eth0"))]);
        Assert.Equal(8336, samples[MonitorFixture.Key("node_network_transmit_packets_total", ("device", "eth0"))]);
        Assert.Equal(3245, samples[MonitorFixture.Key("node_network_transmit_bytes_total", ("device", "lo"))]);
        Assert.Equal(4 * 16, samples.Keys.Count(l => l[LabelSet.MetricName].StartsWith("node_network_", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_interface_that_vanishes_is_marked_as_ended_once_and_comes_back_alive()
    {
        using var fixture = new MonitorFixture();
        var net = File.ReadAllText(RecordedTree.Path("proc/net/dev"));
        var without = string.Join('\n', net.Split('\n').Where(l => !l.Contains("ifb1", StringComparison.Ordinal)));
        var series = MonitorFixture.Key("node_network_receive_bytes_total", ("device", "ifb1"));

        fixture.Write("proc/net/dev", net);
        Assert.Equal(0, fixture.Collect()[series]);
        fixture.Write("proc/net/dev", without);
        var ended = fixture.Collect();
        Assert.Equal(16, ended.Count(s => StaleMarker.Is(s.Value) && s.Key["device"] == "ifb1"));
        Assert.DoesNotContain(ended, s => StaleMarker.Is(s.Value) && s.Key["device"] != "ifb1");
        Assert.False(fixture.Collect().ContainsKey(series));
        fixture.Write("proc/net/dev", net);
        Assert.Equal(0, fixture.Collect()[series]);
    }

    [Fact]
    public void An_interface_folder_that_vanishes_takes_its_attributes_along_without_an_error()
    {
        using var fixture = new MonitorFixture();
        foreach (var name in new[] { "eth0", "eth1" })
        {
            fixture.Write($"sys/class/net/{name}/operstate", "up\n");
            fixture.Write($"sys/class/net/{name}/mtu", "1500\n");
            fixture.Write($"sys/class/net/{name}/speed", "-1\n");
            fixture.Write($"sys/class/net/{name}/flags", "0x1003\n");
        }

        var first = fixture.Collect();
        Assert.Equal(1500, first[MonitorFixture.Key("node_network_mtu_bytes", ("device", "eth1"))]);
        Assert.Equal(1, first[MonitorFixture.Key("node_network_up", ("device", "eth1"))]);
        Assert.False(first.ContainsKey(MonitorFixture.Key("node_network_speed_bytes", ("device", "eth1"))));

        Directory.Delete(Path.Combine(fixture.Root, "sys/class/net/eth1"), recursive: true);
        var second = fixture.Collect();
        Assert.True(StaleMarker.Is(second[MonitorFixture.Key("node_network_mtu_bytes", ("device", "eth1"))]));
        Assert.Equal(1500, second[MonitorFixture.Key("node_network_mtu_bytes", ("device", "eth0"))]);
        Assert.Equal(0, fixture.Errors("netclass"));
    }

    [Fact]
    public void A_group_of_version_1_beside_an_empty_version_2_is_read_from_version_1()
    {
        using var fixture = new MonitorFixture();
        fixture.CopyTree(RecordedTree.Path("cgroup-v1"), "sys/fs/cgroup");
        fixture.Write("proc/self/cgroup", "4:memory:/process/4711a\n2:cpuacct:/\n1:cpu:/\n0::/\n");
        var samples = fixture.Collect();

        Assert.Equal(479473664, samples[MonitorFixture.Key("container_memory_usage_bytes", ("id", "/process/4711a"))]);
        Assert.Equal(479473664 - 235196416, samples[MonitorFixture.Key("container_memory_working_set_bytes", ("id", "/process/4711a"))]);
        Assert.Equal(0, samples[MonitorFixture.Key("container_spec_memory_limit_bytes", ("id", "/process/4711a"))]);
        Assert.Equal(1083.658451266, samples[MonitorFixture.Key("container_cpu_usage_seconds_total", ("id", "/"))], 9);
        Assert.Equal(897.57, samples[MonitorFixture.Key("container_cpu_user_seconds_total", ("id", "/"))], 6);
        Assert.Equal(100000, samples[MonitorFixture.Key("container_spec_cpu_period", ("id", "/"))]);
        Assert.False(samples.ContainsKey(MonitorFixture.Key("container_spec_cpu_quota", ("id", "/"))));
    }

    [Fact]
    public void A_group_of_version_2_shows_its_limits_its_use_and_how_it_was_held_back()
    {
        using var fixture = new MonitorFixture();
        fixture.Write("proc/self/cgroup", "0::/app.slice\n");
        fixture.Write("sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
        fixture.Write("sys/fs/cgroup/app.slice/memory.current", "1000000\n");
        fixture.Write("sys/fs/cgroup/app.slice/memory.max", "2000000\n");
        fixture.Write("sys/fs/cgroup/app.slice/memory.stat", "anon 400000\nfile 500000\ninactive_file 300000\n");
        fixture.Write("sys/fs/cgroup/app.slice/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n");
        fixture.Write("sys/fs/cgroup/app.slice/cpu.stat", "usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 250000\n");
        fixture.Write("sys/fs/cgroup/app.slice/cpu.max", "50000 100000\n");
        fixture.Write("sys/fs/cgroup/app.slice/pids.current", "17\n");
        fixture.Write("sys/fs/cgroup/app.slice/pids.max", "max\n");
        var samples = fixture.Collect();
        double Value(string name) => samples[MonitorFixture.Key(name, ("id", "/app.slice"))];

        Assert.Equal(1000000, Value("container_memory_usage_bytes"));
        Assert.Equal(700000, Value("container_memory_working_set_bytes"));
        Assert.Equal(400000, Value("container_memory_rss"));
        Assert.Equal(2000000, Value("container_spec_memory_limit_bytes"));
        Assert.Equal(2, Value("container_oom_events_total"));
        Assert.Equal(5, Value("container_cpu_usage_seconds_total"));
        Assert.Equal(50000, Value("container_spec_cpu_quota"));
        Assert.Equal(100000, Value("container_spec_cpu_period"));
        Assert.Equal(4, Value("container_cpu_cfs_throttled_periods_total"));
        Assert.Equal(0.25, Value("container_cpu_cfs_throttled_seconds_total"));
        Assert.Equal(17, Value("container_threads"));
        Assert.Equal(0, Value("container_threads_max"));
    }
}
