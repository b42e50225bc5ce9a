using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Indexes;
using Toka.Events.Origins;
using Toka.Events.Signals;
using Toka.Events.Storage;

namespace Toka.Events.Reading;

/// <summary>A table or a sealed file as rows are read from it. Used by one search.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
internal sealed class RowSource<TRecord>
    where TRecord : class, ISearchable
{
    private readonly SignalShape<TRecord> _shape;
    private readonly OriginRegistry _origins;
    private readonly AttributeJoiner? _joiner;

    /// <summary>A table.</summary>
    public RowSource(SignalShape<TRecord> shape, OriginRegistry origins, Slice slice)
    {
        (_shape, _origins) = (shape, origins);
        From = slice.Table;
        Select = shape.ColumnList;
        Columns = TableColumns.Of(shape);
    }

    /// <summary>A sealed file.</summary>
    public RowSource(SignalShape<TRecord> shape, OriginRegistry origins, Part part)
    {
        (_shape, _origins) = (shape, origins);
        From = $"read_parquet({DuckNative.Quote(part.Path)})";
        Select = string.Join(", ", [.. shape.Columns.Select(static column => column.Name), .. part.Index.Columns.Select(static column => column.SqlName)]);
        Columns = new PartColumns(TableColumns.Of(shape), part.Index);
        _joiner = new AttributeJoiner(part.Index.Columns, shape.Columns.Count);
    }

    /// <summary>What stands behind FROM.</summary>
    public string From { get; }

    /// <summary>What stands behind SELECT.</summary>
    public string Select { get; }

    /// <summary>What conditions are written on.</summary>
    public IPartColumns Columns { get; }

    /// <summary>Reads rows of a query of <see cref="Select"/> until somebody has enough.</summary>
    /// <returns>Whether all were read.</returns>
    public bool Read(DuckConnection connection, string sql, IReadOnlyList<Core.Attributes.AttributeValue>? values, Func<TRecord, bool> take, CancellationToken cancellationToken)
    {
        using var rows = connection.Query(sql, values);
        while (rows.NextChunk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var origins = rows.Values<ulong>(_shape.OriginColumn);
            for (var i = 0; i < rows.Count; i++)
            {
                var json = rows.Text(_shape.AttributesColumn, i);
                if (!take(_shape.Read(rows, i, OriginOf(origins[i]), _joiner?.Join(rows, i, json) ?? json.ToArray())))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private Origin OriginOf(ulong id) => _origins.Find(id) ?? OriginRegistry.Lost;
}

/// <summary>The columns of a sealed file.</summary>
/// <param name="table">Those that every table has.</param>
/// <param name="index">The file's index.</param>
internal sealed class PartColumns(TableColumns table, PartIndex index) : IPartColumns
{
    /// <inheritdoc/>
    public bool HasEvents => table.HasEvents;

    /// <inheritdoc/>
    public PartColumn? ColumnOf(FieldKind field) => table.ColumnOf(field);

    /// <inheritdoc/>
    public PartColumn? ColumnOf(string key) => index.ColumnOf(key) is { } column ? new PartColumn(column.SqlName, column.Kind) : null;

    /// <inheritdoc/>
    public bool MayBeInRest(string key) => index.MayBeIn(FieldKind.OwnAttribute, key);

    /// <inheritdoc/>
    public bool MayBeIn(FieldKind scope, string key) => HasEvents && index.MayBeIn(scope, key);
}
