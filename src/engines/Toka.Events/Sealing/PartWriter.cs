using System.Globalization;
using System.Text;
using DuckDB.NET.Native;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Indexes;
using Toka.Events.Origins;
using Toka.Events.Signals;

namespace Toka.Events.Sealing;

/// <summary>Writes rows of a table as a Parquet file and its index: sorted so that a trace's spans are together.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="shape">What is particular to the signal.</param>
/// <param name="origins">The origins of the rows.</param>
internal sealed class PartWriter<TRecord>(SignalShape<TRecord> shape, OriginRegistry origins)
    where TRecord : class, ISearchable
{
    private const string Staging = "sealing";

    /// <summary>Columns that a sealed file has behind those of the table.</summary>
    public static IReadOnlyList<SignalColumn> Extra { get; } =
    [
        new("granule", DuckDBType.UnsignedInteger),
        new("resource", DuckDBType.Varchar),
        new("scope_name", DuckDBType.Varchar),
        new("scope_version", DuckDBType.Varchar),
        new("scope", DuckDBType.Varchar),
    ];

    private readonly Dictionary<ulong, KnownOrigin> _known = [];

    /// <summary>Writes a file.</summary>
    /// <param name="duck">The database.</param>
    /// <param name="table">The table.</param>
    /// <param name="where">Which of its rows.</param>
    /// <param name="rows">How many those are.</param>
    /// <param name="path">The file to make.</param>
    /// <returns>The bytes of its index.</returns>
    public byte[] Write(DuckDatabase duck, string table, string where, long rows, string path)
    {
        // Two connections: one gives the sorted rows, the other one takes them. Both are closed afterwards, and with them the staging table.
        using var source = duck.Rent();
        using var target = duck.Rent();
        var index = new PartIndexBuilder(ColumnChooser.Choose(source, table, where, rows));
        SignalColumn[] columns = [.. shape.Columns, .. Extra, .. index.Columns.Select(static column => new SignalColumn(column.SqlName, column.Type))];
        target.Execute($"CREATE TEMP TABLE {Staging} ({string.Join(", ", columns.Select(static column => $"{column.Name} {column.SqlType}"))})");
        using (var chunk = new DuckColumns([.. columns.Select(static column => column.Type)]))
        using (var appender = new DuckAppender(target, Staging, chunk))
        {
            var splitter = new AttributeSplitter(index, shape.Columns.Count + Extra.Count);
            using var sorted = source.Query(SortedRows(table, where));
            while (sorted.NextChunk())
            {
                for (var i = 0; i < sorted.Count; i++)
                {
                    Copy(sorted, i, chunk, appender.NextRow(), index, splitter);
                }
            }

            appender.Complete();
        }

        index.Complete();
        target.Execute(string.Create(CultureInfo.InvariantCulture,
            $"COPY {Staging} TO {DuckNative.Quote(path)} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE {PartIndexBuilder.GranuleRows})"));
        return PartIndexFormat.Write(index, new FileInfo(path).Length);
    }

    private string SortedRows(string table, string where)
    {
        var time = shape.TimeColumn;
        return shape is SpanShape
            ? $"SELECT {shape.ColumnList} FROM {table} JOIN (SELECT trace_id AS t, min({time}) AS first FROM {table} WHERE {where} GROUP BY trace_id) ON trace_id = t WHERE {where} ORDER BY first, trace_id, {time}"
            : $"SELECT {shape.ColumnList} FROM {table} WHERE {where} ORDER BY {time}";
    }

    private void Copy(DuckRows from, int row, DuckColumns into, int at, PartIndexBuilder index, AttributeSplitter splitter)
    {
        var originId = from.Values<ulong>(shape.OriginColumn)[row];
        var origin = OriginOf(originId);
        var facts = shape.FactsOf(from, row);
        index.AddRow(from.Values<UInt128>(0)[row], facts.TimeNs, origin.Origin, originId, facts.IsError, facts.DurationNs);
        for (var i = 0; i < shape.Columns.Count; i++)
        {
            if (i == shape.AttributesColumn)
            {
                into.Set(i, at, splitter.Split(from.Text(i, row), into, at));
            }
            else
            {
                CopyOne(from, i, row, into, at);
            }
        }

        var extra = shape.Columns.Count;
        into.Set(extra, at, (uint)index.Granule);
        into.Set(extra + 1, at, origin.Origin.Resource);
        into.Set(extra + 2, at, origin.ScopeName);
        into.Set(extra + 3, at, origin.ScopeVersion);
        into.Set(extra + 4, at, origin.Origin.Scope);
        shape.AddTokens(from, row, index);
    }

    private void CopyOne(DuckRows from, int column, int row, DuckColumns into, int at)
    {
        switch (shape.Columns[column].Type)
        {
            case DuckDBType.Varchar:
                into.Set(column, at, from.Text(column, row));
                break;
            case DuckDBType.Uuid:
                into.Set(column, at, from.Values<UInt128>(column)[row]);
                break;
            case DuckDBType.UnsignedInteger:
                into.Set(column, at, from.Values<uint>(column)[row]);
                break;
            case DuckDBType.UnsignedTinyInt:
                into.Set(column, at, from.Values<byte>(column)[row]);
                break;
            default:
                into.Set(column, at, from.Values<long>(column)[row]);
                break;
        }
    }

    private KnownOrigin OriginOf(ulong id)
    {
        if (!_known.TryGetValue(id, out var known))
        {
            var origin = origins.Find(id) ?? OriginRegistry.Lost;
            known = new KnownOrigin(origin, Encoding.UTF8.GetBytes(origin.ScopeName), Encoding.UTF8.GetBytes(origin.ScopeVersion));
            _known.Add(id, known);
        }

        return known;
    }

    private sealed record KnownOrigin(Origin Origin, byte[] ScopeName, byte[] ScopeVersion);
}
