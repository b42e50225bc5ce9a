using DuckDB.NET.Native;

namespace Toka.Events.Duck;

/// <summary>
/// Rows on their way into a table: columns are filled in chunks, which cost a tenth of a call for each value. Used by one
/// thread. <see cref="Complete"/> hands over the rest; without it the rows since the last chunk are forgotten.
/// </summary>
internal sealed class DuckAppender : IDisposable
{
    private readonly DuckColumns _columns;
    private readonly DuckDBAppender _appender;

    /// <summary>Begins to append.</summary>
    /// <param name="connection">Where; in its transaction, where it has one.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">The chunk that is filled; kept between uses.</param>
    public DuckAppender(DuckConnection connection, string table, DuckColumns columns)
    {
        _columns = columns;
        _columns.Reset();
        if (!NativeMethods.Appender.DuckDBAppenderCreate(connection.Native, null!, table, out _appender).IsSuccess())
        {
            var error = DuckNative.ErrorOf(_appender);
            _appender.Dispose();
            throw new DuckException(error);
        }
    }

    /// <summary>The place of the next row, whose columns are then to be set.</summary>
    public int NextRow()
    {
        if (_columns.Count == DuckColumns.Capacity)
        {
            Flush();
        }

        return _columns.Count++;
    }

    /// <summary>Hands over all rows.</summary>
    /// <exception cref="DuckException">They were refused.</exception>
    public void Complete()
    {
        Flush();
        Check(NativeMethods.Appender.DuckDBAppenderClose(_appender));
    }

    /// <inheritdoc/>
    public void Dispose() => _appender.Dispose();

    private void Flush()
    {
        if (_columns.Count > 0)
        {
            Check(NativeMethods.Appender.DuckDBAppendDataChunk(_appender, _columns.Seal()));
            _columns.Reset();
        }
    }

    private void Check(DuckDBState state)
    {
        if (!state.IsSuccess())
        {
            throw new DuckException(DuckNative.ErrorOf(_appender));
        }
    }
}
