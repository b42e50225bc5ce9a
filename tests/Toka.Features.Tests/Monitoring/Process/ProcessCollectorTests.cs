using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Features.Tests.Monitoring.Support;

namespace Toka.Features.Tests.Monitoring.Process;

/// <summary>Processes by name on a tree that changes between the looks.</summary>
public sealed class ProcessCollectorTests
{
    [Fact]
    public void A_group_counts_on_when_one_of_its_processes_ends()
    {
        using var fixture = new MonitorFixture();
        Put(fixture, 101, "web", user: 1000, system: 100);
        Put(fixture, 102, "web", user: 500, system: 50);
        Assert.Equal(15.0, Cpu(fixture.Collect(), "web", "user"));

        Put(fixture, 101, "web", user: 1100, system: 100);
        Remove(fixture, 102);
        Assert.Equal(16.0, Cpu(fixture.Collect(), "web", "user"));

        Put(fixture, 103, "web", user: 20, system: 0, start: 900);
        var samples = fixture.Collect();
        Assert.Equal(16.2, Cpu(samples, "web", "user"), 9);
        Assert.Equal(1.5, Cpu(samples, "web", "system"), 9);
        Assert.Equal(2, samples[MonitorFixture.Key("namedprocess_namegroup_num_procs", ("groupname", "web"))]);
    }

    [Fact]
    public void A_pid_that_another_process_got_counts_as_a_new_process()
    {
        using var fixture = new MonitorFixture();
        Put(fixture, 101, "web", user: 1000, system: 0, start: 50);
        fixture.Collect();
        Put(fixture, 101, "web", user: 30, system: 0, start: 700);
        Assert.Equal(10.3, Cpu(fixture.Collect(), "web", "user"), 9);
    }

    [Fact]
    public void A_process_that_runs_another_program_moves_and_takes_only_what_it_uses_from_then_on()
    {
        using var fixture = new MonitorFixture();
        Put(fixture, 101, "sh", user: 100, system: 0);
        fixture.Collect();
        Put(fixture, 101, "build", user: 150, system: 0);
        var samples = fixture.Collect();
        Assert.Equal(1.0, Cpu(samples, "sh", "user"));
        Assert.Equal(0.5, Cpu(samples, "build", "user"));
    }

    [Fact]
    public void Groups_add_up_to_what_all_processes_used_whatever_comes_and_goes()
    {
        using var fixture = new MonitorFixture();
        var random = new Random(7);
        var alive = new Dictionary<int, (string Name, ulong Ticks)>();
        var used = 0UL;
        var last = 0.0;
        for (var look = 0; look < 40; look++)
        {
            foreach (var pid in alive.Keys.Where(_ => random.Next(8) == 0).ToList())
            {
                alive.Remove(pid);
                Remove(fixture, pid);
            }

            for (var i = 0; i < 3; i++)
            {
                alive[1000 + (look * 3) + i] = ($"name{random.Next(5)}", 0);
            }

            foreach (var (pid, (name, ticks)) in alive.ToList())
            {
                var more = (ulong)random.Next(50);
                used += more;
                alive[pid] = (name, ticks + more);
                Put(fixture, pid, name, user: ticks + more, system: 0, start: (ulong)pid);
            }

            var samples = fixture.Collect();
            var sum = samples.Where(s => s.Key[LabelSet.MetricName] == "namedprocess_namegroup_cpu_seconds_total").Sum(s => s.Value);
            Assert.Equal(used / 100.0, sum, 6);
            Assert.True(sum >= last);
            last = sum;
            Assert.Equal(alive.Count, samples[MonitorFixture.Key("node_processes_pids")]);
        }
    }

    [Fact]
    public void Without_a_new_pid_the_list_is_not_read_again_and_who_comes_or_goes_is_still_seen()
    {
        using var fixture = new MonitorFixture(o => o with { SlowInterval = TimeSpan.FromHours(1) });
        fixture.Write("proc/loadavg", "0.1 0.1 0.1 1/2 101\n");
        Put(fixture, 100, "web", user: 0, system: 0);
        Put(fixture, 101, "web", user: 0, system: 0);
        fixture.Collect();
        Put(fixture, 101, "web", user: 70, system: 0);
        Assert.Equal(0.7, Cpu(fixture.Collect(), "web", "user"));

        fixture.Write("proc/loadavg", "0.2 0.1 0.1 2/3 102\n");
        Put(fixture, 102, "job", user: 30, system: 0);
        Assert.Equal(0.3, Cpu(fixture.Collect(), "job", "user"));

        Remove(fixture, 100);
        var samples = fixture.Collect();
        Assert.Equal(2, samples[MonitorFixture.Key("node_processes_pids")]);
        Assert.Equal(0, fixture.Errors("processes"));
    }

    [Fact]
    public void Only_the_top_is_stored_and_who_leaves_it_ends_after_the_grace()
    {
        using var fixture = new MonitorFixture(o => o with { TopProcessGroups = 2, ProcessGroupGrace = TimeSpan.FromSeconds(3) });
        for (var i = 0; i < 6; i++)
        {
            Put(fixture, 101 + i, "p" + (char)('a' + i), user: 0, system: 0, resident: 100 - i);
        }

        Assert.Equal(["pa", "pb"], Groups(fixture.Collect()));
        Put(fixture, 106, "pf", user: 0, system: 0, resident: 1000);
        Assert.Equal(["pa", "pb", "pf"], Groups(fixture.Collect()));
        fixture.Collect();
        fixture.Collect();
        var ended = fixture.Collect();
        var series = MonitorFixture.Key("namedprocess_namegroup_num_procs", ("groupname", "pb"));
        Assert.True(StaleMarker.Is(ended[series]));
        Assert.Equal(["pa", "pf"], Groups(fixture.Collect()));
    }

    [Fact]
    public void More_new_names_than_an_hour_allows_are_dropped_and_counted()
    {
        using var fixture = new MonitorFixture(o => o with { ProcessNamesPerHour = 2 });
        for (var i = 0; i < 5; i++)
        {
            Put(fixture, 101 + i, "p" + (char)('a' + i), user: 1, system: 0, resident: 10);
        }

        Assert.Equal(2, Groups(fixture.Collect()).Count);
        Assert.Equal(3, fixture.Self("toka_dropped_total", ("signal", "metrics"), ("reason", "process_name_limit")));
        Assert.Equal(5, fixture.Monitor.Current.Groups.Count);
    }

    [Fact]
    public void Pids_are_in_the_live_view_and_in_no_label()
    {
        using var fixture = new MonitorFixture();
        Put(fixture, 43210, "job-43210", user: 10, system: 0, resident: 5);
        Put(fixture, 43211, "job-43211", user: 10, system: 0, resident: 5);
        Put(fixture, 43212, "a) b (c", user: 10, system: 0, resident: 5);
        Put(fixture, 97, "kworker/97:1-ev", user: 10, system: 0, resident: 5, parent: 2);
        fixture.Collect();
        Put(fixture, 43210, "job-43210", user: 60, system: 0, resident: 5);
        var samples = fixture.Collect();

        Assert.DoesNotContain(samples.Keys, l => l.ToPairs().Any(p => p.Value.Contains("4321", StringComparison.Ordinal) || p.Value.Contains("97", StringComparison.Ordinal)));
        Assert.Equal(["a) b (c", "job-N", "kworker"], Groups(samples));
        var top = fixture.Monitor.Current.Groups[0];
        Assert.Equal("job-N", top.Name);
        Assert.Equal([43210, 43211], top.Pids);
        Assert.Equal(0.5, top.CpuRatio, 6);
        Assert.Equal(2 * 5 * 4096, top.ResidentBytes);
        Assert.Equal(4, fixture.Monitor.Current.Total);
    }

    private static List<string> Groups(Dictionary<LabelSet, double> samples) =>
        [.. samples.Where(s => s.Key[LabelSet.MetricName] == "namedprocess_namegroup_num_procs" && !StaleMarker.Is(s.Value))
            .Select(s => s.Key["groupname"]).Order(StringComparer.Ordinal)];

    private static double Cpu(Dictionary<LabelSet, double> samples, string group, string mode) =>
        samples[MonitorFixture.Key("namedprocess_namegroup_cpu_seconds_total", ("groupname", group), ("mode", mode))];

    private static void Put(MonitorFixture fixture, int pid, string name, ulong user, ulong system, ulong start = 10, long resident = 1, int parent = 1) =>
        fixture.Write(
            $"proc/{pid}/stat",
            $"{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {user} {system} 0 0 20 0 1 0 {start} 8192 {resident} 18446744073709551615 0 0 0\n");

    private static void Remove(MonitorFixture fixture, int pid) => Directory.Delete(Path.Combine(fixture.Root, $"proc/{pid}"), recursive: true);
}
