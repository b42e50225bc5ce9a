namespace Toka.Protocols.Otlp.Points;

/// <summary>When a point was measured, and how its values are to be taken.</summary>
internal readonly record struct PointTime(ulong StartNs, ulong TimeNs, bool IsStale, bool IsDelta)
{
    private const ulong NanosecondsPerMillisecond = 1_000_000;

    /// <summary>Milliseconds since the Unix epoch, rounded down.</summary>
    public long Ms => (long)(TimeNs / NanosecondsPerMillisecond);
}
