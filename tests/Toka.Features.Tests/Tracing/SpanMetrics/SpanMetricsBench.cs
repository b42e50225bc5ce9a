using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Tracing.SpanMetrics;

namespace Toka.Features.Tests.Tracing.SpanMetrics;

/// <summary>A writer of span metrics on a clock that stands still, with a store of spans and one of series that only remember.</summary>
internal sealed class SpanMetricsBench : ISeriesWriter, ISpanWriter
{
    private readonly List<string> _lines = [];

    public SpanMetricsBench(SpanMetricsOptions? options = null) => Writer = new SpanMetricsWriter(
        this, this, options ?? new SpanMetricsOptions { Histograms = HistogramForms.Native }, Self, Time, NullLogger.Instance);

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(0));

    public SelfMetrics Self { get; } = new();

    public SpanMetricsWriter Writer { get; }

    public bool Fails { get; set; }

    public bool StoreFails { get; set; }

    public int Stored { get; private set; }

    public ValueTask<EventWriteResult> AddAsync(params SpanRecord[] spans) => Writer.WriteAsync(TestTrace.BatchOf(spans), CancellationToken.None);

    /// <summary>Lets an interval pass, and gives what was written at its end, sorted, without the zeros at the begin.</summary>
    public async Task<List<string>> IntervalAsync(string name = "", int seconds = 10)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        _lines.Clear();
        await Writer.FlushAsync(CancellationToken.None);
        return [.. _lines.Where(line => line.Contains(name, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public double Metric(string name, params (string Name, string Value)[] labels) => Self.Read()
        .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(m => m.Value);

    public ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        if (StoreFails)
        {
            throw new IOException("the disk is full");
        }

        Stored += batch.Count;
        return ValueTask.FromResult(new EventWriteResult(batch.Count));
    }

    public ValueTask<WriteResult> WriteAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        if (Fails)
        {
            throw new IOException("the disk is full");
        }

        foreach (ref readonly var row in batch.Rows)
        {
            _lines.Add($"{LabelSet.FromEncoded(batch.LabelsOf(row))} {Shown(row.Value)} @{Seconds(row.TimestampMs)}");
        }

        foreach (var row in batch.Histograms)
        {
            Assert.Equal(HistogramFault.None, HistogramRule.Check(row.Histogram.View));
            var what = row.Histogram.IsStale ? "stale" : $"count {Shown(row.Histogram.Count)} sum {Shown(row.Histogram.Sum)}";
            _lines.Add($"{LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {what} @{Seconds(row.TimestampMs)}");
        }

        foreach (var row in batch.Created)
        {
            _lines.Add($"created {LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {Seconds(row.CreatedMs)}");
        }

        foreach (var row in batch.Exemplars)
        {
            _lines.Add($"exemplar {LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {LabelSet.FromEncoded(batch.LabelsOf(row.Labels))["span_id"]} {Shown(row.Value)}");
        }

        return ValueTask.FromResult(new WriteResult(batch.Count + batch.Histograms.Count));
    }

    private static string Shown(double value) => StaleMarker.Is(value) ? "stale" : Math.Round(value, 9).ToString("R", CultureInfo.InvariantCulture);

    private static string Seconds(long ms) => (ms / 1000.0).ToString("R", CultureInfo.InvariantCulture);
}
