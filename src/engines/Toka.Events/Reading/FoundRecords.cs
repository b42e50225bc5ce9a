using Toka.Core.Searching;
using Toka.Events.Signals;

namespace Toka.Events.Reading;

/// <summary>The first records by time of all that are found. Not thread-safe.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
internal sealed class FoundRecords<TRecord> : IComparer<TRecord>
    where TRecord : class, ISearchable
{
    private readonly SignalShape<TRecord> _shape;
    private readonly List<TRecord> _records = [];
    private readonly int _keptMax;

    /// <summary>Nothing is found yet.</summary>
    public FoundRecords(SignalShape<TRecord> shape, int limit, bool isNewestFirst)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _shape = shape;
        Limit = limit;
        IsNewestFirst = isNewestFirst;

        // One more says that there is more; and lists are sorted when they are twice too long, not at every record.
        _keptMax = (int)Math.Min(Array.MaxLength, ((long)limit + 1) * 2);
    }

    /// <summary>The most to return.</summary>
    public int Limit { get; }

    /// <summary>Whether the newest come first.</summary>
    public bool IsNewestFirst { get; }

    /// <summary>Granules of a file that are read at once next.</summary>
    public int Granules { get; set; } = 1;

    /// <summary>Whether nothing of this time can be among the first.</summary>
    public bool IsBeyond(long timeNs)
    {
        if (_records.Count <= Limit)
        {
            return false;
        }

        Trim();
        var last = _records[Limit].MomentNs;
        return IsNewestFirst ? timeNs < last : timeNs > last;
    }

    /// <summary>Adds a record.</summary>
    public void Add(TRecord record)
    {
        _records.Add(record);
        if (_records.Count >= _keptMax)
        {
            Trim();
        }
    }

    /// <summary>The first records.</summary>
    /// <param name="isCut">Whether there are more.</param>
    public List<TRecord> Take(out bool isCut)
    {
        _records.Sort(this);
        isCut = _records.Count > Limit;
        return isCut ? _records[..Limit] : _records;
    }

    /// <inheritdoc/>
    public int Compare(TRecord? x, TRecord? y)
    {
        var order = IsNewestFirst ? y!.MomentNs.CompareTo(x!.MomentNs) : x!.MomentNs.CompareTo(y!.MomentNs);
        return order != 0 ? order : _shape.TieOf(x!).CompareTo(_shape.TieOf(y!));
    }

    private void Trim()
    {
        _records.Sort(this);
        if (_records.Count > Limit + 1)
        {
            _records.RemoveRange(Limit + 1, _records.Count - Limit - 1);
        }
    }
}
