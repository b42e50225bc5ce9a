using Toka.Core.Searching;

namespace Toka.Core.Spans;

/// <summary>
/// The newest spans, in memory: what an app shows of itself, and what stores are compared with. Bounded by count and by bytes;
/// the oldest by arrival go first and are counted. A search looks at every span. Thread-safe.
/// </summary>
public sealed class SpanRing : ISpanReader, ISpanWriter
{
    /// <summary>The default of the most spans: 20,000, some minutes of an app under load.</summary>
    public const int DefaultSpansMax = 20_000;

    /// <summary>The default of the most bytes: 16 MiB, what an app can spare.</summary>
    public const long DefaultBytesMax = 16L << 20;

    // What a record takes beside its texts: its fields, and the headers of five texts and arrays.
    private const int RecordBytes = 360;

    private readonly EventRing<SpanRecord> _ring;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="spansMax">The most spans, at least 1.</param>
    /// <param name="bytesMax">The most bytes that they may take, roughly, at least 1.</param>
    public SpanRing(int spansMax = DefaultSpansMax, long bytesMax = DefaultBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spansMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        _ring = new EventRing<SpanRecord>(spansMax, bytesMax);
    }

    /// <summary>How many spans there are.</summary>
    public int Count => _ring.Count;

    /// <summary>What they take, roughly, in bytes.</summary>
    public long Bytes => _ring.Bytes;

    /// <summary>How many spans went to make room for newer ones.</summary>
    public long Dropped => _ring.Dropped;

    /// <inheritdoc/>
    /// <remarks>Nothing is refused; nothing outlives the process.</remarks>
    public ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        var records = new List<(SpanRecord, Origin, int)>(batch.Count);
        foreach (ref readonly var row in batch.Rows)
        {
            var span = SpanRecord.Of(batch, row);
            records.Add((span, span.Origin, BytesOf(span)));
        }

        _ring.Add(records, static (span, origin) => span with { Origin = origin });
        return ValueTask.FromResult(new EventWriteResult(records.Count));
    }

    /// <inheritdoc/>
    public ValueTask<SpanPage> FindAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var found = EventScan.Find(_ring.Snapshot(), query.Condition, query.Range, out var looked, cancellationToken);
        var page = found.OrderByDescending(span => span.StartNs).ThenBy(span => span.SpanId.Value).Take(query.Limit).ToList();
        return ValueTask.FromResult(new SpanPage(page, new SearchCost(looked, 0, 0, found.Count > page.Count)));
    }

    /// <inheritdoc/>
    public ValueTask<TracePage> FindTracesAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var found = EventScan.Find(_ring.Snapshot(), query.Condition, query.Range, out var looked, cancellationToken);
        var groups = found.GroupBy(span => span.TraceId).OrderByDescending(group => group.Max(span => span.StartNs)).ThenBy(group => group.Key.Value).ToList();
        var traces = groups.Take(query.Limit).Select(group => new FoundTrace(group.Key, [.. ByStart(group).Take(query.SpansPerTrace)], group.Count())).ToList();
        return ValueTask.FromResult(new TracePage(traces, new SearchCost(looked, 0, 0, groups.Count > traces.Count)));
    }

    /// <inheritdoc/>
    public ValueTask<SpanPage> TracesAsync(IReadOnlyList<TraceId> traces, EventRange hint, int spansMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var spans = OfTraces(traces, cancellationToken, out var looked).SelectMany(trace => trace).ToList();
        return ValueTask.FromResult(new SpanPage(spans.Count > spansMax ? spans[..spansMax] : spans, new SearchCost(looked, 0, 0, spans.Count > spansMax)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TraceSummary>> SummariesAsync(IReadOnlyList<TraceId> traces, EventRange hint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        return ValueTask.FromResult<IReadOnlyList<TraceSummary>>([.. OfTraces(traces, cancellationToken, out _).Select(TraceSummary.Of)]);
    }

    /// <inheritdoc/>
    public ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        return ValueTask.FromResult(EventScan.Aggregate(_ring.Snapshot(), aggregation, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(EventScan.Keys(_ring.Snapshot(), range, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(EventScan.Values(_ring.Snapshot(), field, condition, range, limit, cancellationToken));

    private List<List<SpanRecord>> OfTraces(IReadOnlyList<TraceId> traces, CancellationToken cancellationToken, out int looked)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var byTrace = new Dictionary<TraceId, List<SpanRecord>>();
        foreach (var trace in traces)
        {
            byTrace.TryAdd(trace, []);
        }

        var all = _ring.Snapshot();
        looked = all.Length;
        foreach (var span in all)
        {
            if (byTrace.TryGetValue(span.TraceId, out var spans))
            {
                spans.Add(span);
            }
        }

        return [.. traces.Distinct().Select(trace => ByStart(byTrace[trace]).ToList()).Where(spans => spans.Count > 0)];
    }

    private static IOrderedEnumerable<SpanRecord> ByStart(IEnumerable<SpanRecord> spans) => spans.OrderBy(span => span.StartNs).ThenBy(span => span.SpanId.Value);

    private static int BytesOf(SpanRecord span) => RecordBytes + (2 * (span.Name.Length + span.StatusMessage.Length + span.TraceState.Length))
        + span.Attributes.Length + span.Events.Length + span.Links.Length;
}
