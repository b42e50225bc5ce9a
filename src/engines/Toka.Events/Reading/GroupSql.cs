using System.Globalization;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Origins;
using Toka.Events.Storage;

namespace Toka.Events.Reading;

/// <summary>Counts groups in SQL, table by table and file by file; where SQL cannot say a field or the condition exactly, records are read instead. Thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="search">Finds the records.</param>
internal sealed class GroupSql<TRecord>(EventSearch<TRecord> search)
    where TRecord : class, ISearchable
{
    // Bounds that are no powers of two are no numbers that can be met, and the logarithm of a power of two is exact.
    private const string BucketSql = "CASE WHEN m > 0 THEN CAST(greatest(-8600, least(8192, ceil(log2(m) * 8))) AS INTEGER) ELSE -2147483648 END";

    /// <summary>Counts.</summary>
    public async ValueTask<EventGroups> AggregateAsync(EventAggregation aggregation, CancellationToken cancellationToken)
    {
        GroupSums.Check(aggregation);
        var sums = new GroupSums(aggregation);
        var cost = await search.RunAsync((view, connection) =>
        {
            EventSearch<TRecord>.Check(aggregation.Condition);
            var all = default(SearchCost);
            foreach (var slice in view.Slices)
            {
                if (!TryCount(search.SourceOf(slice), connection, aggregation, "", sums, cancellationToken))
                {
                    search.Scan(search.SourceOf(slice), connection, aggregation.Condition, aggregation.Range, "", sums.Add, cancellationToken);
                }

                all += new SearchCost(slice.Rows, 0, 0, false);
            }

            foreach (var part in view.Parts.Where(part => EventSearch<TRecord>.Overlaps(part, aggregation.Range)))
            {
                all += CountPart(part, connection, aggregation, sums, cancellationToken);
            }

            return all;
        }, cancellationToken);
        return sums.Take(cost);
    }

    private SearchCost CountPart(Part part, DuckConnection connection, EventAggregation aggregation, GroupSums sums, CancellationToken cancellationToken)
    {
        var granules = new Indexes.GranuleFilter(part, aggregation.Condition).Granules(aggregation.Range);
        if (granules.Count == 0)
        {
            return EventSearch<TRecord>.CostOf(part, granules);
        }

        var which = granules.Count == part.Index.Granules.Count ? "" : EventSearch<TRecord>.GranulesSql(granules);
        if (!TryCount(search.SourceOf(part), connection, aggregation, which, sums, cancellationToken))
        {
            search.Scan(search.SourceOf(part), connection, aggregation.Condition, aggregation.Range, which, sums.Add, cancellationToken);
        }

        return EventSearch<TRecord>.CostOf(part, granules);
    }

    private bool TryCount(RowSource<TRecord> source, DuckConnection connection, EventAggregation aggregation, string granules, GroupSums sums, CancellationToken cancellationToken)
    {
        var by = new List<GroupColumn>();
        foreach (var field in aggregation.By)
        {
            if (ColumnOf(source.Columns, field) is not { } column)
            {
                return false;
            }

            by.Add(column);
        }

        var measure = aggregation.Measure is { } measured ? MeasureOf(source.Columns, measured) : "";
        var (where, values) = search.Where(source, aggregation.Condition, aggregation.Range, out var isExact);
        if (!isExact || measure is null)
        {
            return false;
        }

        var withBuckets = aggregation.WithBuckets && measure.Length > 0;
        using var rows = connection.Query(Sql(source, aggregation, by, measure, withBuckets, $"{granules}{where}"), values);
        while (rows.NextChunk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < rows.Count; i++)
            {
                Add(rows, i, by, measure.Length > 0, withBuckets, sums);
            }
        }

        return true;
    }

    private string Sql(RowSource<TRecord> source, EventAggregation aggregation, List<GroupColumn> by, string measure, bool withBuckets, string where)
    {
        var time = search.Store.Shape.TimeColumn;
        var step = aggregation.StepNs > 0
            ? string.Create(CultureInfo.InvariantCulture, $"CAST((epoch_ns({time}) - {aggregation.Range.FromNs}) // {aggregation.StepNs} AS BIGINT)")
            : "CAST(0 AS BIGINT)";
        var keys = string.Join("", by.Select(static (column, i) => $", {column.Sql} AS g{i}"));
        var groups = string.Join(", ", Enumerable.Range(1, 1 + by.Count + (withBuckets ? 1 : 0)));
        return measure.Length == 0
            ? $"SELECT {step}{keys}, count(*) FROM {source.From} WHERE {where} GROUP BY {groups}"
            : $"SELECT {step}{keys}{(withBuckets ? ", " + BucketSql : "")}, count(*), sum(m), min(m), max(m) "
                + $"FROM (SELECT *, CAST({measure} AS DOUBLE) AS m FROM {source.From} WHERE {where}) WHERE m IS NOT NULL AND NOT isnan(m) GROUP BY {groups}";
    }

    private void Add(DuckRows rows, int row, List<GroupColumn> by, bool isMeasured, bool withBuckets, GroupSums sums)
    {
        var values = new AttributeValue[by.Count];
        for (var i = 0; i < by.Count; i++)
        {
            values[i] = ValueOf(rows, row, i + 1, by[i]);
        }

        var at = by.Count + 1;
        var step = (int)rows.Values<long>(0)[row];
        var bucket = withBuckets ? rows.Values<int>(at++)[row] : 0;
        var count = rows.Values<long>(at)[row];
        if (isMeasured)
        {
            sums.Add(step, values, count, rows.Values<double>(at + 1)[row], rows.Values<double>(at + 2)[row], rows.Values<double>(at + 3)[row]);
        }
        else
        {
            sums.Add(step, values, count, 0, double.NaN, double.NaN);
        }

        if (withBuckets)
        {
            sums.AddBucket(step, values, bucket, count);
        }
    }

    private AttributeValue ValueOf(DuckRows rows, int row, int column, GroupColumn by)
    {
        if (rows.IsNull(column, row))
        {
            return default;
        }

        if (by.OriginField is { } field)
        {
            var origin = search.Database.Origins.Find(rows.Values<ulong>(column)[row]) ?? OriginRegistry.Lost;
            return ConditionEvaluator.ValueOf(ConditionSql.RecordOf(origin), field);
        }

        return by.Kind switch
        {
            AttributeKind.Int => AttributeValue.Of(rows.Values<long>(column)[row]),
            AttributeKind.Double => AttributeValue.Of(rows.Values<double>(column)[row]),
            AttributeKind.Bool => AttributeValue.Of(rows.Values<byte>(column)[row] != 0),
            _ => AttributeValue.Of(rows.String(column, row)),
        };
    }

    private static GroupColumn? ColumnOf(IPartColumns columns, Field field)
    {
        if (columns.ColumnOf(field.FieldKind) is { } column)
        {
            return new GroupColumn(column.Kind == AttributeKind.Int ? $"CAST({column.Name} AS BIGINT)" : column.Name, column.Kind, null);
        }

        return field.FieldKind switch
        {
            FieldKind.ResourceAttribute or FieldKind.ScopeAttribute or FieldKind.ScopeName or FieldKind.ScopeVersion => new GroupColumn("origin", AttributeKind.Int, field),
            FieldKind.OwnAttribute when !columns.MayBeInRest(field.Key) => columns.ColumnOf(field.Key) is { } own
                ? new GroupColumn(own.Name, own.Kind, null)
                : new GroupColumn("CAST(NULL AS BIGINT)", AttributeKind.None, null),
            _ => null,
        };
    }

    /// <summary>A number in SQL, NULL where a row has it not; null where SQL cannot say it.</summary>
    private static string? MeasureOf(IPartColumns columns, Field field)
    {
        if (columns.ColumnOf(field.FieldKind) is { } column)
        {
            return column.Kind == AttributeKind.Int ? column.Name : "NULL";
        }

        return field.FieldKind == FieldKind.OwnAttribute && !columns.MayBeInRest(field.Key)
            ? columns.ColumnOf(field.Key) is { Kind: AttributeKind.Int or AttributeKind.Double } own ? own.Name : "NULL"
            : null;
    }

    /// <summary>What is grouped by.</summary>
    /// <param name="Sql">The expression.</param>
    /// <param name="Kind">What its values are.</param>
    /// <param name="OriginField">The field of the origin that it is the number of; null for a value.</param>
    private sealed record GroupColumn(string Sql, AttributeKind Kind, Field? OriginField);
}
