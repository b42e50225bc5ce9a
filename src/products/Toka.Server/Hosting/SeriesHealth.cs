using Toka.Core.Health;
using Toka.Core.Series;

namespace Toka.Server.Hosting;

/// <summary>Refused new series as a part of health, which remembers since when they are refused. Thread-safe.</summary>
internal sealed class SeriesHealth(long startedMs)
{
    private readonly Lock _lock = new();
    private bool _isRefusing;
    private long _sinceMs = startedMs;

    public HealthPart Judge(SeriesRefusal? last, long nowMs, long recentMs)
    {
        lock (_lock)
        {
            var isRefusing = last is not null && nowMs - last.AtMs < recentMs;
            if (isRefusing != _isRefusing)
            {
                (_isRefusing, _sinceMs) = (isRefusing, isRefusing ? last!.AtMs : nowMs);
            }

            return isRefusing
                ? new HealthPart("series", HealthState.Degraded, $"samples of new series are refused: {last!.Reason}; toka cardinality --by new says who makes them", _sinceMs)
                : new HealthPart("series", HealthState.Healthy, "", _sinceMs);
        }
    }
}
