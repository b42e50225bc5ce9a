using DuckDB.NET.Native;

namespace Toka.Events.Signals;

/// <summary>A column of a signal's table.</summary>
/// <param name="Name">Its name, in the table and in sealed files.</param>
/// <param name="Type">What DuckDB holds it as.</param>
internal sealed record SignalColumn(string Name, DuckDBType Type)
{
    /// <summary>The type within SQL.</summary>
    public string SqlType => Type switch
    {
        DuckDBType.Uuid => "UUID",
        DuckDBType.UnsignedBigInt => "UBIGINT",
        DuckDBType.UnsignedInteger => "UINTEGER",
        DuckDBType.UnsignedTinyInt => "UTINYINT",
        DuckDBType.TimestampNs => "TIMESTAMP_NS",
        DuckDBType.BigInt => "BIGINT",
        DuckDBType.Double => "DOUBLE",
        DuckDBType.Boolean => "BOOLEAN",
        DuckDBType.Varchar => "VARCHAR",
        _ => throw new InvalidOperationException($"no column has the type {Type}"),
    };
}
