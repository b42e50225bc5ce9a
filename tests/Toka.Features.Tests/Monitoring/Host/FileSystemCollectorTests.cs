using Microsoft.Extensions.Logging.Abstractions;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Features.Tests.Monitoring.Support;
using Toka.Monitoring;
using Toka.Monitoring.Collection;
using Toka.Monitoring.Host;

namespace Toka.Features.Tests.Monitoring.Host;

/// <summary>File systems: which are watched, what is said of them, and what happens when one hangs.</summary>
public sealed class FileSystemCollectorTests
{
    private static readonly FileSystemUse Use = new(true, 1000, 500, 400, 100, 50, IsReadOnly: false);

    [Fact]
    public void The_recorded_machine_has_one_file_system_worth_watching()
    {
        var mounts = MountTable.Parse(File.ReadAllBytes(RecordedTree.Path("proc/1/mountinfo")), out var malformed);
        Assert.Equal(0, malformed);
        Assert.Equal([new Mount("/dev/vda", "ext4", "/")], mounts);
    }

    [Fact]
    public void Escapes_are_undone_a_hidden_mount_is_left_out_and_an_overlay_counts_as_root_alone()
    {
        var mounts = MountTable.Parse(
            """
            1 0 0:1 / / rw - overlay overlay rw
            2 1 8:1 / /a\040b rw,noatime shared:1 - ext4 /dev/sda1 rw
            3 1 8:2 / /data rw - ext4 /dev/sdb1 rw
            4 1 8:3 / /data rw - xfs /dev/sdc1 rw
            5 1 0:9 / /var/lib/docker/overlay2/x rw - overlay overlay rw
            broken line

            """u8,
            out var malformed);
        Assert.Equal(1, malformed);
        Assert.Equal([new Mount("overlay", "overlay", "/"), new Mount("/dev/sda1", "ext4", "/a b"), new Mount("/dev/sdc1", "xfs", "/data")], mounts);
    }

    [Fact]
    public void A_file_system_that_fails_says_so_and_nothing_else()
    {
        using var bench = new Bench("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:44 / /mnt/nfs rw - nfs4 server:/x rw\n");
        bench.Answers["/mnt/nfs"] = () => default;
        var samples = bench.Tick();
        Assert.Equal(1, samples["node_filesystem_device_error{device=\"server:/x\",fstype=\"nfs4\",mountpoint=\"/mnt/nfs\"}"]);
        Assert.Equal(0, samples["node_filesystem_device_error{device=\"/dev/sda1\",fstype=\"ext4\",mountpoint=\"/\"}"]);
        Assert.Equal(400, samples["node_filesystem_avail_bytes{device=\"/dev/sda1\",fstype=\"ext4\",mountpoint=\"/\"}"]);
        Assert.Equal(8, samples.Count);
    }

    [Fact]
    public void A_file_system_that_hangs_holds_up_neither_the_collection_nor_the_others_and_is_back_when_it_answers()
    {
        const string Local = "node_filesystem_avail_bytes{device=\"/dev/sda1\",fstype=\"ext4\",mountpoint=\"/\"}";
        const string Remote = "node_filesystem_device_error{device=\"server:/x\",fstype=\"nfs4\",mountpoint=\"/mnt/nfs\"}";
        using var bench = new Bench("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:44 / /mnt/nfs rw - nfs4 server:/x rw\n", threads: true);
        using var asked = new SemaphoreSlim(0);
        using var server = new ManualResetEventSlim();
        bench.Answers["/mnt/nfs"] = () =>
        {
            asked.Release();
            server.Wait(TestContext.Current.CancellationToken);
            return Use;
        };

        bench.Tick();
        asked.Wait(TestContext.Current.CancellationToken);
        Assert.False(bench.Tick(advanceMs: 1000).ContainsKey(Remote));
        var hanging = bench.Tick(advanceMs: FileSystemCollector.StuckAfterMs);
        Assert.Equal(1, hanging[Remote]);
        Assert.Equal(400, hanging[Local]);
        Assert.Equal(1, bench.Metrics.Read().Single(m => m.Labels["collector"] == "filesystem").Value);

        server.Set();
        bench.JoinAll();
        bench.Tick(advanceMs: 1000);
        bench.JoinAll();
        Assert.Equal(0, bench.Tick(advanceMs: 1000)[Remote]);
        bench.JoinAll();
    }

    private sealed class Bench : IDisposable
    {
        private readonly MonitorFixture _fixture = new();
        private readonly CollectorEnvironment _environment;
        private readonly FileSystemCollector _collector;
        private readonly WriteBatch _batch = new();
        private readonly SampleSink _sink;
        private readonly List<Thread> _threads = [];
        private long _nowMs = 1_800_000_000_000;

        public Bench(string mountInfo, bool threads = false)
        {
            _fixture.Write("proc/1/mountinfo", mountInfo);
            _environment = new CollectorEnvironment(_fixture.Options, Metrics, new CollectorErrors(Metrics, NullLogger.Instance));
            _collector = new FileSystemCollector(_environment, Ask, action => Start(action, threads));
            _sink = new SampleSink(_batch);
        }

        public SelfMetrics Metrics { get; } = new();

        public Dictionary<string, Func<FileSystemUse>> Answers { get; } = [];

        public Dictionary<string, double> Tick(long advanceMs = 0)
        {
            _nowMs += advanceMs;
            var context = new CollectContext(_nowMs, 1, IsSlow: true);
            _sink.Begin(_nowMs);
            _collector.Prepare(context);
            _collector.Collect(context, _sink);
            _sink.End();
            var samples = new Dictionary<string, double>();
            foreach (var row in _batch.Rows)
            {
                var labels = Core.Labels.LabelSet.FromEncoded(_batch.LabelsOf(row)).ToBuilder();
                labels.Remove("job");
                labels.Remove("instance");
                if (!StaleMarker.Is(row.Value))
                {
                    samples.Add(labels.Build().ToString(), row.Value);
                }
            }

            return samples;
        }

        public void JoinAll()
        {
            foreach (var thread in _threads)
            {
                thread.Join();
            }
        }

        public void Dispose()
        {
            _batch.Dispose();
            _environment.Dispose();
            _fixture.Dispose();
        }

        private FileSystemUse Ask(string path)
        {
            var point = path == _fixture.Root ? "/" : path[_fixture.Root.Length..];
            return Answers.TryGetValue(point, out var answer) ? answer() : Use;
        }

        private void Start(Action action, bool threads)
        {
            if (!threads)
            {
                action();
                return;
            }

            var thread = new Thread(() => action()) { IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }
}
