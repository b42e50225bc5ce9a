using System.Text;
using Toka.Core.Labels;

namespace Toka.Protocols.Exposition.Checks;

/// <summary>Says whether a whole exposition keeps the rules of the protobuf format: its messages, and each family and series once.</summary>
public static class ProtobufChecker
{
    /// <summary>Checks an exposition.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="isLinting">Whether good practice is looked at too.</param>
    /// <param name="limits">What metrics may have; the defaults where it is null.</param>
    public static ExpositionReport Check(ReadOnlySpan<byte> body, bool isLinting = false, ExpositionLimits? limits = null)
    {
        var report = new ExpositionReport();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var series = new HashSet<(LabelSet Labels, bool IsHistogram)>();
        var builder = new LabelSetBuilder();
        CheckedFamily? family = null;
        var reader = new ExpositionProtobufReader(body, limits);
        while (reader.Next())
        {
            switch (reader.Entry)
            {
                case ExpositionEntry.Fault:
                    report.AddFault(reader.Fault);
                    break;
                case ExpositionEntry.Type:
                    Lint(family, isLinting, report);
                    var name = Encoding.UTF8.GetString(reader.Family);
                    family = new CheckedFamily(name, reader.Message) { DeclaredType = reader.Type };
                    if (names.Add(name))
                    {
                        report.Families++;
                    }
                    else
                    {
                        report.AddFault(reader.Message, 1, $"the family {name} had a message before; send all its metrics in one");
                    }

                    break;
                case ExpositionEntry.Help:
                    family!.IsHelpEmpty = false;
                    break;
                case ExpositionEntry.Sample:
                    report.Samples++;
                    builder.Clear();
                    reader.ReadLabels(builder);
                    var labels = builder.Build();
                    family!.Note(labels);
                    if (!series.Add((labels, reader.Histogram is not null)))
                    {
                        report.AddFault(reader.Message, 1, $"{labels} was there before; leave one of them out");
                    }

                    break;
            }
        }

        Lint(family, isLinting, report);
        report.Sort();
        return report;
    }

    private static void Lint(CheckedFamily? family, bool isLinting, ExpositionReport report)
    {
        if (family is not null && isLinting)
        {
            MetricLint.Check(family, isOpenMetrics: false, report);
        }
    }
}
