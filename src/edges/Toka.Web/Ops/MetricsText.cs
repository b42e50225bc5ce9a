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
        var metadata = self.Metadata.ToDictionary(static m => m.Family, StringComparer.Ordinal);
        var samples = self.Read().ToList();
        samples.Sort(ByFamily);
        var family = "";
        foreach (var (labels, value) in samples)
        {
            var name = labels[LabelSet.MetricName];
            if (name != family)
            {
                family = name;
                WriteHead(buffer, name, metadata.GetValueOrDefault(name));
            }

            WriteSample(buffer, name, labels, value);
        }
    }

    private static int ByFamily((LabelSet Labels, double Value) left, (LabelSet Labels, double Value) right)
    {
        left.Labels.TryGet("__name__"u8, out var leftName);
        right.Labels.TryGet("__name__"u8, out var rightName);
        var order = leftName.SequenceCompareTo(rightName);
        return order != 0 ? order : left.Labels.CompareTo(right.Labels);
    }

    private static void WriteHead(PooledBuffer buffer, string name, MetricMetadata? metadata)
    {
        if (metadata is null)
        {
            return;
        }

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
