using Toka.Core.Series;

namespace Toka.TimeSeries.Columns;

/// <summary>
/// Merges the payloads of one series and kind into new ones: sorted, each sample once, cut to a range of time. Payloads are
/// added in the order in which they were first written: where two differ about a time, the one added first is right. Reused
/// from series to series; not thread-safe.
/// </summary>
internal sealed class PayloadMerge : IDisposable
{
    private HistogramColumn _histograms = new();
    private HistogramColumn _mergedHistograms = new();
    private readonly HistogramColumn _nextHistograms = new();
    private ExemplarColumn _exemplars = new();
    private ExemplarColumn _mergedExemplars = new();
    private readonly ExemplarColumn _nextExemplars = new();
    private CreatedColumn _created = new();
    private CreatedColumn _mergedCreated = new();
    private readonly CreatedColumn _nextCreated = new();
    private PayloadKind _kind;
    private long _fromMs;
    private long _toMs;
    private MergeTally _tally;

    /// <summary>Samples that several payloads had alike, since <see cref="Begin"/>.</summary>
    public long Duplicates => _tally.Duplicates;

    /// <summary>Samples left out because an earlier payload had another one at their time, since <see cref="Begin"/>.</summary>
    public long Conflicts => _tally.Conflicts;

    /// <summary>Begins a merge.</summary>
    /// <param name="kind">What all payloads hold.</param>
    /// <param name="fromMs">The first moment to keep, inclusive. What a counter's begin was then is kept as a step there.</param>
    /// <param name="toMs">The last moment to keep, inclusive.</param>
    public void Begin(PayloadKind kind, long fromMs, long toMs)
    {
        (_kind, _fromMs, _toMs, _tally) = (kind, fromMs, toMs, default);
        _histograms.Clear();
        _exemplars.Clear();
        _created.Clear();
    }

    /// <summary>Merges one payload in.</summary>
    /// <param name="payload">The whole payload; not kept.</param>
    /// <exception cref="Codecs.CodecException">It is damaged; nothing of it is in, and the merge may go on.</exception>
    public void Add(ReadOnlySpan<byte> payload)
    {
        switch (_kind)
        {
            case PayloadKind.Histograms:
                _nextHistograms.Clear();
                HistogramPayload.Decode(payload, _fromMs, _toMs, _nextHistograms);
                Add(_nextHistograms);
                break;
            case PayloadKind.Exemplars:
                _nextExemplars.Clear();
                ExemplarPayload.Decode(payload, _fromMs, _toMs, _nextExemplars);
                Add(_nextExemplars);
                break;
            case PayloadKind.Created:
                _nextCreated.Clear();
                CreatedPayload.Decode(payload, _fromMs, _toMs, _nextCreated);
                Add(_nextCreated);
                break;
            default:
                throw new InvalidOperationException($"BUG: payloads of kind {(byte)_kind} cannot be merged.");
        }
    }

    /// <summary>Merges in what a column has; the column is not kept.</summary>
    /// <param name="column">Histograms within the range.</param>
    public void Add(HistogramColumn column)
    {
        _mergedHistograms.Clear();
        SideMerge.Merge(_histograms, column, _mergedHistograms, ref _tally);
        (_histograms, _mergedHistograms) = (_mergedHistograms, _histograms);
    }

    /// <inheritdoc cref="Add(HistogramColumn)"/>
    /// <param name="column">Exemplars within the range.</param>
    public void Add(ExemplarColumn column)
    {
        _mergedExemplars.Clear();
        SideMerge.Merge(_exemplars, column, _mergedExemplars, ref _tally);
        (_exemplars, _mergedExemplars) = (_mergedExemplars, _exemplars);
    }

    /// <inheritdoc cref="Add(HistogramColumn)"/>
    /// <param name="column">Steps within the range.</param>
    public void Add(CreatedColumn column)
    {
        _mergedCreated.Clear();
        SideMerge.Merge(_created, column, _mergedCreated, ref _tally);
        (_created, _mergedCreated) = (_mergedCreated, _created);
    }

    /// <summary>The merged histograms, until the next <see cref="Begin"/>.</summary>
    public HistogramColumn Histograms => _histograms;

    /// <summary>The merged exemplars, until the next <see cref="Begin"/>.</summary>
    public ExemplarColumn Exemplars => _exemplars;

    /// <summary>The merged steps, until the next <see cref="Begin"/>.</summary>
    public CreatedColumn Created => _created;

    /// <summary>Writes what was merged; nothing where nothing lies in the range.</summary>
    /// <param name="into">Takes the payloads, ascending in time.</param>
    public void Finish(IPayloadSink into)
    {
        Write(_histograms, into);
        Write(_exemplars, into);
        Write(_created, into);
    }

    /// <summary>Writes histograms as payloads.</summary>
    public static void Write(HistogramColumn column, IPayloadSink into)
    {
        for (var start = 0; start < column.Count;)
        {
            var count = HistogramPayload.Encode(column, start, out var payload);
            into.Payload(PayloadKind.Histograms, column.Timestamps[start], column.Timestamps[start + count - 1], count, payload);
            start += count;
        }
    }

    /// <summary>Writes exemplars as payloads.</summary>
    public static void Write(ExemplarColumn column, IPayloadSink into)
    {
        for (var start = 0; start < column.Count;)
        {
            var count = ExemplarPayload.Encode(column, start, out var payload);
            into.Payload(PayloadKind.Exemplars, column.Timestamps[start], column.Timestamps[start + count - 1], count, payload);
            start += count;
        }
    }

    /// <summary>Writes steps as payloads.</summary>
    public static void Write(CreatedColumn column, IPayloadSink into)
    {
        for (var start = 0; start < column.Count;)
        {
            var count = CreatedPayload.Encode(column, start, out var payload);
            into.Payload(PayloadKind.Created, column.Timestamps[start], column.Timestamps[start + count - 1], count, payload);
            start += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _histograms.Dispose();
        _mergedHistograms.Dispose();
        _nextHistograms.Dispose();
        _exemplars.Dispose();
        _mergedExemplars.Dispose();
        _nextExemplars.Dispose();
        _created.Dispose();
        _mergedCreated.Dispose();
        _nextCreated.Dispose();
    }
}
