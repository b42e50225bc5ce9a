using Toka.TimeSeries.Care;

namespace Toka.TimeSeries;

/// <content>The committer's part in backups.</content>
internal sealed partial class Committer
{
    /// <summary>The segments of the log at a moment between two writes: each ends with a whole record, and what is acknowledged is in them.</summary>
    public IReadOnlyList<LogPart> LogParts()
    {
        lock (_commitLock)
        {
            var directory = _options.Directory!;
            return [.. _options.Disk.List(directory)
                .Where(static name => name.EndsWith(".wal", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new LogPart(name, _options.Disk.LengthOf(Path.Combine(directory, name))))];
        }
    }
}
