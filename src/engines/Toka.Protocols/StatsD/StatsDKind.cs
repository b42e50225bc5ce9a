namespace Toka.Protocols.StatsD;

/// <summary>What the reader of StatsD came to.</summary>
public enum StatsDEntry
{
    /// <summary>Nothing: before the first metric, or after the last.</summary>
    None,

    /// <summary>One or several values of one metric.</summary>
    Metric,

    /// <summary>Something that is no metric; the reader goes on after it.</summary>
    Fault,
}

/// <summary>The types of StatsD's metrics.</summary>
public enum StatsDKind
{
    /// <summary><c>c</c>: added up.</summary>
    Counter,

    /// <summary><c>g</c>: the last one counts, or it is changed by a signed value.</summary>
    Gauge,

    /// <summary><c>ms</c>: a time in milliseconds.</summary>
    Timer,

    /// <summary><c>h</c> and <c>d</c>: observations in the unit of their sender.</summary>
    Histogram,

    /// <summary><c>s</c>: different texts are counted.</summary>
    Set,
}

/// <summary>Why a part of a datagram is no metric.</summary>
public enum StatsDFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It is not of the protocol.</summary>
    Malformed,

    /// <summary>It is longer than the limits allow, or has more tags.</summary>
    Limit,

    /// <summary>It is an event of DogStatsD.</summary>
    Event,

    /// <summary>It is a service check of DogStatsD.</summary>
    ServiceCheck,

    /// <summary>It has a time of its own, which what is added up over an interval cannot keep.</summary>
    Timestamp,

    /// <summary>Its type is none that is read.</summary>
    UnknownType,
}

/// <summary>Faults as counters name them.</summary>
public static class StatsDFaults
{
    /// <summary>The value of the label <c>reason</c>.</summary>
    /// <param name="fault">The fault.</param>
    public static string Reason(StatsDFault fault) => fault switch
    {
        StatsDFault.Limit => "limit",
        StatsDFault.Event => "event",
        StatsDFault.ServiceCheck => "service_check",
        StatsDFault.Timestamp => "timestamp",
        StatsDFault.UnknownType => "unknown_type",
        _ => "malformed",
    };
}
