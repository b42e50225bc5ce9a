using Toka.Core.Labels;
using Toka.Features.Tests.Monitoring.Support;

namespace Toka.Features.Tests.Monitoring.Host;

/// <summary>On node_exporter's own recorded tree every metric that we implement has the value that node_exporter gives.</summary>
public sealed class NodeExporterAgreementTests
{
    /// <summary>Series of implemented families that may differ, with the reason.</summary>
    private static readonly (string Pattern, string Reason)[] Exclusions =
    [
        ("^node_network_(receive|transmit)_.*device=\"lo\"", "taken over netlink from the machine that recorded the page; the tree has no net/dev"),
        ("^node_network_.*device=\"(dmz|int)\"", "the page was recorded with these interfaces left out by a flag"),
        ("^node_hwmon_.*chip=\"bogus\"", "the page was recorded with this chip left out by a flag"),
    ];

    /// <summary>What must be implemented; a family that vanishes from here is a regression.</summary>
    private static readonly string[] Implemented =
    [
        "node_boot_time_seconds", "node_context_switches_total", "node_cooling_device_cur_state", "node_cooling_device_max_state",
        "node_cpu_guest_seconds_total", "node_cpu_scaling_frequency_hertz", "node_cpu_scaling_frequency_max_hertz",
        "node_cpu_scaling_frequency_min_hertz", "node_cpu_scaling_governor", "node_cpu_seconds_total",
        "node_disk_discard_time_seconds_total", "node_disk_discarded_sectors_total", "node_disk_discards_completed_total",
        "node_disk_discards_merged_total", "node_disk_flush_requests_time_seconds_total", "node_disk_flush_requests_total",
        "node_disk_io_now", "node_disk_io_time_seconds_total", "node_disk_io_time_weighted_seconds_total", "node_disk_read_bytes_total",
        "node_disk_read_time_seconds_total", "node_disk_reads_completed_total", "node_disk_reads_merged_total",
        "node_disk_write_time_seconds_total", "node_disk_writes_completed_total", "node_disk_writes_merged_total",
        "node_disk_written_bytes_total", "node_filefd_allocated", "node_filefd_maximum", "node_forks_total", "node_hwmon_chip_names",
        "node_hwmon_fan_rpm", "node_hwmon_in_volts", "node_hwmon_sensor_label", "node_hwmon_temp_celsius", "node_hwmon_temp_crit_celsius",
        "node_hwmon_temp_max_celsius", "node_intr_total", "node_load1", "node_load15", "node_load5",
        "node_memory_MemFree_bytes", "node_memory_MemTotal_bytes", "node_memory_SwapFree_bytes", "node_memory_SwapTotal_bytes",
        "node_netstat_TcpExt_ListenDrops", "node_netstat_Tcp_CurrEstab", "node_netstat_Tcp_InSegs", "node_netstat_Tcp_OutSegs",
        "node_netstat_Tcp_RetransSegs", "node_netstat_Udp6_InDatagrams", "node_netstat_Udp_InDatagrams", "node_netstat_Udp_InErrors",
        "node_network_address_assign_type", "node_network_carrier", "node_network_carrier_changes_total",
        "node_network_carrier_down_changes_total", "node_network_carrier_up_changes_total", "node_network_device_id",
        "node_network_dormant", "node_network_flags", "node_network_iface_id", "node_network_iface_link", "node_network_iface_link_mode",
        "node_network_info", "node_network_mtu_bytes", "node_network_name_assign_type", "node_network_net_dev_group",
        "node_network_protocol_type", "node_network_speed_bytes", "node_network_transmit_queue_length", "node_network_up",
        "node_nf_conntrack_entries", "node_nf_conntrack_entries_limit", "node_nf_conntrack_stat_drop",
        "node_nf_conntrack_stat_early_drop", "node_nf_conntrack_stat_found", "node_nf_conntrack_stat_ignore",
        "node_nf_conntrack_stat_insert", "node_nf_conntrack_stat_insert_failed", "node_nf_conntrack_stat_invalid",
        "node_nf_conntrack_stat_search_restart", "node_os_info", "node_os_version", "node_pressure_cpu_waiting_seconds_total",
        "node_pressure_io_stalled_seconds_total", "node_pressure_io_waiting_seconds_total", "node_pressure_irq_stalled_seconds_total",
        "node_pressure_memory_stalled_seconds_total", "node_pressure_memory_waiting_seconds_total", "node_processes_max_processes",
        "node_processes_max_threads", "node_processes_pids", "node_processes_state", "node_processes_threads", "node_procs_blocked",
        "node_procs_running", "node_sockstat_TCP_inuse", "node_sockstat_TCP_mem_bytes", "node_sockstat_TCP6_inuse",
        "node_sockstat_UDP_inuse", "node_sockstat_sockets_used", "node_thermal_zone_temp", "node_vmstat_oom_kill",
        "node_vmstat_pgfault", "node_vmstat_pgmajfault", "node_vmstat_pgpgin", "node_vmstat_pgpgout", "node_vmstat_pswpin",
        "node_vmstat_pswpout",
    ];

    [Fact]
    public void Every_series_of_every_implemented_family_agrees_with_the_recorded_page()
    {
        var data = Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA");
        Assert.SkipWhen(data is null, "TOKA_REFERENCE_DATA is not set: there is no recorded tree to compare with.");
        using var fixture = new MonitorFixture();
        var recording = Path.Combine(data!, "node_exporter");
        fixture.CopyTree(Path.Combine(recording, "proc"), "proc");
        fixture.CopyTree(Path.Combine(recording, "usr"), "usr");
        fixture.Delete("proc/self");
        Directory.CreateSymbolicLink(Path.Combine(fixture.Root, "proc/self"), "10");
        TtarArchive.Extract(Path.Combine(recording, "sys.ttar"), fixture.Root);

        var expected = Exposition.Parse(File.ReadLines(Path.Combine(recording, "e2e-output.txt")));
        var actual = fixture.Collect();

        var families = expected.Keys.Select(Name).Intersect(actual.Keys.Select(Name)).Union(Implemented).ToHashSet();
        var differences = new List<string>();
        var compared = 0;
        foreach (var series in expected.Keys.Union(actual.Keys).Where(s => families.Contains(Name(s)) && !IsExcluded(s)))
        {
            compared++;
            var hasExpected = expected.TryGetValue(series, out var theirs);
            var hasActual = actual.TryGetValue(series, out var ours);
            if (hasExpected != hasActual || Math.Abs(theirs - ours) > 1e-9 * Math.Max(1, Math.Abs(theirs)))
            {
                differences.Add($"{series}: expected {(hasExpected ? theirs : "none")}, got {(hasActual ? ours : "none")}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(compared > 500, $"only {compared} series were compared");
        TestContext.Current.SendDiagnosticMessage($"{compared} series of {families.Count} families agree");
    }

    private static string Name(LabelSet series) => series[LabelSet.MetricName];

    private static bool IsExcluded(LabelSet series) =>
        Exclusions.Any(e => System.Text.RegularExpressions.Regex.IsMatch(series.ToString(), e.Pattern));
}
