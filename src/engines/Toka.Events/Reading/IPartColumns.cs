using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Events.Signals;

namespace Toka.Events.Reading;

/// <summary>A column that conditions are written on.</summary>
/// <param name="Name">Its name within SQL.</param>
/// <param name="Kind">What its values are.</param>
internal readonly record struct PartColumn(string Name, AttributeKind Kind);

/// <summary>What the columns of a table or a sealed file are.</summary>
internal interface IPartColumns
{
    /// <summary>Whether there are events and links.</summary>
    bool HasEvents { get; }

    /// <summary>The column that a field is, never NULL; null where it is none.</summary>
    PartColumn? ColumnOf(FieldKind field);

    /// <summary>The column that an attribute of the span or record itself has; NULL where a row has it not. Null where it has none.</summary>
    PartColumn? ColumnOf(string key);

    /// <summary>Whether an attribute may be within the JSON of the attributes that have no column.</summary>
    bool MayBeInRest(string key);

    /// <summary>Whether events (or links) may have an attribute.</summary>
    /// <param name="scope">Which of the two.</param>
    /// <param name="key">The key.</param>
    bool MayBeIn(FieldKind scope, string key);
}

/// <summary>The columns of a current table: all attributes are JSON.</summary>
/// <param name="columnOf">The column of a field.</param>
/// <param name="hasEvents">Whether there are events and links.</param>
internal sealed class TableColumns(Func<FieldKind, string?> columnOf, bool hasEvents) : IPartColumns
{
    /// <inheritdoc/>
    public bool HasEvents => hasEvents;

    /// <inheritdoc/>
    public PartColumn? ColumnOf(FieldKind field) => columnOf(field) is { } name ? new PartColumn(name, KindOf(field)) : null;

    /// <inheritdoc/>
    public PartColumn? ColumnOf(string key) => null;

    /// <inheritdoc/>
    public bool MayBeInRest(string key) => true;

    /// <inheritdoc/>
    public bool MayBeIn(FieldKind scope, string key) => hasEvents;

    /// <summary>What the values of a field that has a column are.</summary>
    public static AttributeKind KindOf(FieldKind field) =>
        field is FieldKind.Status or FieldKind.Kind or FieldKind.Duration or FieldKind.Severity ? AttributeKind.Int : AttributeKind.Text;

    /// <summary>The columns of a signal's table.</summary>
    public static TableColumns Of<TRecord>(SignalShape<TRecord> shape)
        where TRecord : class, ISearchable => new(shape.ColumnOf, shape.Columns.Any(static column => column.Name == "events"));
}
