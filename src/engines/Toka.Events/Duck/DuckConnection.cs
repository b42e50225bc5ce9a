using DuckDB.NET.Native;
using Toka.Core.Attributes;

namespace Toka.Events.Duck;

/// <summary>A connection. One caller at a time; <see cref="Interrupt"/> alone may come from elsewhere.</summary>
internal sealed class DuckConnection(DuckDBNativeConnection connection) : IDisposable
{
    /// <summary>The native connection.</summary>
    public DuckDBNativeConnection Native => connection;

    /// <summary>Runs statements that give no rows.</summary>
    /// <exception cref="DuckException">It was refused.</exception>
    public void Execute(string sql)
    {
        var state = NativeMethods.Query.DuckDBQuery(connection, sql, out var result);
        var error = state.IsSuccess() ? null : NativeMethods.Query.DuckDBResultError(ref result);
        NativeMethods.Query.DuckDBDestroyResult(ref result);
        if (!state.IsSuccess())
        {
            throw new DuckException(error ?? "no reason was given");
        }
    }

    /// <summary>Runs a query and gives its rows as they come.</summary>
    /// <param name="sql">The query, with <c>$1</c>, <c>$2</c> … for the values.</param>
    /// <param name="values">The values.</param>
    /// <exception cref="DuckException">It was refused.</exception>
    public DuckRows Query(string sql, IReadOnlyList<AttributeValue>? values = null)
    {
        var state = NativeMethods.PreparedStatements.DuckDBPrepare(connection, sql, out var statement);
        try
        {
            if (!state.IsSuccess())
            {
                throw new DuckException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement) ?? "no reason was given");
            }

            for (var i = 0; i < (values?.Count ?? 0); i++)
            {
                Bind(statement, i + 1, values![i]);
            }

            var executed = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result);
            if (!executed.IsSuccess())
            {
                var error = NativeMethods.Query.DuckDBResultError(ref result);
                NativeMethods.Query.DuckDBDestroyResult(ref result);
                throw new DuckException(error ?? "no reason was given");
            }

            return new DuckRows(statement, result);
        }
        catch
        {
            statement.Dispose();
            throw;
        }
    }

    /// <summary>The number that a query of one row and one column of type BIGINT gives; 0 for no row.</summary>
    public long Scalar(string sql)
    {
        using var rows = Query(sql);
        return rows.NextChunk() ? rows.Values<long>(0)[0] : 0;
    }

    /// <summary>Ends what runs on it, from any thread.</summary>
    public void Interrupt() => NativeMethods.Startup.DuckDBInterrupt(connection);

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private static void Bind(DuckDBPreparedStatement statement, int index, in AttributeValue value)
    {
        var state = value.Kind switch
        {
            AttributeKind.Int => NativeMethods.PreparedStatements.DuckDBBindInt64(statement, index, value.Int),
            AttributeKind.Double => NativeMethods.PreparedStatements.DuckDBBindDouble(statement, index, value.Number),
            AttributeKind.Bool => NativeMethods.PreparedStatements.DuckDBBindBoolean(statement, index, value.Bool),
            AttributeKind.None => NativeMethods.PreparedStatements.DuckDBBindNull(statement, index),
            _ => NativeMethods.PreparedStatements.DuckDBBindVarchar(statement, index, value.Text),
        };
        if (!state.IsSuccess())
        {
            throw new DuckException($"value {index} cannot be bound");
        }
    }
}
