using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Disk;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>The figures of blocks: size of the index, memory of the writer; opening, selecting and reading in processor time.</summary>
internal static class BlockFigures
{
    private const int SamplesOfMany = 4;

    public static void Print(int series)
    {
        var directory = Directory.CreateTempSubdirectory("toka-blocks-").FullName;
        try
        {
            Single(directory);
            Many(directory, series);
            Thousand(directory);
            BlockMapping.Print();
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    /// <summary>One host, two hours at 15 s: how large its index is beside its samples.</summary>
    private static void Single(string directory)
    {
        var sets = NodeLabels(1);
        var info = Write(directory, 1, sets, 480);
        var block = Block.Open(new StoreDisk(), info.Path);
        Sizes(block);
        block.Release();
    }

    private static void Many(string directory, int series)
    {
        var sets = NodeLabels((series + 747) / 748)[..series];
        GC.Collect();
        var (before, began) = (GC.GetTotalMemory(true), Now());
        var peak = 0L;
        var info = Write(directory, 2, sets, SamplesOfMany, () => peak = GC.GetTotalMemory(true));
        Say($"{series} series written in {(Now() - began).TotalSeconds:F1} s; the writer holds {(peak - before) / (double)series:F0} B a series");
        began = Now();
        var block = Block.Open(new StoreDisk(), info.Path);
        Say($"  opened in {(Now() - began).TotalMilliseconds:F2} ms");
        Sizes(block);
        Select(block, "first use, one of all", new LabelMatcher("instance", MatchOperator.Equal, "host-7:9100"));
        Select(block, "one metric of one host", new LabelMatcher("__name__", MatchOperator.Equal, "node_cpu_seconds_total"), new LabelMatcher("instance", MatchOperator.Equal, "host-9:9100"));
        Select(block, "one mode of all hosts", new LabelMatcher("__name__", MatchOperator.Equal, "node_cpu_seconds_total"), new LabelMatcher("mode", MatchOperator.Equal, "idle"));
        Select(block, "hosts by a pattern", new LabelMatcher("instance", MatchOperator.Matches, "host-1.*5:.*"), new LabelMatcher("mode", MatchOperator.NotEqual, "idle"));
        Select(block, "a third of all names", new LabelMatcher("__name__", MatchOperator.Matches, "node_.*(total|bytes)"));
        Read(block);
        block.Release();
    }

    private static void Thousand(string directory)
    {
        var sets = NodeLabels(1);
        var paths = Enumerable.Range(10, 1000).Select(i => Write(directory, i, sets[..20], 10).Path).ToArray();
        var (before, began) = (GC.GetTotalMemory(true), Now());
        var disk = new StoreDisk();
        var blocks = paths.Select(path => Block.Open(disk, path)).ToArray();
        var elapsed = (Now() - began);
        Say($"1000 blocks opened in {elapsed.TotalMilliseconds:F0} ms; {(GC.GetTotalMemory(true) - before) / 1000.0:F0} B each");
        foreach (var block in blocks)
        {
            block.Release();
        }
    }

    private static BlockInfo Write(string directory, long sequence, LabelSet[] sets, int samples, Action? atEnd = null)
    {
        var times = new long[samples];
        var values = new double[samples];
        using var writer = new BlockWriter(new StoreDisk(), directory, sequence, 0, []);
        for (var i = 0; i < sets.Length; i++)
        {
            for (var j = 0; j < samples; j++)
            {
                times[j] = 1_767_225_600_000 + (15_000L * j);
                values[j] = (i % 3) switch { 0 => i, 1 => (j * 100) + (i * j % 17), _ => 1e9 + (4096.0 * ((i * j * 31) % 500)) };
            }

            writer.BeginSeries(sets[i].Encoded);
            writer.AddFloats(times, values);
        }

        atEnd?.Invoke();
        return writer.Finish()!;
    }

    private static void Sizes(Block block)
    {
        var (info, data) = (block.Info, block.Sections.PlaceOf(SectionKind.Data).Length);
        Say($"{info.Series} series, {info.Samples} samples: {info.Bytes} B; data {data / (double)info.Samples:F3} B/sample, index {(info.Bytes - data) / (double)info.Series:F1} B/series");
        foreach (var kind in Enum.GetValues<SectionKind>().Where(static k => k != SectionKind.Data))
        {
            Say($"  {kind}: {block.Sections.PlaceOf(kind).Length / (double)info.Series:F2} B/series");
        }
    }

    private static void Select(Block block, string what, params LabelMatcher[] matchers)
    {
        var began = Now();
        var found = block.Select(matchers, long.MinValue, long.MaxValue);
        Say($"  select {what}: {found.Length} series in {(Now() - began).TotalMilliseconds:F2} ms");
    }

    private static void Read(Block block)
    {
        var count = Math.Min(100_000, block.Info.Series);
        using var column = new FloatColumn();
        var scratch = new byte[1024];
        for (var i = 0; i < count; i++)
        {
            column.Clear();
            block.ReadFloats(i, 0, long.MaxValue, column);
            block.EncodedLabelsOf(i, ref scratch);
        }

        var (allocated, began) = (GC.GetAllocatedBytesForCurrentThread(), Now());
        for (var i = 0; i < count; i++)
        {
            column.Clear();
            block.ReadFloats(i, 0, long.MaxValue, column);
        }

        var read = (Now() - began);
        var readBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        began = Now();
        for (var i = 0; i < count; i++)
        {
            block.EncodedLabelsOf(i, ref scratch);
        }

        var labels = (Now() - began);
        Say($"  read {count} series of {SamplesOfMany} samples: {read.TotalNanoseconds / count:F0} ns and {readBytes / (double)count:F1} B each; their labels: {labels.TotalNanoseconds / count:F0} ns each");
    }

    /// <summary>Labels as node_exporter has them: 748 series a host.</summary>
    private static LabelSet[] NodeLabels(int hosts)
    {
        var sets = new List<LabelSet>(hosts * 748);
        for (var host = 0; host < hosts; host++)
        {
            var instance = $"host-{host}:9100";
            void Add(string name, params ReadOnlySpan<(string, string)> labels) =>
                sets.Add(LabelSet.Of([("__name__", name), ("job", "node"), ("instance", instance), .. labels]));

            foreach (var mode in (string[])["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"])
            {
                for (var cpu = 0; cpu < 16; cpu++)
                {
                    Add("node_cpu_seconds_total", ("cpu", $"{cpu}"), ("mode", mode));
                }
            }

            for (var i = 0; i < 40; i++)
            {
                Add("node_scrape_collector_duration_seconds", ("collector", $"collector{i}"));
                Add("node_scrape_collector_success", ("collector", $"collector{i}"));
            }

            for (var device = 0; device < 6; device++)
            {
                for (var i = 0; i < 7; i++)
                {
                    Add($"node_filesystem_figure{i}_bytes", ("device", $"/dev/sda{device}"), ("fstype", "ext4"), ("mountpoint", $"/mnt/volume{device}"));
                }

                for (var i = 0; i < 17; i++)
                {
                    Add($"node_disk_operations{i}_total", ("device", $"sd{(char)('a' + device)}"));
                }
            }

            for (var i = 0; i < 24 * 4; i++)
            {
                Add($"node_network_direction{i / 4}_bytes_total", ("device", $"eth{i % 4}"));
            }

            for (var i = 0; i < 300; i++)
            {
                Add(i < 50 ? $"node_memory_Part{i}_bytes" : $"node_netstat_Protocol{i % 9}_Counter{i}");
            }
        }

        sets.Sort();
        return [.. sets];
    }

    /// <summary>The processor time of the process: the machine may have other things to do.</summary>
    private static TimeSpan Now() => Environment.CpuUsage.TotalTime;

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
