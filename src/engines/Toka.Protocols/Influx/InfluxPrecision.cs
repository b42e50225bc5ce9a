namespace Toka.Protocols.Influx;

/// <summary>What the whole numbers at the end of lines count, since the Unix epoch.</summary>
public enum InfluxPrecision
{
    /// <summary>Nanoseconds, which is what holds where nothing is said.</summary>
    Nanoseconds,

    /// <summary>Microseconds.</summary>
    Microseconds,

    /// <summary>Milliseconds.</summary>
    Milliseconds,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Minutes.</summary>
    Minutes,

    /// <summary>Hours.</summary>
    Hours,
}

/// <summary>Precisions as requests name them, and times as milliseconds.</summary>
public static class InfluxPrecisions
{
    /// <summary>Reads the parameter <c>precision</c> of InfluxDB 1.x: n, ns, u, us, µ, µs, ms, s, m or h; of 2.x: ns, us, ms or s.</summary>
    /// <param name="text">The parameter; null or empty means nanoseconds.</param>
    /// <param name="precision">The precision.</param>
    /// <returns>Whether it is one of these.</returns>
    public static bool TryParse(string? text, out InfluxPrecision precision)
    {
        InfluxPrecision? found = text switch
        {
            null or "" or "n" or "ns" => InfluxPrecision.Nanoseconds,
            "u" or "us" or "\u00b5" or "\u00b5s" or "\u03bc" or "\u03bcs" => InfluxPrecision.Microseconds,
            "ms" => InfluxPrecision.Milliseconds,
            "s" => InfluxPrecision.Seconds,
            "m" => InfluxPrecision.Minutes,
            "h" => InfluxPrecision.Hours,
            _ => null,
        };
        precision = found ?? InfluxPrecision.Nanoseconds;
        return found is not null;
    }

    /// <summary>A time in ms since the Unix epoch, finer ones floored.</summary>
    /// <param name="time">The number of a line.</param>
    /// <param name="precision">What it counts.</param>
    /// <param name="timestampMs">The time.</param>
    /// <returns>Whether the time fits into 64 bits of milliseconds.</returns>
    public static bool TryToMilliseconds(long time, InfluxPrecision precision, out long timestampMs)
    {
        var (factor, divisor) = precision switch
        {
            InfluxPrecision.Nanoseconds => (1L, 1_000_000L),
            InfluxPrecision.Microseconds => (1L, 1000L),
            InfluxPrecision.Milliseconds => (1L, 1L),
            InfluxPrecision.Seconds => (1000L, 1L),
            InfluxPrecision.Minutes => (60_000L, 1L),
            _ => (3_600_000L, 1L),
        };
        if (divisor > 1)
        {
            var (quotient, rest) = Math.DivRem(time, divisor);
            timestampMs = rest < 0 ? quotient - 1 : quotient;
            return true;
        }

        var wide = (Int128)time * factor;
        var fits = wide >= long.MinValue && wide <= long.MaxValue;
        timestampMs = fits ? (long)wide : 0;
        return fits;
    }
}
