using System.Globalization;
using Toka.Core.Labels;

namespace Toka.Features.Tests.Monitoring.Support;

/// <summary>Reads the samples of a Prometheus text page into label sets, without job and instance.</summary>
internal static class Exposition
{
    public static Dictionary<LabelSet, double> Parse(IEnumerable<string> lines)
    {
        var samples = new Dictionary<LabelSet, double>();
        foreach (var line in lines.Where(l => l.Length > 0 && l[0] != '#'))
        {
            var builder = new LabelSetBuilder();
            var brace = line.IndexOf('{', StringComparison.Ordinal);
            var nameEnd = brace < 0 ? line.IndexOf(' ', StringComparison.Ordinal) : brace;
            builder.Set(LabelSet.MetricName, line[..nameEnd]);
            var at = nameEnd;
            if (brace >= 0)
            {
                at = ParseLabels(line, brace + 1, builder);
            }

            samples.Add(builder.Build(), double.Parse(line.AsSpan(at).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture));
        }

        return samples;
    }

    private static int ParseLabels(string line, int at, LabelSetBuilder builder)
    {
        while (line[at] != '}')
        {
            var equals = line.IndexOf('=', at);
            var name = line[at..equals];
            var value = new System.Text.StringBuilder();
            at = equals + 2;
            for (; line[at] != '"'; at++)
            {
                if (line[at] == '\\')
                {
                    at++;
                    value.Append(line[at] == 'n' ? '\n' : line[at]);
                }
                else
                {
                    value.Append(line[at]);
                }
            }

            builder.Set(name, value.ToString());
            at += line[at + 1] == ',' ? 2 : 1;
        }

        return at + 1;
    }
}
