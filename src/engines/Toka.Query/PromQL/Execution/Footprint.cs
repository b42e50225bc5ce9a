using System.Numerics;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;

namespace Toka.Query.PromQL.Execution;

/// <summary>What the parts of a query take in memory, in bytes: near enough to bound it.</summary>
internal static class Footprint
{
    /// <summary>An object's header, its pointer in an array, and what a small object has beside its arrays.</summary>
    private const int ObjectBytes = 64;

    /// <summary>The pool has no smaller array.</summary>
    private const int PooledMin = 16;

    /// <summary>A sample while its series is read: as it came, and without stale markers; a time and a value each.</summary>
    public const int ReadingBytes = 32;

    /// <summary>A step of a subquery while a series of it is read: its value, and its time and value as a sample.</summary>
    public const int SubqueryStepBytes = 24;

    /// <summary>A series of a vector: what is known of it, and its place in the lists that find it.</summary>
    public const int SeriesBytes = 48;

    /// <summary>A sample of a result: a time and a value.</summary>
    public const int ResultPointBytes = 16;

    /// <summary>A sample of an instant vector beside its labels.</summary>
    public const int VectorSampleBytes = 32;

    /// <summary>A column: pooled arrays are a power of two long.</summary>
    public static long OfColumn(int length) => ObjectBytes + (8L * Math.Max(PooledMin, BitOperations.RoundUpToPowerOf2((uint)Math.Max(0, length))));

    public static long Of(LabelSet labels) => ObjectBytes + labels.Encoded.Length;

    public static long Of(NativeHistogram histogram) => ObjectBytes + 48 + (8L * histogram.Buckets.Length);

    /// <summary>What a column's histograms count as where samples are counted.</summary>
    public static long PointsOf(HistogramColumn histograms) => Math.Max(histograms.Count, histograms.BucketCount);

    /// <summary>What a histogram counts as where points are counted.</summary>
    public static long PointsOf(NativeHistogram histogram) => Math.Max(1, histogram.Buckets.Length);
}
