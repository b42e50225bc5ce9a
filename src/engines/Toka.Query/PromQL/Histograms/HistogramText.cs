using System.Text;
using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Histograms;

/// <summary>Writes native histograms as Prometheus prints them: <c>{count:3, sum:5.5, (1,2]:3}</c>.</summary>
internal static class HistogramText
{
    public static string Of(NativeHistogram histogram)
    {
        var text = new StringBuilder("{count:").Append(NumberFormat.PrintShort(histogram.Count))
            .Append(", sum:").Append(NumberFormat.PrintShort(histogram.Sum));
        foreach (var bucket in HistogramBuckets.Enumerate(histogram))
        {
            text.Append(bucket.IsLowerInclusive ? ", [" : ", (").Append(NumberFormat.PrintShort(bucket.Lower)).Append(',')
                .Append(NumberFormat.PrintShort(bucket.Upper)).Append(bucket.IsUpperInclusive ? "]:" : "):")
                .Append(NumberFormat.PrintShort(bucket.Count));
        }

        return text.Append('}').ToString();
    }
}
