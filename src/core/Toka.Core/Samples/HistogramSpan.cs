namespace Toka.Core.Samples;

/// <summary>A run of buckets that follow each other.</summary>
/// <param name="Offset">
/// For the first span the index of its first bucket, of any sign; for a later one the number of buckets left out since the
/// end of the span before, 0 or more.
/// </param>
/// <param name="Length">The number of buckets; 0 or more.</param>
public readonly record struct HistogramSpan(int Offset, int Length);

/// <summary>What is known about resets between a histogram and the one before it. The numbers are on disk: append only.</summary>
public enum HistogramResetHint : byte
{
    /// <summary>Nothing: a reader compares the two.</summary>
    Unknown = 0,

    /// <summary>It began anew.</summary>
    Reset = 1,

    /// <summary>It goes on from the one before.</summary>
    NoReset = 2,

    /// <summary>It is a gauge: it may fall without having been reset.</summary>
    Gauge = 3,
}
