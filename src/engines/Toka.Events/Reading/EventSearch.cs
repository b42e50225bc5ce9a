using System.Globalization;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Origins;
using Toka.Events.Signals;
using Toka.Events.Storage;

namespace Toka.Events.Reading;

/// <summary>Searches a signal: tables and sealed files, the newest first, no further than the limit needs. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="database">The database.</param>
/// <param name="store">The signal's tables and files.</param>
internal sealed class EventSearch<TRecord>(EventDatabase database, SignalStore<TRecord> store)
    where TRecord : class, ISearchable
{
    private readonly TableColumns _columns = TableColumns.Of(store.Shape);

    /// <summary>The records that hold a condition, in the order of their time.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="range">When.</param>
    /// <param name="limit">The most to return.</param>
    /// <param name="isNewestFirst">Whether the newest come first.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public Task<(List<TRecord> Records, SearchCost Cost)> FindAsync(Condition condition, EventRange range, int limit, bool isNewestFirst, CancellationToken cancellationToken) =>
        RunAsync((view, connection) =>
        {
            Check(condition);
            var found = new FoundRecords<TRecord>(store.Shape, limit, isNewestFirst);
            var cost = default(SearchCost);
            foreach (var slice in view.Slices)
            {
                cost += FindIn(slice, connection, condition, range, found, cancellationToken);
            }

            return (found.Take(out var isCut), cost with { IsCut = isCut });
        }, cancellationToken);

    /// <summary>All records of traces, in no order.</summary>
    public Task<(List<TRecord> Records, SearchCost Cost)> OfTracesAsync(IReadOnlyCollection<TraceId> traces, CancellationToken cancellationToken) =>
        RunAsync((view, connection) =>
        {
            var found = new List<TRecord>();
            var cost = default(SearchCost);
            var which = $"trace_id IN ({string.Join(", ", traces.Select(ConditionSql.Uuid))})";
            foreach (var slice in view.Slices)
            {
                cost += new SearchCost(slice.Rows, 0, 0, false);
                Read(connection, $"SELECT {store.Shape.ColumnList} FROM {slice.Table} WHERE {which}", null, found.Add, cancellationToken);
            }

            return (found, cost);
        }, cancellationToken);

    /// <summary>Hands over every record within a range that holds a condition, in no order.</summary>
    public Task<SearchCost> ScanAsync(Condition condition, EventRange range, Action<TRecord> take, CancellationToken cancellationToken) =>
        RunAsync((view, connection) =>
        {
            Check(condition);
            var cost = default(SearchCost);
            foreach (var slice in view.Slices)
            {
                var evaluator = new ConditionEvaluator(condition);
                var (where, values) = Where(condition, range, out var isExact);
                cost += new SearchCost(slice.Rows, 0, 0, false);
                Read(connection, $"SELECT {store.Shape.ColumnList} FROM {slice.Table} WHERE {where}", values, record =>
                {
                    if (isExact || evaluator.Holds(record))
                    {
                        take(record);
                    }

                    return true;
                }, cancellationToken);
            }

            return cost;
        }, cancellationToken);

    private SearchCost FindIn(Slice slice, DuckConnection connection, Condition condition, EventRange range, FoundRecords<TRecord> found, CancellationToken cancellationToken)
    {
        var evaluator = new ConditionEvaluator(condition);
        var (where, values) = Where(condition, range, out var isExact);
        var order = found.IsNewestFirst ? "DESC" : "ASC";
        var sql = $"SELECT {store.Shape.ColumnList} FROM {slice.Table} WHERE {where} ORDER BY {store.Shape.TimeColumn} {order}, span_id";
        if (isExact)
        {
            sql = string.Create(CultureInfo.InvariantCulture, $"{sql} LIMIT {(long)found.Limit + 1}");
        }

        var added = 0;
        Read(connection, sql, values, record =>
        {
            if (isExact || evaluator.Holds(record))
            {
                found.Add(record);
                added++;
            }

            return added <= found.Limit;
        }, cancellationToken);
        return new SearchCost(slice.Rows, 0, 0, false);
    }

    private (string Text, IReadOnlyList<Core.Attributes.AttributeValue> Values) Where(Condition condition, EventRange range, out bool isExact)
    {
        var writer = new ConditionSql(_columns, database.Origins);
        var written = writer.Write(condition);
        isExact = written.IsExact;
        return ($"{written.Text}{RangeSql(range)}", writer.Values);
    }

    private string RangeSql(EventRange range)
    {
        var time = store.Shape.TimeColumn;
        var from = range.FromNs == long.MinValue ? "" : string.Create(CultureInfo.InvariantCulture, $" AND {time} >= make_timestamp_ns({range.FromNs})");
        return range.ToNs == long.MaxValue ? from : string.Create(CultureInfo.InvariantCulture, $"{from} AND {time} <= make_timestamp_ns({range.ToNs})");
    }

    /// <summary>Reads rows until somebody has enough.</summary>
    private void Read(DuckConnection connection, string sql, IReadOnlyList<Core.Attributes.AttributeValue>? values, Func<TRecord, bool> take, CancellationToken cancellationToken)
    {
        using var rows = connection.Query(sql, values);
        while (rows.NextChunk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var origins = rows.Values<ulong>(store.Shape.OriginColumn);
            for (var i = 0; i < rows.Count; i++)
            {
                if (!take(store.Shape.Read(rows, i, OriginOf(origins[i]), rows.Text(store.Shape.AttributesColumn, i).ToArray())))
                {
                    return;
                }
            }
        }
    }

    private void Read(DuckConnection connection, string sql, IReadOnlyList<Core.Attributes.AttributeValue>? values, Action<TRecord> take, CancellationToken cancellationToken) =>
        Read(connection, sql, values, record =>
        {
            take(record);
            return true;
        }, cancellationToken);

    private Origin OriginOf(ulong id) => database.Origins.Find(id) ?? OriginRegistry.Lost;

    /// <summary>A bad expression is told before anything is read, whether or not there is a row to compare.</summary>
    private static void Check(Condition condition)
    {
        switch (condition)
        {
            case Condition.All all:
                all.Parts.ToList().ForEach(Check);
                break;
            case Condition.Any any:
                any.Parts.ToList().ForEach(Check);
                break;
            case Condition.Not not:
                Check(not.Inner);
                break;
            default:
                ConditionEvaluator.Holds((Condition.Compare)condition, Core.Attributes.AttributeValue.Of(""));
                break;
        }
    }

    private async Task<TResult> RunAsync<TResult>(Func<SignalView, DuckConnection, TResult> search, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var duck = database.Duck;
        using var view = store.View();
        var connection = duck.Rent();
        var isWhole = false;
        try
        {
            await using (cancellationToken.UnsafeRegister(static state => ((DuckConnection)state!).Interrupt(), connection))
            {
                var result = await Task.Run(() => search(view, connection), CancellationToken.None);
                isWhole = true;
                return result;
            }
        }
        catch (DuckException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            if (isWhole)
            {
                duck.Return(connection);
            }
            else
            {
                connection.Dispose();
            }
        }
    }
}
