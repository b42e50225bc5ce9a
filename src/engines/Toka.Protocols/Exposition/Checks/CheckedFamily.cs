using Toka.Core.Labels;

namespace Toka.Protocols.Exposition.Checks;

/// <summary>A metric family while it is checked.</summary>
internal sealed class CheckedFamily(string name, int line)
{
    public string Name { get; } = name;

    public int Line { get; } = line;

    /// <summary>Null until a type is given.</summary>
    public ExpositionType? DeclaredType { get; set; }

    public ExpositionType Type => DeclaredType ?? ExpositionType.Unknown;

    public bool HasHelp { get; set; }

    public bool IsHelpEmpty { get; set; } = true;

    public string? Unit { get; set; }

    public bool HasSamples { get; set; }

    public bool HasLe { get; private set; }

    public bool HasQuantile { get; private set; }

    /// <summary>A label of camelCase; null where there is none.</summary>
    public string? CamelLabel { get; private set; }

    /// <summary>Which names of samples each type has, beside the family's own: that one is first where it is used.</summary>
    public static ReadOnlySpan<string> SuffixesOf(ExpositionType type) => type switch
    {
        ExpositionType.Counter => s_counter,
        ExpositionType.Summary => s_summary,
        ExpositionType.Histogram => s_histogram,
        ExpositionType.GaugeHistogram => s_gaugeHistogram,
        ExpositionType.Info => s_info,
        _ => s_plain,
    };

    private static readonly string[] s_counter = ["_total", "_created"];
    private static readonly string[] s_summary = ["", "_sum", "_count", "_created"];
    private static readonly string[] s_histogram = ["_bucket", "_sum", "_count", "_created"];
    private static readonly string[] s_gaugeHistogram = ["_bucket", "_gsum", "_gcount"];
    private static readonly string[] s_info = ["_info"];
    private static readonly string[] s_plain = [""];

    /// <summary>The end of a sample's name after the family's; null where it is none of them.</summary>
    public string? SuffixOf(string sample)
    {
        if (!sample.StartsWith(Name, StringComparison.Ordinal))
        {
            return null;
        }

        foreach (var suffix in SuffixesOf(Type))
        {
            if (sample.Length == Name.Length + suffix.Length && sample.EndsWith(suffix, StringComparison.Ordinal))
            {
                return suffix;
            }
        }

        return null;
    }

    /// <summary>Remembers of a sample's labels what a lint wants to know.</summary>
    public void Note(LabelSet labels)
    {
        foreach (var label in labels)
        {
            HasLe |= label.Name.SequenceEqual("le"u8);
            HasQuantile |= label.Name.SequenceEqual("quantile"u8);
            if (CamelLabel is null && MetricLint.IsCamel(label.Name))
            {
                CamelLabel = System.Text.Encoding.UTF8.GetString(label.Name);
            }
        }
    }
}
