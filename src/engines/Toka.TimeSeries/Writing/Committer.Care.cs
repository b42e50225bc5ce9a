using Toka.TimeSeries.Care;

namespace Toka.TimeSeries.Writing;

/// <content>The committer's part in backups.</content>
internal sealed partial class Committer
{
    /// <summary>The segments of the log at a moment between two writes: each ends with a whole record, and what is acknowledged is in them.</summary>
    public IReadOnlyList<LogPart> LogParts()
    {
        lock (_commitLock)
        {
            return _wal?.Parts() ?? [];
        }
    }
}
