using Toka.Core.Spans;

namespace Toka.Events.Writing;

/// <summary>Says which rows of a batch are stored: not those that are too old, too far in the future, or over a quota. Thread-safe.</summary>
/// <param name="signal">The signal's name, in metrics.</param>
/// <param name="options">The limits.</param>
/// <param name="clock">The clock.</param>
/// <param name="counters">Counts what is refused.</param>
internal sealed class Admission(string signal, EventStoreOptions options, TimeProvider clock, EventCounters counters)
{
    private const long TickNs = 100;
    private readonly ServiceQuotas? _quotas = options.ServiceRateMax > 0 ? new ServiceQuotas(options.ServiceRateMax, clock) : null;

    /// <summary>Judges the rows of a batch.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="timeOf">The time and the origin of each.</param>
    /// <param name="origins">The batch's origins.</param>
    /// <returns>Which are refused (null where none is), and the result.</returns>
    public (bool[]? Refused, EventWriteResult Result) Judge(int count, Func<int, (long TimeNs, int Origin)> timeOf, IReadOnlyList<Origin> origins)
    {
        var nowNs = NowNs();
        var oldest = nowNs - (options.Retention.Ticks * TickNs);
        var newest = nowNs + (options.FutureMax.Ticks * TickNs);
        bool[]? refused = null;
        var result = default(EventWriteResult);
        for (var i = 0; i < count; i++)
        {
            var (timeNs, origin) = timeOf(i);
            var one = timeNs < oldest ? new EventWriteResult(0, TooOld: 1)
                : timeNs > newest ? new EventWriteResult(0, TooFarInFuture: 1)
                : _quotas is not null && !_quotas.TryTake(origins[origin].Service) ? new EventWriteResult(0, OverQuota: 1)
                : new EventWriteResult(1);
            if (one.Refused > 0)
            {
                (refused ??= new bool[count])[i] = true;
                one = result.FirstReason is null ? one with { FirstReason = ReasonOf(one, origins[origin].Service, timeNs, nowNs) } : one;
            }

            result += one;
        }

        counters.Refused(signal, "too_old", result.TooOld);
        counters.Refused(signal, "too_far_in_future", result.TooFarInFuture);
        counters.Refused(signal, "over_quota", result.OverQuota);
        return (refused, result);
    }

    private long NowNs() => (clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * TickNs;

    private string ReasonOf(EventWriteResult one, string service, long timeNs, long nowNs)
    {
        var difference = TimeSpan.FromTicks(Math.Abs(nowNs - timeNs) / TickNs);
        return one switch
        {
            { TooOld: > 0 } => $"{signal} of {service} are {difference:g} old and the store keeps {options.Retention:g}: send them sooner, or keep them longer",
            { TooFarInFuture: > 0 } => $"{signal} of {service} are {difference:g} ahead of the server's clock, more than {options.FutureMax:g}: set the sender's clock",
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{service} sends more than {options.ServiceRateMax} {signal} a second: send fewer, or raise its quota"),
        };
    }
}
