namespace Toka.Events.Storage;

/// <summary>A table that rows are written to until it is sealed. Times and counts are changed by the committer alone.</summary>
/// <param name="table">Its name.</param>
/// <param name="number">Its number, which its sealed files have in their names.</param>
/// <param name="createdMs">Since when it is written to, ms since the Unix epoch.</param>
internal sealed class Slice(string table, long number, long createdMs) : Leased
{
    private long _rows;
    private long _fromNs = long.MaxValue;
    private long _toNs = long.MinValue;

    /// <summary>The table's name.</summary>
    public string Table => table;

    /// <summary>Its number.</summary>
    public long Number => number;

    /// <summary>Since when it is written to, ms since the Unix epoch.</summary>
    public long CreatedMs => createdMs;

    /// <summary>Rows in it.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>The earliest time in it, ns.</summary>
    public long FromNs => Volatile.Read(ref _fromNs);

    /// <summary>The latest time in it, ns.</summary>
    public long ToNs => Volatile.Read(ref _toNs);

    /// <summary>Says that rows were added. Before they are committed, so that no search leaves them out that should see them.</summary>
    public void Widen(long fromNs, long toNs)
    {
        Volatile.Write(ref _fromNs, Math.Min(_fromNs, fromNs));
        Volatile.Write(ref _toNs, Math.Max(_toNs, toNs));
    }

    /// <summary>Counts rows that were committed.</summary>
    public void Count(long rows) => Volatile.Write(ref _rows, _rows + rows);
}
