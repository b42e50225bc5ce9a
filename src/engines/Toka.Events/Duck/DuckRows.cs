using System.Text;
using DuckDB.NET.Native;

namespace Toka.Events.Duck;

/// <summary>The rows of a query, chunk by chunk. Views are valid until the next chunk. Used by one thread, and disposed.</summary>
internal sealed class DuckRows(DuckDBPreparedStatement statement, DuckDBResult result) : IDisposable
{
    private DuckDBResult _result = result;
    private DuckDBDataChunk? _chunk;
    private nint[] _vectors = [];
    private bool _isClosed;

    /// <summary>Rows of the chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Goes to the next chunk that has rows.</summary>
    /// <exception cref="DuckException">The query failed on its way.</exception>
    public bool NextChunk()
    {
        while (true)
        {
            _chunk?.Dispose();
            _chunk = NativeMethods.Query.DuckDBFetchChunk(_result);
            if (_chunk.IsInvalid)
            {
                var error = NativeMethods.Query.DuckDBResultError(ref _result);
                return string.IsNullOrEmpty(error) ? false : throw new DuckException(error);
            }

            Count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(_chunk);
            if (Count > 0)
            {
                TakeVectors();
                return true;
            }
        }
    }

    /// <summary>The values of a column of a fixed width.</summary>
    public ReadOnlySpan<T> Values<T>(int column)
        where T : unmanaged => DuckNative.Values<T>(_vectors[column], Count);

    /// <summary>Whether a value is not there.</summary>
    public bool IsNull(int column, int row)
    {
        var validity = DuckNative.Validity(_vectors[column], Count);
        return !validity.IsEmpty && (validity[row >> 6] & (1UL << (row & 63))) == 0;
    }

    /// <summary>The text of a column; empty where it is not there.</summary>
    public ReadOnlySpan<byte> Text(int column, int row) => IsNull(column, row) ? default : DuckNative.Text(_vectors[column], row);

    /// <summary>The text of a column; empty where it is not there.</summary>
    public string String(int column, int row)
    {
        var text = Text(column, row);
        return text.IsEmpty ? "" : Encoding.UTF8.GetString(text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _chunk?.Dispose();
            NativeMethods.Query.DuckDBDestroyResult(ref _result);
            statement.Dispose();
        }
    }

    private void TakeVectors()
    {
        var columns = (int)NativeMethods.DataChunks.DuckDBDataChunkGetColumnCount(_chunk!);
        if (_vectors.Length != columns)
        {
            _vectors = new nint[columns];
        }

        for (var i = 0; i < columns; i++)
        {
            _vectors[i] = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk!, i);
        }
    }
}
