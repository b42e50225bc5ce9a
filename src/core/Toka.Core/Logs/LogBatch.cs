using System.Runtime.InteropServices;
using Toka.Core.Spans;

namespace Toka.Core.Logs;

/// <summary>Log records on their way into a store. Filled by one thread at a time, and used again after <see cref="Clear"/>.</summary>
public sealed class LogBatch
{
    private const int KeptRowsMax = 16_384;

    private readonly List<LogRow> _rows = [];
    private readonly List<Origin> _origins = [];

    /// <summary>What the rows' texts are in.</summary>
    public EventBytes Bytes { get; } = new();

    /// <summary>The records.</summary>
    public ReadOnlySpan<LogRow> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>Where they come from, by number.</summary>
    public IReadOnlyList<Origin> Origins => _origins;

    /// <summary>How many records there are.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds an origin and gives its number; the one that was added last is found again.</summary>
    public int AddOrigin(Origin origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        if (_origins.Count == 0 || !_origins[^1].Equals(origin))
        {
            _origins.Add(origin);
        }

        return _origins.Count - 1;
    }

    /// <summary>Adds a record, whose texts are in <see cref="Bytes"/> already.</summary>
    public void Add(in LogRow row) => _rows.Add(row);

    /// <summary>Forgets all, and keeps the room but for that of more than 16,384 rows, about 3 MiB.</summary>
    public void Clear()
    {
        _rows.Clear();
        if (_rows.Capacity > KeptRowsMax)
        {
            _rows.Capacity = KeptRowsMax;
        }

        _origins.Clear();
        Bytes.Clear();
    }
}
