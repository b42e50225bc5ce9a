namespace Toka.Protocols.Exposition;

/// <summary>What a reader of an exposition came to.</summary>
public enum ExpositionEntry
{
    /// <summary>Nothing: before the first entry, or after the last.</summary>
    None,

    /// <summary>The type of a family.</summary>
    Type,

    /// <summary>The help of a family.</summary>
    Help,

    /// <summary>The unit of a family.</summary>
    Unit,

    /// <summary>A sample of a series.</summary>
    Sample,

    /// <summary>When the counters of a series' family began: a line <c>_created</c> of OpenMetrics below a type that has it.</summary>
    Created,

    /// <summary>The exposition ended as its format says that it must.</summary>
    End,

    /// <summary>Something that is not of the format; the reader goes on after it.</summary>
    Fault,
}

/// <summary>The types that expositions name. Text 0.0.4 has the first five, with <c>untyped</c> for <see cref="Unknown"/>.</summary>
public enum ExpositionType
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>Only goes up.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts by bucket.</summary>
    Histogram,

    /// <summary>Quantiles computed at the source.</summary>
    Summary,

    /// <summary>Counts by bucket that may fall, such as the ages of what waits in a queue now.</summary>
    GaugeHistogram,

    /// <summary>Always 1; what it says is in its labels.</summary>
    Info,

    /// <summary>One series a state, 1 for the states that hold.</summary>
    StateSet,
}
