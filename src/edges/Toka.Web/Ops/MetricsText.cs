using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Telemetry;
using Toka.Web.Http;
using Toka.Web.Prometheus;
using static Toka.Web.Ops.ExpositionText;

namespace Toka.Web.Ops;

/// <summary>Toka's metrics about itself in Prometheus's text format 0.0.4, ordered by family and labels.</summary>
internal static class MetricsText
{
    public const string ContentType = ExpositionText.ContentType;

    public static void Write(SelfMetrics self, PooledBuffer buffer)
    {
        var samples = self.Read().Select(sample => (Family: self.FamilyOf(sample.Labels[LabelSet.MetricName]), sample.Labels, sample.Value)).ToList();
        samples.Sort(static (left, right) => ByFamily((left.Family?.Family, left.Labels), (right.Family?.Family, right.Labels)));
        MetricMetadata? written = null;
        foreach (var (family, labels, value) in samples)
        {
            if (family is not null && family.Family != written?.Family)
            {
                WriteHead(buffer, family.Family, family);
                written = family;
            }

            WriteSample(buffer, labels[LabelSet.MetricName], labels, value);
        }
    }

    /// <summary>Families by name, within them samples by name, and buckets by their bounds.</summary>
    private static int ByFamily((string? Family, LabelSet Labels) left, (string? Family, LabelSet Labels) right)
    {
        var (leftName, rightName) = (left.Labels[LabelSet.MetricName], right.Labels[LabelSet.MetricName]);
        var order = string.CompareOrdinal(left.Family ?? leftName, right.Family ?? rightName);
        order = order != 0 ? order : string.CompareOrdinal(leftName, rightName);
        order = order != 0 ? order : BoundOf(left.Labels).CompareTo(BoundOf(right.Labels));
        return order != 0 ? order : left.Labels.CompareTo(right.Labels);
    }

    private static double BoundOf(LabelSet labels) => labels["le"] switch
    {
        "" => 0,
        "+Inf" => double.PositiveInfinity,
        var bound => double.Parse(bound, CultureInfo.InvariantCulture),
    };

    private static void WriteHead(PooledBuffer buffer, string name, MetricMetadata metadata)
    {
        Put(buffer, "# HELP "u8);
        Put(buffer, name);
        Put(buffer, " "u8);
        PutEscaped(buffer, Encoding.UTF8.GetBytes(metadata.Help), escapeQuotes: false);
        Put(buffer, "\n# TYPE "u8);
        Put(buffer, name);
        Put(buffer, " "u8);

        // The format has no word for the types that came with OpenMetrics.
        Put(buffer, metadata.Type is MetricType.Unknown or MetricType.Info or MetricType.StateSet ? "untyped"u8 : CatalogApi.TypeName(metadata.Type));
        Put(buffer, "\n"u8);
    }

    private static void WriteSample(PooledBuffer buffer, string name, LabelSet labels, double value)
    {
        Put(buffer, name);
        var separator = "{"u8;
        foreach (var label in labels)
        {
            if (label.Name.SequenceEqual("__name__"u8))
            {
                continue;
            }

            Put(buffer, separator);
            Put(buffer, label.Name);
            Put(buffer, "=\""u8);
            PutEscaped(buffer, label.Value, escapeQuotes: true);
            Put(buffer, "\""u8);
            separator = ","u8;
        }

        Put(buffer, separator[0] == (byte)',' ? "} "u8 : " "u8);
        PutNumber(buffer, value);
        Put(buffer, "\n"u8);
    }
}
