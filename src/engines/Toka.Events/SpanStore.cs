using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Reading;
using Toka.Events.Storage;
using Toka.Events.Writing;

namespace Toka.Events;

/// <summary>The spans of an <see cref="EventStore"/>. Thread-safe.</summary>
public sealed class SpanStore : ISpanReader, ISpanWriter
{
    private const int FirstPage = 256;
    private const int LargestPage = 65_536;

    private readonly EventDatabase _database;
    private readonly EventCommitter? _committer;
    private readonly Admission _admission;
    private readonly EventSearch<SpanRecord> _search;
    private readonly FieldScan<SpanRecord> _scan;

    internal SpanStore(EventDatabase database, EventCommitter? committer, EventStoreOptions options)
    {
        _database = database;
        _committer = committer;
        _admission = new Admission("spans", options, database.Clock, database.Counters);
        _search = new EventSearch<SpanRecord>(database, database.Spans);
        _scan = new FieldScan<SpanRecord>(_search);
    }

    /// <inheritdoc/>
    public async ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        var committer = _committer ?? throw new IOException("the store of spans and logs is open for reading only");
        var (refused, result) = _admission.Judge(batch.Count, row => (batch.Rows[row].StartNs, batch.Rows[row].Origin), batch.Origins);
        if (result.Accepted > 0)
        {
            await committer.WriteAsync(new WriteJob(batch, null, refused, result.Accepted), cancellationToken);
        }

        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<SpanPage> FindAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (_database.IsEmpty)
        {
            return new SpanPage([], default);
        }

        var (spans, cost) = await _search.FindAsync(query.Condition, query.Range, query.Limit, true, cancellationToken);
        return new SpanPage(spans, cost);
    }

    /// <inheritdoc/>
    public async ValueTask<TracePage> FindTracesAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (_database.IsEmpty)
        {
            return new TracePage([], default);
        }

        var (newest, isCut, cost) = await NewestTracesAsync(query, cancellationToken);
        if (newest.Count == 0)
        {
            return new TracePage([], cost);
        }

        var (spans, costOfSpans) = await _search.OfTracesAsync(newest, cancellationToken);
        var evaluator = new ConditionEvaluator(query.Condition);
        var byTrace = spans.Where(span => query.Range.Has(span.StartNs) && evaluator.Holds(span)).ToLookup(static span => span.TraceId);
        var traces = newest.Select(id => (Id: id, Spans: ByStart(byTrace[id]))).Where(static trace => trace.Spans.Count > 0)
            .OrderByDescending(static trace => trace.Spans[^1].StartNs).ThenBy(static trace => trace.Id.Value)
            .Select(trace => new FoundTrace(trace.Id, [.. trace.Spans.Take(query.SpansPerTrace)], trace.Spans.Count));
        return new TracePage([.. traces], cost + costOfSpans with { IsCut = isCut });
    }

    /// <inheritdoc/>
    public async ValueTask<SpanPage> TracesAsync(IReadOnlyList<TraceId> traces, EventRange hint, int spansMax, CancellationToken cancellationToken)
    {
        var (grouped, cost) = await OfTracesAsync(traces, cancellationToken);
        var spans = grouped.SelectMany(static trace => trace).ToList();
        var isCut = spans.Count > spansMax;
        return new SpanPage(isCut ? spans[..spansMax] : spans, cost with { IsCut = isCut });
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TraceSummary>> SummariesAsync(IReadOnlyList<TraceId> traces, EventRange hint, CancellationToken cancellationToken)
    {
        var (grouped, _) = await OfTracesAsync(traces, cancellationToken);
        return [.. grouped.Select(TraceSummary.Of)];
    }

    /// <inheritdoc/>
    public async ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        return _database.IsEmpty ? new EventGroups([], default) : await _scan.AggregateAsync(aggregation, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FieldKey>> KeysAsync(EventRange range, int limit, CancellationToken cancellationToken) =>
        _database.IsEmpty ? [] : await _scan.KeysAsync(range, limit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FieldValue>> ValuesAsync(Field field, Condition condition, EventRange range, int limit, CancellationToken cancellationToken) =>
        _database.IsEmpty ? [] : await _scan.ValuesAsync(field, condition, range, limit, cancellationToken);

    private async ValueTask<(List<List<SpanRecord>> Traces, SearchCost Cost)> OfTracesAsync(IReadOnlyList<TraceId> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var wanted = traces.Distinct().ToList();
        if (_database.IsEmpty || wanted.Count == 0)
        {
            return ([], default);
        }

        var (spans, cost) = await _search.OfTracesAsync(wanted, cancellationToken);
        var byTrace = spans.ToLookup(static span => span.TraceId);
        return ([.. wanted.Select(id => ByStart(byTrace[id])).Where(static trace => trace.Count > 0)], cost);
    }

    /// <summary>The traces with the newest matching spans: as many of these are read as it takes.</summary>
    private async ValueTask<(List<TraceId> Traces, bool IsCut, SearchCost Cost)> NewestTracesAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        var page = Math.Max(FirstPage, Math.Min(query.Limit, LargestPage) * 4);
        while (true)
        {
            var (spans, cost) = await _search.FindAsync(query.Condition, query.Range, page, true, cancellationToken);

            // Traces whose newest spans are as old as the last one may have to be told apart by what is not read yet.
            var traces = spans.GroupBy(static span => span.TraceId).OrderByDescending(static trace => trace.Max(static span => span.StartNs)).ThenBy(static trace => trace.Key.Value).ToList();
            var last = spans.Count > 0 ? spans[^1].StartNs : long.MinValue;
            var isSettled = !cost.IsCut || (traces.Count > query.Limit && traces[query.Limit].Max(static span => span.StartNs) > last);
            if (isSettled || page > int.MaxValue / 8)
            {
                return ([.. traces.Take(query.Limit).Select(static trace => trace.Key)], traces.Count > query.Limit || cost.IsCut, cost);
            }

            page *= 8;
        }
    }

    private static List<SpanRecord> ByStart(IEnumerable<SpanRecord> spans) => [.. spans.OrderBy(static span => span.StartNs).ThenBy(static span => span.SpanId.Value)];
}
