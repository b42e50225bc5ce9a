using Toka.Core.Health;
using Toka.Core.Limits;

namespace Toka.Server.Hosting;

/// <summary>The memory budget as a part of health, which remembers since when it is as it is. Thread-safe.</summary>
internal sealed class MemoryHealth(long startedMs)
{
    private readonly Lock _lock = new();
    private MemoryLevel _level;
    private long _sinceMs = startedMs;

    public HealthPart Judge(MemoryBudget memory, long nowMs)
    {
        lock (_lock)
        {
            var level = memory.Level;
            if (level != _level)
            {
                (_level, _sinceMs) = (level, nowMs);
            }

            return level switch
            {
                MemoryLevel.Ample => new HealthPart("memory", HealthState.Healthy, "", _sinceMs),
                MemoryLevel.Tight => new HealthPart("memory", HealthState.Degraded, $"{memory}: new series are refused; toka cardinality says what grew, --memory gives more", _sinceMs),
                _ => new HealthPart("memory", HealthState.Unhealthy, $"{memory}: new series and heavy queries are refused; toka cardinality says what grew, --memory gives more", _sinceMs),
            };
        }
    }
}
