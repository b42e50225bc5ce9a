using System.Globalization;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Indexes;
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
    // Granules of a file are read some at a time, so that a limit that is soon met costs little, and more at a time while it is not.
    private const int GranulesGrowth = 4;
    private const int GranulesMax = 1024;

    /// <summary>The signal's tables and files.</summary>
    public SignalStore<TRecord> Store => store;

    /// <summary>The database.</summary>
    public EventDatabase Database => database;

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
                FindIn(SourceOf(slice), connection, condition, range, "", found, cancellationToken);
                cost += new SearchCost(slice.Rows, 0, 0, false);
            }

            foreach (var part in isNewestFirst ? view.Parts : [.. view.Parts.OrderBy(static part => part.Index.FromNs)])
            {
                if (!found.IsBeyond(isNewestFirst ? part.Index.ToNs : part.Index.FromNs))
                {
                    cost += FindIn(part, connection, condition, range, found, cancellationToken);
                }
            }

            return (found.Take(out var isCut), cost with { IsCut = isCut });
        }, cancellationToken);

    /// <summary>All records of traces, in no order.</summary>
    public Task<(List<TRecord> Records, SearchCost Cost)> OfTracesAsync(IReadOnlyCollection<TraceId> traces, CancellationToken cancellationToken) =>
        RunAsync((view, connection) =>
        {
            var found = new List<TRecord>();
            var cost = default(SearchCost);
            bool Take(TRecord record)
            {
                found.Add(record);
                return true;
            }

            var which = $"trace_id IN ({string.Join(", ", traces.Select(ConditionSql.Uuid))})";
            foreach (var slice in view.Slices)
            {
                var source = SourceOf(slice);
                source.Read(connection, $"SELECT {source.Select} FROM {source.From} WHERE {which}", null, Take, cancellationToken);
                cost += new SearchCost(slice.Rows, 0, 0, false);
            }

            foreach (var part in view.Parts)
            {
                var granules = new SortedSet<int>();
                foreach (var trace in traces)
                {
                    part.Index.FindTrace(part.IndexBytes, Tokens.FingerprintOf(SignalShape<TRecord>.ToUuid(trace)), granules);
                }

                if (granules.Count > 0)
                {
                    var source = SourceOf(part);
                    source.Read(connection, $"SELECT {source.Select} FROM {source.From} WHERE {GranulesSql(granules)}{which}", null, Take, cancellationToken);
                }

                cost += CostOf(part, granules);
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
                Scan(SourceOf(slice), connection, condition, range, "", take, cancellationToken);
                cost += new SearchCost(slice.Rows, 0, 0, false);
            }

            foreach (var part in view.Parts.Where(part => Overlaps(part, range)))
            {
                cost += ScanPart(part, connection, condition, range, take, cancellationToken);
            }

            return cost;
        }, cancellationToken);

    /// <summary>Hands over every record of a file within a range that holds a condition.</summary>
    public SearchCost ScanPart(Part part, DuckConnection connection, Condition condition, EventRange range, Action<TRecord> take, CancellationToken cancellationToken)
    {
        var granules = new GranuleFilter(part, condition).Granules(range);
        if (granules.Count > 0)
        {
            Scan(SourceOf(part), connection, condition, range, GranulesSql(granules), take, cancellationToken);
        }

        return CostOf(part, granules);
    }

    /// <summary>Hands over every record of a table or file within a range that holds a condition.</summary>
    /// <param name="source">The table or file.</param>
    /// <param name="connection">Where it is read.</param>
    /// <param name="condition">What must hold.</param>
    /// <param name="range">When.</param>
    /// <param name="granules">Which granules: the beginning of a WHERE.</param>
    /// <param name="take">Gets the records.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public void Scan(RowSource<TRecord> source, DuckConnection connection, Condition condition, EventRange range, string granules, Action<TRecord> take, CancellationToken cancellationToken)
    {
        var evaluator = new ConditionEvaluator(condition);
        var (where, values) = Where(source, condition, range, out var isExact);
        source.Read(connection, $"SELECT {source.Select} FROM {source.From} WHERE {granules}{where}", values, record =>
        {
            if (isExact || evaluator.Holds(record))
            {
                take(record);
            }

            return true;
        }, cancellationToken);
    }

    /// <summary>A condition and a range as what stands behind WHERE.</summary>
    public (string Text, IReadOnlyList<AttributeValue> Values) Where(RowSource<TRecord> source, Condition condition, EventRange range, out bool isExact)
    {
        var writer = new ConditionSql(source.Columns, database.Origins);
        var written = writer.Write(condition);
        isExact = written.IsExact;
        return ($"{written.Text}{RangeSql(range)}", writer.Values);
    }

    /// <summary>A table as it is read.</summary>
    public RowSource<TRecord> SourceOf(Slice slice) => new(store.Shape, database.Origins, slice);

    /// <summary>A file as it is read.</summary>
    public RowSource<TRecord> SourceOf(Part part) => new(store.Shape, database.Origins, part);

    /// <summary>Runs a search on another thread, with a connection and a view of its own.</summary>
    public async Task<TResult> RunAsync<TResult>(Func<SignalView, DuckConnection, TResult> search, CancellationToken cancellationToken)
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

    /// <summary>Granules as the beginning of what stands behind WHERE.</summary>
    public static string GranulesSql(IEnumerable<int> granules) =>
        $"granule IN ({string.Join(", ", granules.Select(static granule => granule.ToString(CultureInfo.InvariantCulture)))}) AND ";

    /// <summary>What looking at granules of a file costs.</summary>
    public static SearchCost CostOf(Part part, IReadOnlyCollection<int> granules) =>
        granules.Count == 0 ? new SearchCost(0, 0, 1, false) : new SearchCost(granules.Sum(granule => (long)part.Index.Granules[granule].Rows), 1, 0, false);

    /// <summary>Whether a file has rows within a range.</summary>
    public static bool Overlaps(Part part, EventRange range) => part.Index.ToNs >= range.FromNs && part.Index.FromNs <= range.ToNs;

    /// <summary>A bad expression is told before anything is read, whether or not there is a row to compare.</summary>
    public static void Check(Condition condition)
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
                ConditionEvaluator.Holds((Condition.Compare)condition, AttributeValue.Of(""));
                break;
        }
    }

    private SearchCost FindIn(Part part, DuckConnection connection, Condition condition, EventRange range, FoundRecords<TRecord> found, CancellationToken cancellationToken)
    {
        if (!Overlaps(part, range))
        {
            return default;
        }

        var granules = new GranuleFilter(part, condition).Granules(range);
        var all = part.Index.Granules;
        granules.Sort((x, y) => found.IsNewestFirst ? all[y].ToNs.CompareTo(all[x].ToNs) : all[x].FromNs.CompareTo(all[y].FromNs));
        var source = SourceOf(part);
        var read = 0;
        while (read < granules.Count)
        {
            if (found.IsBeyond(found.IsNewestFirst ? all[granules[read]].ToNs : all[granules[read]].FromNs))
            {
                break;
            }

            var some = granules.Skip(read).Take(found.Granules).ToList();
            FindIn(source, connection, condition, range, GranulesSql(some), found, cancellationToken);
            read += some.Count;
            found.Granules = Math.Min(found.Granules * GranulesGrowth, GranulesMax);
        }

        return CostOf(part, granules[..read]);
    }

    private void FindIn(RowSource<TRecord> source, DuckConnection connection, Condition condition, EventRange range, string granules, FoundRecords<TRecord> found, CancellationToken cancellationToken)
    {
        var evaluator = new ConditionEvaluator(condition);
        var (where, values) = Where(source, condition, range, out var isExact);
        var order = found.IsNewestFirst ? "DESC" : "ASC";
        var sql = $"SELECT {source.Select} FROM {source.From} WHERE {granules}{where} ORDER BY {store.Shape.TimeColumn} {order}, span_id";
        if (isExact)
        {
            sql = string.Create(CultureInfo.InvariantCulture, $"{sql} LIMIT {(long)found.Limit + 1}");
        }

        var added = 0;
        source.Read(connection, sql, values, record =>
        {
            if (isExact || evaluator.Holds(record))
            {
                found.Add(record);
                added++;
            }

            return added <= found.Limit;
        }, cancellationToken);
    }

    private string RangeSql(EventRange range)
    {
        var time = store.Shape.TimeColumn;
        var from = range.FromNs == long.MinValue ? "" : string.Create(CultureInfo.InvariantCulture, $" AND {time} >= make_timestamp_ns({range.FromNs})");
        return range.ToNs == long.MaxValue ? from : string.Create(CultureInfo.InvariantCulture, $"{from} AND {time} <= make_timestamp_ns({range.ToNs})");
    }
}
