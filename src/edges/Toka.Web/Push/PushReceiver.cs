using System.Collections.Concurrent;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Exposition;
using Toka.Protocols.TextPush;
using Toka.Web.Ingest;

namespace Toka.Web.Push;

/// <summary>Takes pushed expositions and writes them into a store. One instance a process; thread-safe.</summary>
public sealed class PushReceiver : IDisposable
{
    private const string PushTime = "push_time_seconds";
    private const string FailureTime = "push_failure_time_seconds";

    private readonly PushGroups _groups;
    private readonly ConcurrentBag<Work> _idle = [];

    /// <summary>Makes a receiver.</summary>
    /// <param name="host">What all protocols share.</param>
    /// <param name="limits">The limits; the defaults where it is null.</param>
    public PushReceiver(IngestHost host, PushLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        Limits = limits ?? PushLimits.Default;
        Tally = new IngestTally(host.Metrics, "text_push");
        _groups = new PushGroups(Limits, host.Time);
        host.Metrics.Gauge("toka_push_groups", "Groups of pushed metrics whose series are remembered.", () => _groups.Count);
        host.Metrics.Gauge("toka_push_group_series", "Series of groups of pushed metrics that are remembered.", () => _groups.SeriesCount);
    }

    /// <summary>The limits.</summary>
    public PushLimits Limits { get; }

    internal IngestHost Host { get; }

    internal IngestTally Tally { get; }

    /// <summary>Stores a body.</summary>
    /// <param name="body">The exposition.</param>
    /// <param name="format">Its format.</param>
    /// <param name="extra">Labels that every series gets.</param>
    /// <param name="timestampMs">The time of samples that have none; null for now.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    internal async ValueTask<PushResult> ImportAsync(
        ReadOnlyMemory<byte> body, ExpositionFormat format, LabelSet extra, long? timestampMs, CancellationToken cancellationToken)
    {
        var work = Take();
        try
        {
            var decoded = work.Decoder.Decode(body.Span, format, extra, timestampMs ?? NowMs(), work.Batch);
            return await WriteAsync(work.Batch, decoded, cancellationToken);
        }
        finally
        {
            Give(work);
        }
    }

    /// <summary>
    /// Stores a body as the metrics of a group, at the time of the push. Series that the push takes out of the group get a stale
    /// marker: of a replacement all that are not in the body, of an addition those of the same names, of a deletion all. A body
    /// with faults takes out nothing, since nobody knows which series they were.
    /// </summary>
    internal async ValueTask<PushResult> PushAsync(
        ReadOnlyMemory<byte> body, ExpositionFormat format, LabelSet key, PushKind kind, CancellationToken cancellationToken)
    {
        var entrance = await _groups.EnterAsync(key, cancellationToken);
        var work = Take();
        try
        {
            var known = _groups.Find(key);
            var atMs = Math.Max(NowMs(), (known?.LastMs ?? 0) + 1); // Of one series only one sample of a time is kept.
            var decoded = work.Decoder.Decode(body.Span, format, key, atMs, work.Batch);
            var pushed = SeriesOf(work.Batch);
            var isWhole = decoded.Malformed == 0;
            var gone = isWhole && known is not null ? Gone(known.Series, pushed, kind) : [];
            foreach (var (series, isHistogram) in gone)
            {
                Mark(work.Batch, series, isHistogram, atMs);
            }

            AddTimes(work.Batch, key, kind, isWhole, known is not null, atMs);
            var result = await WriteAsync(work.Batch, decoded, cancellationToken);
            Remember(key, kind, known, pushed, gone, atMs);
            return result with { Written = Math.Max(0, result.Written - gone.Count - 1) };
        }
        finally
        {
            Give(work);
            entrance.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _groups.Dispose();

    private static Dictionary<LabelSet, bool> SeriesOf(WriteBatch batch)
    {
        var series = new Dictionary<LabelSet, bool>(batch.Count);
        foreach (ref readonly var row in batch.Rows)
        {
            series[LabelSet.FromEncoded(batch.LabelsOf(row))] = false;
        }

        foreach (var row in batch.Histograms)
        {
            series[LabelSet.FromEncoded(batch.LabelsOf(row.Series))] = true;
        }

        return series;
    }

    private static Dictionary<LabelSet, bool> Gone(Dictionary<LabelSet, bool> known, Dictionary<LabelSet, bool> pushed, PushKind kind)
    {
        var names = kind == PushKind.Add ? pushed.Keys.Select(static series => series[LabelSet.MetricName]).ToHashSet(StringComparer.Ordinal) : null;
        return known.Where(pair => !pushed.ContainsKey(pair.Key) && (names is null || names.Contains(pair.Key[LabelSet.MetricName]))).ToDictionary();
    }

    private static void Mark(WriteBatch batch, LabelSet series, bool isHistogram, long atMs)
    {
        if (isHistogram)
        {
            batch.AddHistogram(series, atMs, NativeHistogram.Stale);
        }
        else
        {
            batch.Add(series, atMs, StaleMarker.Value);
        }
    }

    /// <summary>Pushgateway's own metrics of a group: when it was pushed to last, and when a push last had faults.</summary>
    private static void AddTimes(WriteBatch batch, LabelSet key, PushKind kind, bool isWhole, bool isKnown, long atMs)
    {
        if (kind != PushKind.Delete)
        {
            batch.Add(Named(key, isWhole ? PushTime : FailureTime), atMs, atMs / 1000.0);
        }
        else if (isKnown)
        {
            batch.Add(Named(key, PushTime), atMs, StaleMarker.Value);
        }
    }

    private static LabelSet Named(LabelSet key, string name)
    {
        var labels = new LabelSetBuilder(key);
        labels.Set(LabelSet.MetricName, name);
        return labels.Build();
    }

    private void Remember(
        LabelSet key, PushKind kind, PushGroups.Group? known, Dictionary<LabelSet, bool> pushed, Dictionary<LabelSet, bool> gone, long atMs)
    {
        if (kind == PushKind.Delete)
        {
            _groups.Remove(key);
            return;
        }

        foreach (var (series, isHistogram) in known?.Series ?? [])
        {
            if (!gone.ContainsKey(series))
            {
                pushed.TryAdd(series, isHistogram);
            }
        }

        if (!_groups.Set(key, new PushGroups.Group(atMs, pushed)))
        {
            Host.Metrics.Counter("toka_push_groups_forgotten_total", "Pushes to groups whose series could not be remembered, as there are too many.").Add();
        }
    }

    private async ValueTask<PushResult> WriteAsync(WriteBatch batch, PushDecodeResult decoded, CancellationToken cancellationToken)
    {
        var written = batch.IsEmpty ? default : await Host.Writer.WriteAsync(batch, cancellationToken);
        Tally.Written(written);
        Tally.Drop("malformed", decoded.Malformed);
        Tally.Drop("malformed", decoded.ExemplarsRefused, "exemplars");
        Tally.Drop("malformed", decoded.CreatedRefused, "created");
        return new PushResult(decoded, written.Accepted + written.Duplicates, written.Refused, written.FirstReason);
    }

    private long NowMs() => Host.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private Work Take() => _idle.TryTake(out var work) ? work : new Work(new PushDecoder(Limits.Exposition), new WriteBatch());

    private void Give(Work work)
    {
        work.Batch.Clear();
        _idle.Add(work); // No more than there are places for requests are ever made.
    }

    private sealed record Work(PushDecoder Decoder, WriteBatch Batch);
}

/// <summary>What a push does to its group.</summary>
internal enum PushKind
{
    /// <summary>Takes the place of the metrics of the same names.</summary>
    Add,

    /// <summary>Takes the place of all metrics.</summary>
    Replace,

    /// <summary>Takes all metrics out.</summary>
    Delete,
}

/// <summary>What became of a push.</summary>
/// <param name="Decoded">What its body gave.</param>
/// <param name="Written">Samples that are stored now.</param>
/// <param name="Refused">Samples that the store refused.</param>
/// <param name="FirstReason">Why it refused the first; null where it refused none.</param>
internal readonly record struct PushResult(PushDecodeResult Decoded, int Written, int Refused, string? FirstReason);
