namespace Toka.Monitoring.Scraping.Appending;

/// <summary>What came of a scrape. The names are values of the label <c>outcome</c> of <c>toka_ingest_requests_total</c>, but that <see cref="Good"/> is <c>ok</c>.</summary>
internal enum ScrapeOutcome
{
    /// <summary>Everything was read.</summary>
    Good,

    /// <summary>Something in the body was refused, when it was read or by the store; the rest was stored.</summary>
    Partial,

    /// <summary>The target did not answer in time.</summary>
    Timeout,

    /// <summary>No connection, or one that broke.</summary>
    Connection,

    /// <summary>The target answered with a status other than 200.</summary>
    Status,

    /// <summary>The answer's type is none that is read.</summary>
    ContentType,

    /// <summary>The body is not what its headers say, such as broken gzip.</summary>
    Body,

    /// <summary>No line of the body could be read.</summary>
    Unreadable,

    /// <summary>The body is larger than <c>body_size_limit</c>.</summary>
    BodySizeLimit,

    /// <summary>More samples than <c>sample_limit</c>.</summary>
    SampleLimit,

    /// <summary>A series breaks one of the limits of labels.</summary>
    LabelLimit,

    /// <summary>A native histogram has more buckets than <c>native_histogram_bucket_limit</c> at any resolution.</summary>
    BucketLimit,

    /// <summary>The job has more targets than <c>target_limit</c>.</summary>
    TargetLimit,

    /// <summary>The bodies that are read at the same time take all the memory that they may.</summary>
    MemoryLimit,

    /// <summary>A fault of Toka's own.</summary>
    Internal,

    /// <summary>The body was read, and the store could not write its samples. Never of a reading: the target is up.</summary>
    WriteFailed,
}

/// <summary>Why part of a body was not kept. The names are values of the label <c>reason</c> of what is counted.</summary>
internal enum ScrapeRefusal
{
    /// <summary>It was kept, or dropped as the job's rules say.</summary>
    None,

    /// <summary>A line, or a metric of protobuf, is not of the format.</summary>
    Malformed,

    /// <summary>Relabelling left no name, or made a value too long for a label.</summary>
    BadLabels,

    /// <summary>An exemplar is malformed.</summary>
    BadExemplar,

    /// <summary>When a counter began is told in a way that is not understood.</summary>
    BadCreated,

    /// <summary>A native histogram without classic buckets, from a job that does not keep native histograms.</summary>
    NativeHistogramOff,

    /// <summary>The whole scrape failed on a limit.</summary>
    ScrapeLimit,
}

/// <summary>What a body came to.</summary>
/// <param name="Outcome">How it went.</param>
/// <param name="Message">The fault, or the first of them; null where there is none.</param>
internal readonly record struct ScrapeReading(ScrapeOutcome Outcome, string? Message)
{
    /// <summary>Whether the target counts as up.</summary>
    public bool IsUp => Outcome is ScrapeOutcome.Good or ScrapeOutcome.Partial;

    /// <summary>Samples in the body.</summary>
    public int Scraped { get; init; }

    /// <summary>Samples that relabelling left.</summary>
    public int Kept { get; init; }

    /// <summary>Series that were not in the body before.</summary>
    public int Added { get; init; }
}
