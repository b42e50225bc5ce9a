using DuckDB.NET.Native;

namespace Toka.Events.Duck;

/// <summary>A chunk of up to 2,048 rows that is filled column by column. Not thread-safe.</summary>
internal sealed class DuckColumns : IDisposable
{
    /// <summary>Rows of a chunk: DuckDB's vector size.</summary>
    public const int Capacity = 2048;

    private readonly DuckDBDataChunk _chunk;
    private readonly nint[] _vectors;

    /// <summary>Makes an empty chunk.</summary>
    /// <param name="types">The type of each column.</param>
    public DuckColumns(IReadOnlyList<DuckDBType> types)
    {
        var logical = types.Select(NativeMethods.LogicalType.DuckDBCreateLogicalType).ToArray();
        _chunk = NativeMethods.DataChunks.DuckDBCreateDataChunk([.. logical.Select(static type => type.DangerousGetHandle())], (ulong)logical.Length);
        _vectors = new nint[logical.Length];
        foreach (var type in logical)
        {
            type.Dispose();
        }

        Reset();
    }

    /// <summary>Rows so far.</summary>
    public int Count { get; set; }

    /// <summary>Forgets all rows.</summary>
    public void Reset()
    {
        Count = 0;
        NativeMethods.DataChunks.DuckDBDataChunkReset(_chunk);
        for (var i = 0; i < _vectors.Length; i++)
        {
            _vectors[i] = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, i);
        }
    }

    /// <summary>Sets a value of a fixed width.</summary>
    public void Set<T>(int column, int row, T value)
        where T : unmanaged => DuckNative.Values<T>(_vectors[column], Capacity)[row] = value;

    /// <summary>Sets a text; what is not UTF-8 in it is replaced.</summary>
    public void Set(int column, int row, ReadOnlySpan<byte> text) => DuckNative.Assign(_vectors[column], row, DuckNative.Valid(text));

    /// <summary>Says that a value is not there.</summary>
    public void SetNull(int column, int row) => DuckNative.SetNull(_vectors[column], row, Capacity);

    /// <summary>The chunk with its number of rows.</summary>
    public DuckDBDataChunk Seal()
    {
        NativeMethods.DataChunks.DuckDBDataChunkSetSize(_chunk, (ulong)Count);
        return _chunk;
    }

    /// <inheritdoc/>
    public void Dispose() => _chunk.Dispose();
}
