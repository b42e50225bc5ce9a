using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Toka.Core.Samples;

/// <summary>
/// Where the buckets of a native histogram lie: everything of it but the counts. A histogram that comes again and again
/// mostly has the layout that it had before, so many samples share one. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// Source: Prometheus, "Native histograms". With schema n from −4 to 8 the bucket of index i holds the values in
/// (2^((i − 1)·2^−n), 2^(i·2^−n)], and the same mirrored for negative ones; with schema −53 bucket i holds the values in
/// (custom value i − 1, custom value i], the first one from −∞ and the last one to +∞. Whether a layout makes sense is told
/// by <see cref="HistogramRule"/>, not by the constructor, as layouts come from the wire and from files.
/// </remarks>
public sealed class HistogramLayout : IEquatable<HistogramLayout>
{
    /// <summary>The coarsest exponential schema: a bucket's bound is 65 536 times the one before.</summary>
    public const int SchemaMin = -4;

    /// <summary>The finest exponential schema: a bucket's bound is 2^(1/256) times the one before.</summary>
    public const int SchemaMax = 8;

    /// <summary>The schema of bounds given one by one.</summary>
    public const int SchemaCustom = -53;

    /// <summary>
    /// The most buckets of one histogram, both signs together, and the most custom values. The common SDKs stop at 160 for a
    /// sign; this bounds what one sample can cost to 64 KiB.
    /// </summary>
    public const int BucketsMax = 8192;

    private readonly HistogramSpan[] _positive;
    private readonly HistogramSpan[] _negative;
    private readonly double[] _custom;
    private readonly int _hash;

    /// <summary>Makes a layout of copies.</summary>
    /// <param name="schema">−4 to 8, or −53.</param>
    /// <param name="zeroThreshold">The zero bucket holds the values from minus this to this.</param>
    /// <param name="positive">The runs of positive buckets.</param>
    /// <param name="negative">The runs of negative buckets.</param>
    /// <param name="customValues">The upper bounds, ascending, of schema −53; else none.</param>
    public HistogramLayout(
        int schema, double zeroThreshold, ReadOnlySpan<HistogramSpan> positive, ReadOnlySpan<HistogramSpan> negative, ReadOnlySpan<double> customValues)
    {
        Schema = schema;
        ZeroThreshold = zeroThreshold;
        _positive = positive.ToArray();
        _negative = negative.ToArray();
        _custom = customValues.ToArray();
        PositiveCount = CountOf(positive);
        NegativeCount = CountOf(negative);
        var hash = new HashCode();
        hash.Add(schema);
        hash.Add(BitConverter.DoubleToUInt64Bits(zeroThreshold));
        hash.Add(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(positive)));
        hash.Add(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(negative)));
        hash.Add(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(customValues)));
        _hash = hash.ToHashCode();
    }

    /// <summary>A layout without buckets.</summary>
    public static HistogramLayout Empty { get; } = new(0, 0, [], [], []);

    /// <summary>The schema.</summary>
    public int Schema { get; }

    /// <summary>Whether the bounds are given one by one.</summary>
    public bool IsCustom => Schema == SchemaCustom;

    /// <summary>Half the width of the zero bucket.</summary>
    public double ZeroThreshold { get; }

    /// <summary>The runs of positive buckets.</summary>
    public ReadOnlySpan<HistogramSpan> PositiveSpans => _positive;

    /// <summary>The runs of negative buckets.</summary>
    public ReadOnlySpan<HistogramSpan> NegativeSpans => _negative;

    /// <summary>The bounds of schema −53.</summary>
    public ReadOnlySpan<double> CustomValues => _custom;

    /// <summary>The number of positive buckets; at most <see cref="int.MaxValue"/> / 2, whatever the spans say.</summary>
    public int PositiveCount { get; }

    /// <summary>The number of negative buckets; limited likewise.</summary>
    public int NegativeCount { get; }

    /// <summary>The number of all buckets, without the zero bucket.</summary>
    public int BucketCount => PositiveCount + NegativeCount;

    /// <inheritdoc/>
    public bool Equals(HistogramLayout? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && Schema == other.Schema
            && BitConverter.DoubleToUInt64Bits(ZeroThreshold) == BitConverter.DoubleToUInt64Bits(other.ZeroThreshold)
            && PositiveSpans.SequenceEqual(other.PositiveSpans) && NegativeSpans.SequenceEqual(other.NegativeSpans)
            && MemoryMarshal.AsBytes(CustomValues).SequenceEqual(MemoryMarshal.AsBytes(other.CustomValues)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HistogramLayout);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    private static int CountOf(ReadOnlySpan<HistogramSpan> spans)
    {
        long count = 0;
        foreach (var span in spans)
        {
            count += Math.Max(0, span.Length);
        }

        return (int)Math.Min(count, int.MaxValue / 2);
    }
}
