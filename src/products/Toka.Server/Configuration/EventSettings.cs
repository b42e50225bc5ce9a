using Toka.Configuration.Binding;

namespace Toka.Server.Configuration;

/// <summary>The section <c>events</c>: how spans and log records are kept. Immutable.</summary>
public sealed record EventSettings
{
    private static readonly TimeSpan s_keepMax = TimeSpan.FromDays(3650);

    /// <summary>How long they are kept. Default 7 days; 1 hour to 10 years.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The most bytes on disk. Default 10 GiB; 64 MiB to 1 PiB.</summary>
    public long SizeBytes { get; init; } = 10L << 30;

    /// <summary>The memory that their store may take, in bytes. Default 256 MiB; 128 MiB to 1 TiB.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>The part of the disk that one service may fill while others need room. Default 0.5; 0.01 to 1.</summary>
    public double ServiceShare { get; init; } = 0.5;

    /// <summary>The most spans (and apart from them log records) that one service may send a second; 0 for no quota. Default 0.</summary>
    public double ServiceRate { get; init; }

    internal static EventSettings Bind(ConfigSection section)
    {
        var standard = new EventSettings();
        return new EventSettings
        {
            Retention = section.Duration("retention", standard.Retention, TimeSpan.FromHours(1), s_keepMax, "How long spans and log records are kept."),
            SizeBytes = section.Size("size", standard.SizeBytes, 64L << 20, 1L << 50, "The most disk for sealed files of spans and log records; beyond it the oldest go first, those of services above their share before the others.") ?? standard.SizeBytes,
            MemoryBytes = section.Size("memory", standard.MemoryBytes, 128L << 20, 1L << 40, "The memory that their store may take, once the first span or log record came.") ?? standard.MemoryBytes,
            ServiceShare = section.Number("service_share", standard.ServiceShare, 0.01, 1, "The part of the size that one service with files of its own may fill while others need room."),
            ServiceRate = section.Number("service_rate", standard.ServiceRate, 0, 1e9, "The most spans, and apart from them log records, that one service may send a second, on average over ten seconds; the rest is refused. 0 for no quota."),
        };
    }
}
