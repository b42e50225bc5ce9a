using System.Globalization;
using System.Text.Json;
using Toka.Core.Samples;

namespace Toka.Cli.Querying;

/// <summary>
/// Reads native histograms of Prometheus's query API: they have bounds there, so the schema is found again by them. Empty buckets
/// are not told; where no schema has these bounds, they are custom ones.
/// </summary>
internal static class HistogramAnswer
{
    private const int UpperIsInclusive = 0;
    private const int LowerIsInclusive = 1;
    private const int BothAreInclusive = 3;

    /// <summary>Reads the histogram of one sample.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static NativeHistogram Read(JsonElement histogram)
    {
        var buckets = histogram.Get("buckets").Items().Select(Bucket.Read).ToArray();
        var zero = buckets.FirstOrDefault(static bucket => bucket.Rule == BothAreInclusive && bucket.Lower == -bucket.Upper);
        Bucket[] positive = [.. buckets.Where(static bucket => bucket.Rule == UpperIsInclusive)];
        Bucket[] negative = [.. buckets.Where(static bucket => bucket.Rule == LowerIsInclusive).Select(static bucket => bucket.Mirrored).Reverse()];
        var isWhole = positive.Length + negative.Length + (zero.Rule == BothAreInclusive ? 1 : 0) == buckets.Length;
        var (count, sum) = (Number(histogram.Get("count").Text()), Number(histogram.Get("sum").Text()));
        if (isWhole && Exponential(positive, negative, zero.Upper) is var (layout, counts))
        {
            return new NativeHistogram(layout, HistogramResetHint.Unknown, zero.Count, count, sum, counts);
        }

        var (custom, customCounts) = Custom(buckets);
        return new NativeHistogram(custom, HistogramResetHint.Unknown, 0, count, sum, customCounts);
    }

    private static (HistogramLayout Layout, double[] Counts)? Exponential(Bucket[] positive, Bucket[] negative, double zeroThreshold)
    {
        for (var schema = HistogramLayout.SchemaMin; schema <= HistogramLayout.SchemaMax; schema++)
        {
            if (Indexes(positive, schema, zeroThreshold) is { } above && Indexes(negative, schema, zeroThreshold) is { } below)
            {
                var layout = new HistogramLayout(schema, zeroThreshold, SpansOf(above), SpansOf(below), []);
                return (layout, [.. positive.Select(static bucket => bucket.Count), .. negative.Select(static bucket => bucket.Count)]);
            }
        }

        return null;
    }

    /// <summary>The places of buckets in a schema; null where it has not all of them. The lowest may be cut by the zero bucket.</summary>
    private static int[]? Indexes(Bucket[] buckets, int schema, double zeroThreshold)
    {
        var indexes = new int[buckets.Length];
        for (var i = 0; i < buckets.Length; i++)
        {
            var index = buckets[i].Upper > 0 && double.IsFinite(buckets[i].Upper) ? (int)Math.Round(Math.Log2(buckets[i].Upper) * Math.Pow(2, schema)) : 0;
            var lower = HistogramBuckets.UpperBound(schema, index - 1);
            if (HistogramBuckets.UpperBound(schema, index) != buckets[i].Upper || (lower != buckets[i].Lower && !(buckets[i].Lower == zeroThreshold && lower < zeroThreshold)))
            {
                return null;
            }

            indexes[i] = index;
        }

        return indexes;
    }

    private static HistogramSpan[] SpansOf(int[] indexes)
    {
        var spans = new List<HistogramSpan>();
        for (var i = 0; i < indexes.Length; i++)
        {
            if (i > 0 && indexes[i] == indexes[i - 1] + 1)
            {
                spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            }
            else
            {
                spans.Add(new HistogramSpan(i == 0 ? indexes[i] : indexes[i] - indexes[i - 1] - 1, 1));
            }
        }

        return [.. spans];
    }

    private static (HistogramLayout Layout, double[] Counts) Custom(Bucket[] buckets)
    {
        double[] bounds = [.. buckets.SelectMany(static bucket => new[] { bucket.Lower, bucket.Upper }).Where(double.IsFinite).Distinct().Order()];
        var counts = new double[bounds.Length + 1];
        foreach (var bucket in buckets)
        {
            counts[double.IsFinite(bucket.Upper) ? Array.IndexOf(bounds, bucket.Upper) : bounds.Length] = bucket.Count;
        }

        return (new HistogramLayout(HistogramLayout.SchemaCustom, 0, [new HistogramSpan(0, counts.Length)], [], bounds), counts);
    }

    private static double Number(string text) => text switch
    {
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new JsonException($"'{text}' is not a number."),
    };

    private readonly record struct Bucket(int Rule, double Lower, double Upper, double Count)
    {
        /// <summary>The same on the other side of zero.</summary>
        public Bucket Mirrored => this with { Lower = -Upper, Upper = -Lower };

        public static Bucket Read(JsonElement item) => item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 4
            ? new Bucket((int)item[0].Number(-1), Number(item[1].Text()), Number(item[2].Text()), Number(item[3].Text()))
            : throw new JsonException("A bucket has not four parts.");
    }
}
