using Toka.Core.Errors;

namespace Toka.Events;

/// <summary>How an <see cref="EventStore"/> keeps spans and log records.</summary>
public sealed record EventStoreOptions
{
    /// <summary>The directory; made where it is missing.</summary>
    public required string Directory { get; init; }

    /// <summary>How long spans and log records are kept. Default 7 days; at least 1 hour.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The most bytes of sealed files. Default 10 GiB; at least 64 MiB. The oldest files go first; see <see cref="ServiceShareMax"/>.</summary>
    public long SizeMaxBytes { get; init; } = 10L << 30;

    /// <summary>
    /// The memory that the store may take, bytes: DuckDB's buffers and what the store itself holds. Default 256 MiB; at least 128 MiB.
    /// </summary>
    public long MemoryMaxBytes { get; init; } = 256L << 20;

    /// <summary>
    /// The part of <see cref="SizeMaxBytes"/> that one service may fill while others need room, 0 to 1. Default 0.5. A service with
    /// a large part of a slice gets files of its own, and when the size is over its maximum, files of services above their share go first.
    /// </summary>
    public double ServiceShareMax { get; init; } = 0.5;

    /// <summary>The most spans (and, counted apart, log records) that a service may send in a second, on average over ten seconds. Default 0: no such quota.</summary>
    public double ServiceRateMax { get; init; }

    /// <summary>Rows of the current table after which it is sealed. Default 65,536: they are in memory until then; at least 1,000. An hour seals it too.</summary>
    public int SliceRowsMax { get; init; } = 65_536;

    /// <summary>How far ahead of the clock a time may be. Default 10 minutes, what badly set clocks differ by.</summary>
    public TimeSpan FutureMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether nothing is changed: for looking into the data of a server that is stopped. Default false.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Refuses values out of their range.</summary>
    internal void Check()
    {
        Refuse(Retention < TimeSpan.FromHours(1), nameof(Retention), "at least 1 hour");
        Refuse(SizeMaxBytes < 64L << 20, nameof(SizeMaxBytes), "at least 64 MiB");
        Refuse(MemoryMaxBytes < 128L << 20, nameof(MemoryMaxBytes), "at least 128 MiB");
        Refuse(!(ServiceShareMax is > 0 and <= 1), nameof(ServiceShareMax), "above 0 and at most 1");
        Refuse(!(ServiceRateMax >= 0), nameof(ServiceRateMax), "0 or more");
        Refuse(SliceRowsMax < 1_000, nameof(SliceRowsMax), "at least 1,000");
        Refuse(FutureMax < TimeSpan.Zero, nameof(FutureMax), "0 or more");
    }

    private static void Refuse(bool isWrong, string option, string rule)
    {
        if (isWrong)
        {
            throw new BadInputException($"the option {option} of the store of spans and logs must be {rule}");
        }
    }
}
