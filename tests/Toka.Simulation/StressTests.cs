using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Simulation.Disk;
using Toka.Simulation.Worlds;
using Toka.TimeSeries;

namespace Toka.Simulation;

/// <summary>
/// The contracts of threading: writers, readers, syncs and maintenance beside each other on a disk that fails now and then,
/// and a power cut at a random moment. Not told by a seed, so only invariants are checked.
/// </summary>
public sealed class StressTests
{
    private const int Writers = 4;
    private const int SeriesOfWriter = 5;
    private static readonly int s_rounds = Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1" ? 300 : 30;

    [Fact]
    public async Task Threads_beside_each_other_see_every_acknowledged_sample_and_no_other_until_the_power_goes_off()
    {
        using var directories = new StoreDirectories();
        var disk = new SimulatedDisk();
        disk.Dice.Reset((ulong)Environment.TickCount64, 0, 0);
        var clock = new SimulatedClock(Settings.StartMs);
        var lanes = Enumerable.Range(0, Writers).Select(static number => new Lane(number)).ToArray();
        long reads = 0, failures = 0;
        for (var round = 0; round < s_rounds; round++)
        {
            disk.Rates = round % 2 == 0 ? default : new FaultRates(Errors: 50, ShortReads: 10, ReadErrors: 0);
            var session = new DiskSession(disk, directories.Current);
            var store = await OpenAsync(session, directories, clock, disk);
            using var stop = new CancellationTokenSource();
            var batches = 20 + disk.Dice.Below(60);
            var writers = lanes.Select(lane => Task.Run(() => lane.WriteAsync(store, clock, batches))).ToArray();
            var maintenance = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    clock.Pass(10);
                    store.Sync();
                    store.Maintain();
                    await Task.Yield();
                }
            });
            var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                for (; !stop.IsCancellationRequested; Interlocked.Increment(ref reads))
                {
                    await Lane.VerifyAsync(store, lanes, isComplete: false);
                    await Task.Yield();
                }
            })).ToArray();
            await Task.WhenAll(writers);
            await stop.CancelAsync();
            await Task.WhenAll([maintenance, .. readers]);
            failures += lanes.Sum(static lane => lane.TakeFailures());

            // The disk works again: one sync, and what was written is safe unless an earlier sync of it failed.
            await Lane.VerifyAsync(store, lanes, isComplete: true);
            disk.Rates = default;
            session.Bury();
            await store.DisposeAsync();
            if (round % 3 == 2)
            {
                disk.CutPower();
                await using var after = await OpenAsync(new DiskSession(disk, directories.Current), directories, clock, disk);
                foreach (var lane in lanes)
                {
                    await lane.AdoptAsync(after);
                }
            }
            else
            {
                disk.KillProcess();
            }
        }

        Assert.True(reads > 0 && failures > 0, string.Create(CultureInfo.InvariantCulture, $"{reads} reads, {failures} failed writes"));
    }

    private static async Task<MetricStore> OpenAsync(DiskSession session, StoreDirectories directories, SimulatedClock clock, SimulatedDisk disk)
    {
        var rates = disk.Rates;
        disk.Rates = rates with { Errors = 0 };
        var store = MetricStore.Open(
            new MetricStoreOptions { Directory = directories.Current, Disk = session, Retention = TimeSpan.MaxValue, FutureTolerance = TimeSpan.MaxValue, SegmentBytes = 64 * 1024 },
            clock,
            new SelfMetrics());
        await store.Recovered;
        disk.Rates = rates;
        return store;
    }

    /// <summary>One writer's series. A value tells its series and time, so an answer proves itself.</summary>
    private sealed class Lane(int number)
    {
        private readonly LabelSet[] _labels = [.. Enumerable.Range(0, SeriesOfWriter).Select(i => LabelSet.Of((LabelSet.MetricName, "lane"), ("lane", $"{number}"), ("series", $"{i}")))];
        private readonly SortedSet<long> _missing = [];
        private long _begun;
        private long _acknowledged;
        private int _failures;

        public static double ValueOf(LabelSet labels, long time) => (double)(labels.Hash % 1_000_003) + ((time - Settings.StartMs) * 1_000_003.0);

        public int TakeFailures() => Interlocked.Exchange(ref _failures, 0);

        public async Task WriteAsync(MetricStore store, SimulatedClock clock, int batches)
        {
            using var batch = new WriteBatch();
            for (; batches > 0; batches--)
            {
                batch.Clear();
                var time = Settings.StartMs + _begun + 1;
                foreach (var labels in _labels)
                {
                    batch.Add(labels, time, ValueOf(labels, time));
                }

                Interlocked.Increment(ref _begun);
                try
                {
                    var result = await store.WriteAsync(batch, CancellationToken.None);
                    Assert.Equal(SeriesOfWriter, result.Accepted + result.Duplicates);
                }
                catch (IOException)
                {
                    lock (_missing)
                    {
                        _missing.Add(time);
                    }

                    Interlocked.Increment(ref _failures);
                }

                Interlocked.Increment(ref _acknowledged);
            }
        }

        /// <summary>Everything answered proves itself; everything acknowledged before the question is answered.</summary>
        public static async Task VerifyAsync(MetricStore store, Lane[] lanes, bool isComplete)
        {
            var acknowledged = lanes.Select(static lane => Interlocked.Read(ref lane._acknowledged)).ToArray();
            using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue }, CancellationToken.None);
            using var column = new FloatColumn();
            var seen = new int[lanes.Length];
            for (var i = 0; i < set.Count; i++)
            {
                var labels = set.LabelsOf(i);
                var lane = int.Parse(labels["lane"], CultureInfo.InvariantCulture);
                column.Clear();
                set.ReadFloats(i, column);
                seen[lane]++;
                lanes[lane].Verify(labels, column, acknowledged[lane]);
            }

            if (isComplete)
            {
                Assert.All(lanes, lane => Assert.Equal(lane._begun, lane._acknowledged));
            }
        }

        /// <summary>After a power cut: what is missing at the end of a series, or was never acknowledged, is no longer asked for.</summary>
        public async Task AdoptAsync(MetricStore store)
        {
            using var set = await store.SelectAsync(new SelectRequest { FromMs = 0, ToMs = long.MaxValue, Matchers = [new("lane", MatchOperator.Equal, $"{number}")] }, CancellationToken.None);
            using var column = new FloatColumn();
            var present = new Dictionary<long, int>();
            for (var i = 0; i < set.Count; i++)
            {
                column.Clear();
                set.ReadFloats(i, column);
                foreach (var time in column.Timestamps)
                {
                    present[time] = present.GetValueOrDefault(time) + 1;
                }
            }

            for (var time = Settings.StartMs + 1; time <= Settings.StartMs + _begun; time++)
            {
                if (present.GetValueOrDefault(time) < SeriesOfWriter)
                {
                    _missing.Add(time);
                }
            }
        }

        private void Verify(LabelSet labels, FloatColumn column, long acknowledged)
        {
            var next = Settings.StartMs + 1;
            lock (_missing)
            {
                for (var i = 0; i < column.Count; i++)
                {
                    var time = column.Timestamps[i];
                    Assert.True(BitConverter.DoubleToUInt64Bits(ValueOf(labels, time)) == BitConverter.DoubleToUInt64Bits(column.Values[i]), $"{labels} at {time} is {column.Values[i]}");
                    for (; next < time; next++)
                    {
                        Assert.True(_missing.Contains(next) || next - Settings.StartMs > acknowledged, $"{labels} at {next} was acknowledged and is not answered");
                    }

                    Assert.True(time == next, $"{labels} at {time} is answered twice or out of order");
                    next++;
                }
            }

            Assert.True(next - Settings.StartMs > acknowledged || Enumerable.Range(0, (int)(acknowledged - (next - Settings.StartMs) + 1)).All(i => _missing.Contains(next + i)),
                $"{labels}: {next - 1 - Settings.StartMs} of {acknowledged} acknowledged samples are answered");
        }
    }
}
