using Microsoft.Extensions.Logging;
using Toka.Core.Health;

namespace Toka.Monitoring.StatsD;

/// <summary>How well receiving and writing StatsD go: what failed is told in the log and as a part of Toka's health. Thread-safe.</summary>
internal sealed class StatsDHealth(TimeProvider time, ILogger log)
{
    /// <summary>For how long a fault keeps the part degraded: PromQL's look-back.</summary>
    private const long RecentMs = 5 * 60_000;

    /// <summary>A fault may come with each datagram; the log has one of a minute.</summary>
    private const long PauseMs = 60_000;

    private readonly Lock _lock = new();
    private readonly long _startedMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private string? _unwritten;
    private long _unwrittenMs;
    private string _fault = "";
    private long? _faultMs;
    private long? _toldMs;

    /// <summary>The part <c>statsd</c>: degraded while values cannot be stored, and for five minutes after a fault of Toka's own.</summary>
    public HealthPart Part
    {
        get
        {
            var now = NowMs;
            lock (_lock)
            {
                return _unwritten is not null ? new HealthPart("statsd", HealthState.Degraded, $"StatsD is not stored, and goes with a later write: {_unwritten}", _unwrittenMs)
                    : _faultMs is { } at && now - at < RecentMs ? new HealthPart("statsd", HealthState.Degraded, $"{_fault}; look at toka's log", at)
                    : new HealthPart("statsd", HealthState.Healthy, "", _faultMs is { } last ? last + RecentMs : _startedMs);
            }
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A write is over. Says once that nothing can be written, and once that it can be again.</summary>
    /// <param name="failure">What kept something from being written; null where all was.</param>
    public void Written(Exception? failure)
    {
        var now = NowMs;
        bool wasGood;
        lock (_lock)
        {
            wasGood = _unwritten is null;
            _unwrittenMs = wasGood ? now : _unwrittenMs;
            _unwritten = failure?.Message.TrimEnd('.');
        }

        if (failure is not null && wasGood)
        {
            // An IOException says all by its words; of anything else the place is wanted too.
            log.LogError(failure is IOException ? null : failure, "StatsD is not stored, and goes with a later write: {Reason}", failure.Message);
        }
        else if (failure is null && !wasGood)
        {
            log.LogInformation("StatsD is stored again");
        }
    }

    /// <summary>Something failed by a fault of Toka's own, and goes on.</summary>
    /// <param name="what">What failed, as in "a datagram could not be taken".</param>
    /// <param name="fault">The fault.</param>
    public void Fault(string what, Exception fault)
    {
        var now = NowMs;
        lock (_lock)
        {
            (_fault, _faultMs) = ($"{what}: {fault.Message.TrimEnd('.')}", now);
            if (_toldMs is { } told && now - told < PauseMs)
            {
                return;
            }

            _toldMs = now;
        }

        log.LogError(fault, "StatsD: {What} by a fault of Toka's own; it goes on with the next", what);
    }
}
