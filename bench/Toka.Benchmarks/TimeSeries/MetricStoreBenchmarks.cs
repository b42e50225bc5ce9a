using BenchmarkDotNet.Attributes;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>Append with and without the log, select and read, replay: 10 000 series.</summary>
[MemoryDiagnoser]
public class MetricStoreBenchmarks : IDisposable
{
    private const int Series = 10_000;

    private static readonly SelectRequest s_one = new()
    {
        Matchers = [new LabelMatcher("__name__", MatchOperator.Equal, "node_metric_7_total")], FromMs = 0, ToMs = long.MaxValue,
    };

    private readonly WriteBatch _batch = new();
    private readonly HostData _data = new(Series);
    private readonly FloatColumn _column = new();
    private MetricStore _memory = null!;
    private MetricStore _disk = null!;
    private string _directory = "";
    private string _replayed = "";
    private long _time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_000;

    [GlobalSetup]
    public async Task SetUp()
    {
        _directory = Directory.CreateTempSubdirectory("toka-bench-").FullName;
        _replayed = Directory.CreateTempSubdirectory("toka-bench-").FullName;
        _memory = Open(null);
        _disk = Open(_directory);
        await using var replayed = Open(_replayed);
        for (var i = 0; i < 100; i++)
        {
            _data.Fill(_batch, ++_time);
            await _memory.WriteAsync(_batch, default);
            await _disk.WriteAsync(_batch, default);
            await replayed.WriteAsync(_batch, default);
        }
    }

    [Benchmark(OperationsPerInvoke = Series)]
    public void FillOnly() => _data.Fill(_batch, ++_time);

    [Benchmark(OperationsPerInvoke = Series)]
    public async ValueTask<int> AppendInMemory()
    {
        _data.Fill(_batch, ++_time);
        return (await _memory.WriteAsync(_batch, default)).Accepted;
    }

    [Benchmark(OperationsPerInvoke = Series)]
    public async ValueTask<int> AppendWithLog()
    {
        _data.Fill(_batch, ++_time);
        return (await _disk.WriteAsync(_batch, default)).Accepted;
    }

    [Benchmark]
    public async ValueTask<int> SelectFiftySeries()
    {
        using var set = await _memory.SelectAsync(s_one, default);
        for (var i = 0; i < set.Count; i++)
        {
            _column.Clear();
            set.ReadFloats(i, _column);
        }

        return set.Count;
    }

    [Benchmark]
    public async ValueTask<long> ReplayAMillion()
    {
        await using var store = Open(_replayed);
        return (await store.Recovered).Samples;
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _memory.DisposeAsync();
        await _disk.DisposeAsync();
        Directory.Delete(_directory, true);
        Directory.Delete(_replayed, true);
    }

    public void Dispose()
    {
        _column.Dispose();
        _batch.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static MetricStore Open(string? directory) =>
        MetricStore.Open(new MetricStoreOptions { Directory = directory, SealsAtStop = false }, TimeProvider.System, new SelfMetrics());
}
