using System.Runtime.InteropServices;

namespace Toka.Core.Spans;

/// <summary>Spans on their way into a store. Filled by one thread at a time, and used again after <see cref="Clear"/>.</summary>
public sealed class SpanBatch
{
    private const int KeptRowsMax = 16_384;

    private readonly List<SpanRow> _rows = [];
    private readonly List<Origin> _origins = [];

    /// <summary>What the rows' texts are in.</summary>
    public EventBytes Bytes { get; } = new();

    /// <summary>The spans.</summary>
    public ReadOnlySpan<SpanRow> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>Where they come from, by number.</summary>
    public IReadOnlyList<Origin> Origins => _origins;

    /// <summary>How many spans there are.</summary>
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

    /// <summary>Adds a span, whose texts are in <see cref="Bytes"/> already.</summary>
    public void Add(in SpanRow row) => _rows.Add(row);

    /// <summary>Adds a copy of a span of another batch.</summary>
    public void AddFrom(SpanBatch other, in SpanRow row)
    {
        ArgumentNullException.ThrowIfNull(other);
        var copy = row;
        copy.Origin = AddOrigin(other._origins[row.Origin]);
        copy.Name = Bytes.Add(other.Bytes[row.Name]);
        copy.StatusMessage = Bytes.Add(other.Bytes[row.StatusMessage]);
        copy.TraceState = Bytes.Add(other.Bytes[row.TraceState]);
        copy.Attributes = Bytes.Add(other.Bytes[row.Attributes]);
        copy.Events = Bytes.Add(other.Bytes[row.Events]);
        copy.Links = Bytes.Add(other.Bytes[row.Links]);
        _rows.Add(copy);
    }

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
