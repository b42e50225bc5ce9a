using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Monitoring.StatsD;

namespace Toka.Features.Tests.Monitoring.StatsD;

/// <summary>An aggregator on a clock that stands still, and what it writes.</summary>
internal sealed class StatsDBench : ISeriesWriter, IDisposable
{
    private readonly List<string> _lines = [];

    public StatsDBench(StatsDOptions? options = null) => Aggregator = new StatsDAggregator(options ?? new StatsDOptions(), this, Self, Time);

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(0));

    public SelfMetrics Self { get; } = new();

    public StatsDAggregator Aggregator { get; }

    public bool Fails { get; set; }

    /// <summary>What a failed write throws.</summary>
    public Exception Failure { get; set; } = new IOException("the disk is full");

    public List<NativeHistogram> Histograms { get; } = [];

    public void Add(string text) => Aggregator.Add(Encoding.UTF8.GetBytes(text));

    /// <summary>Lets an interval pass, and gives what was written at its end, sorted.</summary>
    public async Task<List<string>> IntervalAsync(int seconds = 10)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        _lines.Clear();
        await Aggregator.WriteAsync(CancellationToken.None);
        return [.. _lines.Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Aggregator.Dispose();

    public double Metric(string name, params (string Name, string Value)[] labels) => Self.Read()
        .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(m => m.Value);

    public double Refused(string reason) => Metric("toka_ingest_refused_total", ("protocol", "statsd"), ("reason", reason));

    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        if (Fails)
        {
            throw Failure;
        }

        foreach (ref readonly var row in batch.Rows)
        {
            _lines.Add($"{LabelSet.FromEncoded(batch.LabelsOf(row))} {Shown(row.Value)} @{Seconds(row.TimestampMs)}");
        }

        foreach (var row in batch.Histograms)
        {
            Histograms.Add(row.Histogram);
            var what = row.Histogram.IsStale ? "stale" : $"count {Shown(row.Histogram.Count)} sum {Shown(row.Histogram.Sum)}";
            _lines.Add($"{LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {what} @{Seconds(row.TimestampMs)}");
        }

        foreach (var row in batch.Created)
        {
            _lines.Add($"created {LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {Seconds(row.CreatedMs)}");
        }

        return ValueTask.FromResult(new WriteResult(batch.Count + batch.Histograms.Count));
    }

    private static string Shown(double value) => StaleMarker.Is(value) ? "stale" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Seconds(long ms) => (ms / 1000.0).ToString("R", CultureInfo.InvariantCulture);
}
