using Microsoft.Extensions.Logging;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;

namespace Toka.Monitoring.Cardinality;

/// <summary>
/// Keeps what series come from as series themselves, so that growth can be seen later: <c>toka_cardinality_series{by,name}</c>
/// by metric, job and label pair, and <c>toka_cardinality_values{name}</c> by label. Thread-safe, except that one at a time
/// records.
/// </summary>
/// <remarks>A record that cannot be written is counted in <c>toka_dropped_total</c>; what the store refuses, the store counts there.</remarks>
/// <param name="source">Counts the series.</param>
/// <param name="reader">Reads what was recorded.</param>
/// <param name="writer">Takes what is recorded.</param>
/// <param name="metrics">Where is counted what could not be written.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told, once each time that it begins, that records are refused or fail.</param>
public sealed partial class CardinalityHistory(
    ICardinalitySource source, ISeriesReader reader, ISeriesWriter writer, SelfMetrics metrics, TimeProvider time, ILogger logger) : ICardinalityFeed
{
    /// <summary>How often counts are recorded: a look back finds a record at most this much away.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>Entries recorded of each list: what grows enough to hurt is among the largest.</summary>
    private const int RecordedMax = 50;

    private const string SeriesMetric = "toka_cardinality_series";
    private const string ValuesMetric = "toka_cardinality_values";
    private const string ByLabel = "label";

    private readonly SelfCounter _notWritten = metrics.Dropped("metrics", "write_failed");
    private bool _refuses;

    /// <summary>Records at every whole multiple of the interval until cancelled. A record that fails is logged, and the next one tried.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await RecordAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (IOException e)
                {
                    LogNotWritten(e.Message.TrimEnd('.'));
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    // A fault of ours; the next record may do without it, and growth is still to be seen then.
                    LogFailed(e);
                }

                var intervalMs = (long)Interval.TotalMilliseconds;
                await Task.Delay(TimeSpan.FromMilliseconds(intervalMs - (NowMs() % intervalMs)), time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <summary>Records the counts of this moment. What the store refuses of them is logged.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">They could not be written.</exception>
    public async Task RecordAsync(CancellationToken cancellationToken)
    {
        var report = source.Cardinality(RecordedMax);
        var now = NowMs();
        using var batch = new WriteBatch { IsOwn = true };
        batch.AddMetadata(new MetricMetadata(SeriesMetric, MetricType.Gauge, "Series that have this metric name, job or label pair, the largest of each kind.", ""));
        batch.AddMetadata(new MetricMetadata(ValuesMetric, MetricType.Gauge, "Different values of this label, the largest labels.", ""));
        foreach (var list in Lists(report))
        {
            foreach (var (name, count) in list.Counts)
            {
                batch.Add(LabelsOf(list.By, name), now, count);
            }
        }

        try
        {
            var result = await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            if (result.Refused > 0 && !_refuses)
            {
                LogRefused(result.Refused, result.FirstReason ?? "no reason given");
            }

            _refuses = result.Refused > 0;
        }
        catch (IOException)
        {
            _notWritten.Add(batch.Count);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CardinalityGrowth> CompareAsync(int limit, long sinceMs, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var before = new Dictionary<LabelSet, double>();
        var recordedAt = await ReadAsync(SeriesMetric, sinceMs, before, cancellationToken).ConfigureAwait(false);
        _ = await ReadAsync(ValuesMetric, sinceMs, before, cancellationToken).ConfigureAwait(false);
        var report = source.Cardinality(limit);
        var entries = new List<CardinalityEntry>();
        foreach (var list in Lists(report))
        {
            foreach (var (name, count) in list.Counts)
            {
                long? was = before.TryGetValue(LabelsOf(list.By, name), out var value) ? (long)value : null;
                entries.Add(new CardinalityEntry(list.By, name, count, was));
            }
        }

        return new CardinalityGrowth(report.Series, report.LabelPairs, recordedAt, entries) { Churn = report.Churn };
    }

    private static IEnumerable<(string By, IReadOnlyList<CardinalityCount> Counts)> Lists(CardinalityReport report) =>
        [("metric", report.Metrics), ("job", report.Jobs), ("pair", report.Pairs), (ByLabel, report.Labels)];

    private static LabelSet LabelsOf(string by, string name) => by == ByLabel
        ? LabelSet.Of((LabelSet.MetricName, ValuesMetric), ("job", "toka"), ("name", name))
        : LabelSet.Of((LabelSet.MetricName, SeriesMetric), ("by", by), ("job", "toka"), ("name", name));

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Reads the last record not after a moment.</summary>
    /// <returns>When it was recorded; null where there is none.</returns>
    private async ValueTask<long?> ReadAsync(string metric, long atMs, Dictionary<LabelSet, double> into, CancellationToken cancellationToken)
    {
        var request = new SelectRequest
        {
            Matchers = [new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, metric)],
            FromMs = atMs - (2 * (long)Interval.TotalMilliseconds),
            ToMs = atMs,
        };
        using var set = await reader.SelectAsync(request, cancellationToken).ConfigureAwait(false);
        using var column = new FloatColumn();
        long? newest = null;
        for (var i = 0; i < set.Count; i++)
        {
            column.Clear();
            set.ReadFloats(i, column);
            if (column.Count > 0)
            {
                into[set.LabelsOf(i)] = column.Values[^1];
                newest = Math.Max(newest ?? long.MinValue, column.Timestamps[^1]);
            }
        }

        return newest;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "where series come from was not recorded: {Reason}; it is tried again in ten minutes")]
    private partial void LogNotWritten(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "where series come from was not recorded; it is tried again in ten minutes")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the store refused {Count} of the samples that record where series come from: {Reason}")]
    private partial void LogRefused(int count, string reason);
}
