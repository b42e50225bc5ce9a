using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.StatsD;

namespace Toka.Monitoring.StatsD;

/// <summary>
/// Adds up what comes by StatsD, and writes it at an interval: counters as sums that only grow, gauges as their last value,
/// timers and histograms as native histograms, sets as the number of different members of the interval. A series that gets no
/// value for a while ends with a stale marker. Thread-safe.
/// </summary>
/// <remarks>
/// Nothing of StatsD is acknowledged: its datagrams have no answer. So what a kill costs is what came since the last write.
/// What could not be written stays added up, but for the members of sets, and goes with the next write; a marker that could not
/// be written too, with its own time, so that it is right even where the series has begun anew meanwhile.
/// </remarks>
public sealed class StatsDAggregator : IDisposable
{
    /// <summary>Series that are read under one lock while they are written.</summary>
    private const int SeriesPerBatch = 5000;

    private readonly StatsDOptions _options;
    private readonly ISeriesWriter _writer;
    private readonly IngestTally _tally;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, StatsDSeries> _series = [];
    private readonly List<StatsDSeries> _ended = [];
    private readonly LabelSetBuilder _labels = new();
    private readonly WriteBatch _batch = new();
    private readonly ExponentialHistogram _scratch = new();
    private readonly Dictionary<string, long> _dropped = new(StringComparer.Ordinal);
    private byte[] _key = new byte[1024];
    private int _count;
    private int _members;
    private long _writtenMs;

    /// <summary>An aggregator without series.</summary>
    /// <param name="options">Its limits.</param>
    /// <param name="writer">Where samples go.</param>
    /// <param name="metrics">Toka's own metrics.</param>
    /// <param name="time">The clock.</param>
    public StatsDAggregator(StatsDOptions options, ISeriesWriter writer, SelfMetrics metrics, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        (_options, _writer, _time) = (options, writer, time);
        _tally = new IngestTally(metrics, "statsd");
        _writtenMs = NowMs();
        metrics.Gauge("toka_statsd_series", "StatsD series that are held.", () => Count);
    }

    /// <summary>Series that are held, those too whose end is not written yet.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The counts of the protocol.</summary>
    internal IngestTally Tally => _tally;

    /// <summary>Adds the metrics of a datagram, or of lines of a stream.</summary>
    /// <param name="text">Whole lines.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        var refused = false;
        lock (_lock)
        {
            var nowMs = NowMs();
            var reader = new StatsDReader(text, _options.Limits);
            while (reader.Next())
            {
                refused |= reader.Entry == StatsDEntry.Fault ? !Drop(StatsDFaults.Reason(reader.Fault)) : !TryAdd(ref reader, nowMs);
            }
        }

        _tally.Request(refused ? "partial" : "ok");
    }

    /// <summary>Counts what was refused before it got here.</summary>
    /// <param name="reason">Why.</param>
    public void Refuse(string reason)
    {
        lock (_lock)
        {
            Drop(reason);
        }
    }

    /// <summary>Writes all series at the current time. One call at a time.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>What kept something from being written; null where all was.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task<Exception?> WriteAsync(CancellationToken cancellationToken)
    {
        Exception? failure = null;
        StatsDSeries[] all;
        long atMs;
        lock (_lock)
        {
            atMs = Math.Max(NowMs(), _writtenMs + 1); // Of one series only one sample of a time is kept.
            _writtenMs = atMs;
            all = [.. _ended, .. All()];
        }

        foreach (var part in all.Chunk(SeriesPerBatch))
        {
#pragma warning disable CA1031 // Whatever it is: receiving and writing go on, and the fault is counted and handed on.
            try
            {
                lock (_lock)
                {
                    Read(part, atMs);
                }

                _tally.Written(await _writer.WriteAsync(_batch, cancellationToken));
                Keep(part, atMs);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                failure = e;
                _tally.Drop("write_failed", _batch.Count + _batch.Histograms.Count);
            }
            finally
            {
                _batch.Clear();
            }
#pragma warning restore CA1031
        }

        CountDropped();
        return failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    private bool TryAdd(ref StatsDReader reader, long nowMs)
    {
        _labels.Clear();
        if (!reader.TryReadLabels(_labels))
        {
            return Drop("tags");
        }

        var kind = reader.Kind == StatsDKind.Timer ? StatsDKind.Histogram : reader.Kind;
        if (Find(kind) is not { } series)
        {
            return Drop("series_limit");
        }

        if (series.Kind != kind)
        {
            return Drop("type_conflict");
        }

        series.SeenMs = nowMs;
        var isGood = true;
        if (kind == StatsDKind.Set)
        {
            while (reader.NextText(out var member))
            {
                isGood &= TryAddMember(series, member);
            }

            return isGood;
        }

        while (reader.NextValue(out var value, out var isSigned))
        {
            isGood &= TryAdd(series, ref reader, value, isSigned);
        }

        return isGood;
    }

    private bool TryAdd(StatsDSeries series, ref StatsDReader reader, double value, bool isSigned)
    {
        if (double.IsNaN(value))
        {
            return Drop("malformed");
        }

        switch (series.Kind)
        {
            case StatsDKind.Counter when value < 0:
                return Drop("negative_counter");
            case StatsDKind.Counter:
                series.Value += value / reader.Rate;
                return true;
            case StatsDKind.Gauge:
                series.Value = isSigned ? series.Value + value : value;
                return true;
            default:
                series.Histogram!.Add(reader.Kind == StatsDKind.Timer ? value / 1000 : value, 1 / reader.Rate);
                return true;
        }
    }

    private bool TryAddMember(StatsDSeries series, ReadOnlySpan<byte> member)
    {
        var hash = LabelSet.HashOf(member);
        if (series.Members!.Contains(hash))
        {
            return true;
        }

        if (series.Members.Count >= _options.SetMembersMax || _members >= _options.AllMembersMax)
        {
            return Drop("set_members");
        }

        series.Members.Add(hash);
        _members++;
        return true;
    }

    /// <summary>The series of the labels at hand, made where there is none; null where there are too many.</summary>
    private StatsDSeries? Find(StatsDKind kind)
    {
        var length = _labels.EncodedLength;
        if (_key.Length < length)
        {
            _key = new byte[length];
        }

        _labels.WriteTo(_key);
        var key = _key.AsSpan(0, length);
        var hash = LabelSet.HashOf(key);
        var first = _series.GetValueOrDefault(hash);
        for (var series = first; series is not null; series = series.Next)
        {
            if (series.Labels.Encoded.SequenceEqual(key))
            {
                return series;
            }
        }

        if (_count >= _options.SeriesMax)
        {
            return null;
        }

        var made = new StatsDSeries(LabelSet.FromEncoded(key), kind, _writtenMs + 1) { Next = first };
        _series[hash] = made;
        _count++;
        return made;
    }

    private IEnumerable<StatsDSeries> All()
    {
        foreach (var first in _series.Values)
        {
            for (var series = first; series is not null; series = series.Next)
            {
                yield return series;
            }
        }
    }

    /// <summary>The store has these: what ended is forgotten.</summary>
    private void Keep(StatsDSeries[] part, long atMs)
    {
        lock (_lock)
        {
            foreach (var series in part)
            {
                series.StoredMs = atMs;
            }

            _count -= _ended.RemoveAll(static series => series.StoredMs >= series.EndedMs);
        }
    }

    private void Read(StatsDSeries[] part, long atMs)
    {
        var idleMs = (long)_options.Idle.TotalMilliseconds;
        foreach (var series in part)
        {
            if (series.EndedMs > 0)
            {
                AddMarker(series);
                continue;
            }

            // Values that are not stored yet come before the end.
            if (atMs - series.SeenMs > idleMs && series.StoredMs > series.SeenMs)
            {
                End(series, atMs);
                continue;
            }

            switch (series.Kind)
            {
                case StatsDKind.Counter:
                    ReadCounter(series, atMs);
                    break;
                case StatsDKind.Gauge:
                    _batch.Add(series.Labels, atMs, series.Value);
                    break;
                case StatsDKind.Set:
                    _batch.Add(series.Labels, atMs, series.Members!.Count);
                    _members -= series.Members.Count;
                    series.Members.Clear();
                    break;
                default:
                    ReadHistogram(series, atMs);
                    break;
            }
        }
    }

    /// <summary>A counter that is new began at zero: without that sample, what it grew to at first would be in no rate.</summary>
    private void ReadCounter(StatsDSeries series, long atMs)
    {
        var hasZero = series.IsNew && series.CreatedMs < atMs;
        if (hasZero)
        {
            _batch.Add(series.Labels, series.CreatedMs, 0);
        }

        _batch.Add(series.Labels, atMs, series.Value);
        if (hasZero)
        {
            _batch.AddCreatedOfLastRow(series.CreatedMs);
        }
    }

    private void ReadHistogram(StatsDSeries series, long atMs)
    {
        var hasZero = series.IsNew && series.CreatedMs < atMs;
        if (hasZero)
        {
            _scratch.Clear();
            (_scratch.Schema, _scratch.ZeroThreshold) = (GrowingHistogram.SchemaFirst, GrowingHistogram.ZeroThreshold);
            _batch.AddHistogram(series.Labels, series.CreatedMs, _scratch.ToHistogram(GrowingHistogram.BucketsMax * 2));
        }

        _batch.AddHistogram(series.Labels, atMs, series.Histogram!.ToHistogram(_scratch));
        if (hasZero)
        {
            _batch.AddCreatedOfLastHistogram(series.CreatedMs);
        }
    }

    private void AddMarker(StatsDSeries series)
    {
        if (series.Histogram is not null)
        {
            _batch.AddHistogram(series.Labels, series.EndedMs, NativeHistogram.Stale);
        }
        else
        {
            _batch.Add(series.Labels, series.EndedMs, StaleMarker.Value);
        }
    }

    /// <summary>Ends a series: values that come now begin another. It has its place until its marker is stored.</summary>
    private void End(StatsDSeries series, long atMs)
    {
        series.EndedMs = atMs;
        _ended.Add(series);
        AddMarker(series);
        var hash = series.Labels.Hash;
        if (_series[hash] != series)
        {
            var before = _series[hash];
            while (before.Next != series)
            {
                before = before.Next!;
            }

            before.Next = series.Next;
        }
        else if (series.Next is { } next)
        {
            _series[hash] = next;
        }
        else
        {
            _series.Remove(hash);
        }

        _members -= series.Members?.Count ?? 0;
    }

    /// <summary>Counts something refused; always false.</summary>
    private bool Drop(string reason)
    {
        _dropped[reason] = _dropped.GetValueOrDefault(reason) + 1;
        return false;
    }

    private void CountDropped()
    {
        lock (_lock)
        {
            foreach (var (reason, count) in _dropped)
            {
                _tally.Drop(reason, count);
            }

            _dropped.Clear();
        }
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
