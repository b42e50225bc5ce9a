using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;

namespace Toka.Engines.Tests.Protocols;

/// <summary>What a batch holds, as lines that tests compare.</summary>
internal static class BatchLines
{
    public static List<string> Of(WriteBatch batch)
    {
        var lines = new List<string>();
        foreach (ref readonly var row in batch.Rows)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{LabelSet.FromEncoded(batch.LabelsOf(row))} {row.Value:R} @{row.TimestampMs}"));
        }

        foreach (var row in batch.Histograms)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"histogram {LabelSet.FromEncoded(batch.LabelsOf(row.Series))} count {row.Histogram.Count:R} sum {row.Histogram.Sum:R} @{row.TimestampMs}"));
        }

        foreach (var row in batch.Exemplars)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"exemplar {LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {LabelSet.FromEncoded(batch.LabelsOf(row.Labels))} {row.Value:R} @{row.TimestampMs}"));
        }

        foreach (var row in batch.Created)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"created {LabelSet.FromEncoded(batch.LabelsOf(row.Series))} {row.CreatedMs} @{row.TimestampMs}"));
        }

        foreach (var metadata in batch.Metadata)
        {
            lines.Add($"{metadata.Type} {metadata.Family} [{metadata.Unit}] {metadata.Help}");
        }

        return lines;
    }
}
