using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query;
using Toka.Query.Results;
using Toka.TimeSeries;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Compaction;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

/// <summary>A store on the disk after weeks of samples, one each 30 s, maintained each hour; and what was written to it.</summary>
internal sealed class TieredStore : IAsyncDisposable
{
    public const long Second = 1000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;
    public const long Interval = 30 * Second;

    /// <summary>A counter of whole numbers with resets, often several an hour.</summary>
    public const string Counter = "counter";

    /// <summary>Whole numbers up and down.</summary>
    public const string Gauge = "gauge";

    /// <summary>A counter that is there for the third and the fourth day alone, and ends with a stale marker.</summary>
    public const string Short = "short";

    private readonly Fixture _fixture = new();
    private readonly RetentionOptions _kept;
    private readonly Random _random = new(20260101);
    private double _counter;

    public TieredStore(RetentionOptions kept)
    {
        _kept = kept;
        StartMs = _fixture.NowMs;
        Store = Open(kept);
    }

    public MetricStore Store { get; private set; }

    public long StartMs { get; }

    public long NowMs => _fixture.NowMs;

    /// <summary>What was written, by series.</summary>
    public Dictionary<string, (List<long> Times, List<double> Values)> Written { get; } = new() { [Counter] = ([], []), [Gauge] = ([], []), [Short] = ([], []) };

    public static LabelSet LabelsOf(string series) => series == Short
        ? LabelSet.Of((LabelSet.MetricName, "x_total"), ("s", series), ("gone", "long ago"))
        : LabelSet.Of((LabelSet.MetricName, "x_total"), ("s", series));

    public long CountOf(string counter) => _fixture.Counter(counter);

    public IReadOnlyList<BlockInfo> Blocks
    {
        get
        {
            IReadOnlyList<BlockInfo> infos = [];
            Store.ChangeBlocks(catalog => infos = catalog.Infos);
            return infos;
        }
    }

    /// <summary>Time passes, samples are written, and the store is maintained.</summary>
    public async Task RunAsync(int hours)
    {
        for (var hour = 0; hour < hours; hour++)
        {
            var from = NowMs;
            _fixture.Time.Advance(TimeSpan.FromHours(1));
            using var batch = new WriteBatch();
            for (var time = from + Interval; time <= NowMs; time += Interval)
            {
                _counter = _random.Next(60) == 0 ? _random.Next(5) : _counter + _random.Next(10);
                Add(batch, Counter, time, _counter);
                Add(batch, Gauge, time, _random.Next(-1000, 1000));
                if (time - StartMs is > 2 * Day and <= 4 * Day)
                {
                    Add(batch, Short, time, time == StartMs + (4 * Day) ? StaleMarker.Value : (time - StartMs) / Interval);
                }
            }

            var result = await Store.WriteAsync(batch, CancellationToken.None);
            Assert.Equal(0, result.Refused);
            Store.Maintain();
        }
    }

    /// <summary>Writes one sample; the model does not learn of it.</summary>
    public Task<WriteResult> WriteAsync(string series, long time, double value) => Fixture.Write(Store, (LabelsOf(series), time, value));

    public async Task ReopenAsync(RetentionOptions? kept = null)
    {
        await Store.DisposeAsync();
        Store = Open(kept ?? _kept);
    }

    public void Advance(TimeSpan time)
    {
        _fixture.Time.Advance(time);
        Store.Maintain();
    }

    public ValueTask<QueryResult> AskAsync(string expression, long start, long end, long step, bool raw = false)
    {
        var engine = new QueryEngine(Store, QueryOptions.Default, _fixture.Time);
        return engine.RunAsync(QueryRequest.Range(expression, start, end, step) with { PrefersRaw = raw }, CancellationToken.None);
    }

    public ValueTask<QueryResult> AskAtAsync(string expression, long time) =>
        new QueryEngine(Store, QueryOptions.Default, _fixture.Time).InstantAsync(expression, time, CancellationToken.None);

    /// <summary>Asks the samples that were written, all of them.</summary>
    public async Task<QueryResult> AskModelAsync(string series, string expression, long start, long end, long step)
    {
        var (times, values) = Written[series];
        return await new QueryEngine(new TierReader(0, [.. times], [.. values]), QueryOptions.Default, _fixture.Time).RangeAsync(expression, start, end, step, CancellationToken.None);
    }

    /// <summary>What is read of a series with the hints of a query.</summary>
    public async Task<(List<(long Time, double Value)> Samples, long ResolutionMs)> ReadAsync(string series, SelectRequest request)
    {
        using var set = await Store.SelectAsync(request with { Matchers = [new LabelMatcher("s", MatchOperator.Equal, series)] }, CancellationToken.None);
        Assert.Equal(1, set.Count);
        using var column = new FloatColumn();
        set.ReadFloats(0, column);
        return ([.. column.Timestamps.ToArray().Zip(column.Values.ToArray())], set.ResolutionMs);
    }

    public static List<(long Time, double Value)> PointsOf(QueryResult result) => [.. ((MatrixValue)result.Value).Series.SelectMany(static s => s.Timestamps.ToArray().Zip(s.Values.ToArray()))];

    /// <summary>The newest value of a series that was written at or before a time.</summary>
    public double ValueAt(string series, long time)
    {
        var (times, values) = Written[series];
        var at = times.BinarySearch(time);
        return values[at >= 0 ? at : ~at - 1];
    }

    /// <summary>What a counter rose by after a time until another, both of them times of samples.</summary>
    public double IncreaseOf(string series, long from, long to)
    {
        var (times, values) = Written[series];
        return TierGen.Change(values.GetRange(times.BinarySearch(from), (int)((to - from) / Interval) + 1).ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _fixture.Dispose();
    }

    private MetricStore Open(RetentionOptions kept) => _fixture.OnDisk(options => options with { Kept = kept });

    private void Add(WriteBatch batch, string series, long time, double value)
    {
        var (times, values) = Written[series];
        times.Add(time);
        values.Add(value);
        batch.Add(LabelsOf(series), time, value);
    }
}
