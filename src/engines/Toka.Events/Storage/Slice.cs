using Toka.Events.Journals;

namespace Toka.Events.Storage;

/// <summary>A table that rows are written to until it is sealed. Its count is changed by the committer alone.</summary>
/// <param name="table">Its name.</param>
/// <param name="number">Its number, which its journal and its sealed files have in their names.</param>
/// <param name="createdMs">Since when it is written to, ms since the Unix epoch.</param>
internal sealed class Slice(string table, long number, long createdMs) : Leased
{
    private long _rows;

    /// <summary>The table's name.</summary>
    public string Table => table;

    /// <summary>Its number.</summary>
    public long Number => number;

    /// <summary>Since when it is written to, ms since the Unix epoch.</summary>
    public long CreatedMs => createdMs;

    /// <summary>Rows in it.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>The journal of its rows; null where the store is open for reading only.</summary>
    public Journal? Journal { get; set; }

    /// <summary>Counts rows that were committed.</summary>
    public void Count(long rows) => Volatile.Write(ref _rows, _rows + rows);
}
