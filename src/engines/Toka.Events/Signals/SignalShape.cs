using System.Text;
using DuckDB.NET.Native;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Indexes;

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

    /// <summary>What an index says of a row.</summary>
    public abstract RowFacts FactsOf(DuckRows rows, int row);

    /// <summary>Tells an index what a row has beside its attributes.</summary>
    public abstract void AddTokens(DuckRows rows, int row, PartIndexBuilder index);

    /// <summary>What orders records of the same time.</summary>
    public abstract ulong TieOf(TRecord record);

    /// <summary>The columns in SQL.</summary>
    public string ColumnList => string.Join(", ", Columns.Select(static column => column.Name));

    /// <summary>The statement that makes a table.</summary>
    public string CreateTable(string table) =>
        $"CREATE TABLE {table} ({string.Join(", ", Columns.Select(static column => $"{column.Name} {column.SqlType} NOT NULL"))})";

    /// <summary>Tells an index of a text.</summary>
    protected static void AddToken(PartIndexBuilder index, long seed, ReadOnlySpan<byte> text)
    {
        index.AddToken(Tokens.Exists(seed));
        index.AddToken(Tokens.Of(seed, text));
    }

    /// <summary>Tells an index of attributes of something within a row.</summary>
    public static void AddAttributes(PartIndexBuilder index, FieldKind scope, ReadOnlySpan<byte> json)
    {
        var reader = new AttributeReader(json);
        while (reader.Next())
        {
            var key = reader.Key();
            var value = reader.Value();
            index.AddRestKey(scope, key, value.Kind);
            AddToken(index, Tokens.Seed(new Field(scope, key)), Encoding.UTF8.GetBytes(value.ToString()));
        }
    }

    /// <summary>A trace's id as DuckDB holds it: with the highest bit the other way round, so that signed numbers sort as ids do.</summary>
    public static UInt128 ToUuid(TraceId id) => id.Value ^ (UInt128.One << 127);

    /// <summary>A trace's id of DuckDB's.</summary>
    public static TraceId OfUuid(UInt128 value) => new(value ^ (UInt128.One << 127));
}
