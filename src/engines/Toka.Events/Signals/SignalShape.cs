using System.Runtime.InteropServices;
using DuckDB.NET.Native;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;

namespace Toka.Events.Signals;

/// <summary>What is particular to a signal: its columns, and how a row of them is a record.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
internal abstract class SignalShape<TRecord>
    where TRecord : class, ISearchable
{
    /// <summary>The signal's name: of its tables, its directory and in metrics.</summary>
    public abstract string Name { get; }

    /// <summary>The columns of the current table.</summary>
    public abstract IReadOnlyList<SignalColumn> Columns { get; }

    /// <summary>The column of the time that searches are about.</summary>
    public abstract string TimeColumn { get; }

    /// <summary>The place of <c>attributes</c>.</summary>
    public abstract int AttributesColumn { get; }

    /// <summary>The place of <c>origin</c>.</summary>
    public abstract int OriginColumn { get; }

    /// <summary>The column that a field is, where it is one; null otherwise.</summary>
    public abstract string? ColumnOf(FieldKind field);

    /// <summary>The record of a row whose columns stand in the order of <see cref="Columns"/>.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="row">Which.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="attributes">Its attributes.</param>
    public abstract TRecord Read(DuckRows rows, int row, Origin origin, ReadOnlyMemory<byte> attributes);

    /// <summary>What orders records of the same time.</summary>
    public abstract ulong TieOf(TRecord record);

    /// <summary>The columns in SQL.</summary>
    public string ColumnList => string.Join(", ", Columns.Select(static column => column.Name));

    /// <summary>The statement that makes a table.</summary>
    public string CreateTable(string table) =>
        $"CREATE TABLE {table} ({string.Join(", ", Columns.Select(static column => $"{column.Name} {column.SqlType} NOT NULL"))})";

    /// <summary>A trace's id as DuckDB holds it: with the highest bit the other way round, so that signed numbers sort as ids do.</summary>
    public static UInt128 ToUuid(TraceId id) => id.Value ^ (UInt128.One << 127);

    /// <summary>A trace's id of DuckDB's.</summary>
    public static TraceId OfUuid(UInt128 value) => new(value ^ (UInt128.One << 127));
}
