using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.TimeSeries;

/// <summary>A store with a clock that stands still, in a directory of its own where it needs one.</summary>
internal sealed class Fixture : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("toka-timeseries-");

    public FakeTimeProvider Time { get; } = new(Start);

    public SelfMetrics Metrics { get; private set; } = new();

    public string Path => _directory.FullName;

    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public MetricStore InMemory(Func<MetricStoreOptions, MetricStoreOptions>? change = null) => Open(new MetricStoreOptions(), change);

    /// <summary>A store in the directory that does nothing by itself: recovered when it is open, maintained by hand.</summary>
    public MetricStore OnDisk(Func<MetricStoreOptions, MetricStoreOptions>? change = null) => Open(new MetricStoreOptions { Directory = Path, IsManual = true }, change);

    /// <summary>The same, but its disposal is a kill: the log stays as it is.</summary>
    public MetricStore ToBeKilled(Func<MetricStoreOptions, MetricStoreOptions>? change = null) =>
        Open(new MetricStoreOptions { Directory = Path, IsManual = true, SealsAtStop = false }, change);

    public long Counter(string name, params ReadOnlySpan<(string, string)> labels) => Metrics.Counter(name, "", labels).Value;

    public static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    public static LabelSet Labels(string name, string label = "", string value = "") => LabelSet.Of((LabelSet.MetricName, name), (label.Length > 0 ? label : "none", value));

    public static async Task<WriteResult> Write(MetricStore store, params (LabelSet Labels, long Time, double Value)[] samples)
    {
        using var batch = new WriteBatch();
        foreach (var (labels, time, value) in samples)
        {
            batch.Add(labels, time, value);
        }

        return await store.WriteAsync(batch, CancellationToken.None);
    }

    /// <summary>Everything in a store: labels as text, time, bits; in order.</summary>
    public static async Task<List<(string Labels, long Time, ulong Bits)>> ReadAll(MetricStore store, long from = 0, long to = long.MaxValue, params LabelMatcher[] matchers)
    {
        var found = new List<(string, long, ulong)>();
        using var set = await store.SelectAsync(new SelectRequest { Matchers = matchers, FromMs = from, ToMs = to }, CancellationToken.None);
        using var column = new FloatColumn();
        for (var i = 0; i < set.Count; i++)
        {
            column.Clear();
            set.ReadFloats(i, column);
            for (var j = 0; j < column.Count; j++)
            {
                found.Add((set.LabelsOf(i).ToString(), column.Timestamps[j], BitConverter.DoubleToUInt64Bits(column.Values[j])));
            }
        }

        return found;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private MetricStore Open(MetricStoreOptions options, Func<MetricStoreOptions, MetricStoreOptions>? change)
    {
        Metrics = new SelfMetrics();
        return MetricStore.Open(change is null ? options : change(options), Time, Metrics);
    }
}
