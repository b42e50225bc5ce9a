using System.Text;
using DuckDB.NET.Native;
using Toka.Core.Spans;
using Toka.Events.Duck;
using Toka.Events.Origins;
using Toka.Events.Signals;

namespace Toka.Events.Storage;

/// <summary>The table of origins: rows of spans and logs have their numbers.</summary>
internal static class OriginTable
{
    public const string Name = "origins";

    /// <summary>Its columns.</summary>
    public static IReadOnlyList<SignalColumn> Columns { get; } =
    [
        new("id", DuckDBType.UnsignedBigInt),
        new("resource", DuckDBType.Varchar),
        new("scope_name", DuckDBType.Varchar),
        new("scope_version", DuckDBType.Varchar),
        new("scope", DuckDBType.Varchar),
    ];

    /// <summary>The statement that makes it where it is missing.</summary>
    public static string Create { get; } =
        $"CREATE TABLE IF NOT EXISTS {Name} ({string.Join(", ", Columns.Select(static column => $"{column.Name} {column.SqlType} NOT NULL"))})";

    /// <summary>Appends an origin.</summary>
    public static void Write(DuckColumns columns, int at, Origin origin)
    {
        columns.Set(0, at, origin.Id);
        columns.Set(1, at, origin.Resource);
        columns.Set(2, at, Encoding.UTF8.GetBytes(origin.ScopeName));
        columns.Set(3, at, Encoding.UTF8.GetBytes(origin.ScopeVersion));
        columns.Set(4, at, origin.Scope);
    }

    /// <summary>Makes all origins known.</summary>
    public static void Read(DuckConnection connection, OriginRegistry into)
    {
        using var rows = connection.Query($"SELECT id, resource, scope_name, scope_version, scope FROM {Name}");
        while (rows.NextChunk())
        {
            for (var i = 0; i < rows.Count; i++)
            {
                into.Add(rows.Values<ulong>(0)[i], new Origin(rows.Text(1, i), rows.String(2, i), rows.String(3, i), rows.Text(4, i)));
            }
        }
    }
}
