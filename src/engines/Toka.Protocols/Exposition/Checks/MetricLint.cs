using System.Text;

namespace Toka.Protocols.Exposition.Checks;

/// <summary>
/// Good practice for metrics: what breaks no rule of a format and makes queries harder all the same. Source: Prometheus,
/// "Metric and label naming" and "Writing exporters"; the findings are those of <c>promtool check metrics</c>.
/// </summary>
internal static class MetricLint
{
    private static readonly string[] s_types = ["counter", "gauge", "histogram", "summary"];

    private static readonly HashSet<string> s_abbreviations = new(
        ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"], StringComparer.Ordinal);

    private static readonly string[] s_prefixes =
    [
        "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "mebi", "giga", "gibi", "tera", "tebi", "peta", "pebi",
    ];

    /// <summary>Units and the base unit of what they measure.</summary>
    private static readonly Dictionary<string, string> s_units = new(StringComparer.Ordinal)
    {
        ["amperes"] = "amperes", ["bytes"] = "bytes", ["bits"] = "bytes", ["celsius"] = "celsius", ["kelvin"] = "kelvin",
        ["fahrenheit"] = "celsius", ["rankine"] = "celsius", ["grams"] = "grams", ["pounds"] = "grams", ["ounces"] = "grams", ["joules"] = "joules",
        ["calories"] = "joules", ["meters"] = "meters", ["metres"] = "metres", ["inches"] = "meters", ["yards"] = "meters", ["miles"] = "meters",
        ["seconds"] = "seconds", ["minutes"] = "seconds", ["hours"] = "seconds", ["days"] = "seconds", ["weeks"] = "seconds", ["volts"] = "volts",
    };

    /// <summary>Whether a name has a small letter before a capital one.</summary>
    public static bool IsCamel(ReadOnlySpan<byte> name)
    {
        for (var i = 1; i < name.Length; i++)
        {
            if (name[i] is >= (byte)'A' and <= (byte)'Z' && name[i - 1] is >= (byte)'a' and <= (byte)'z')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds what good practice would have otherwise in a family.</summary>
    /// <param name="family">The family, with all its samples noted.</param>
    /// <param name="isOpenMetrics">Whether the names of counters are without <c>_total</c>, as in OpenMetrics.</param>
    /// <param name="report">Where it goes.</param>
    public static void Check(CheckedFamily family, bool isOpenMetrics, ExpositionReport report)
    {
        void Say(string reason) => report.AddLint(family.Line, $"{family.Name}: {reason}");

        if (family.IsHelpEmpty)
        {
            Say("has no help; say in a sentence what it measures");
        }

        CheckSuffixes(family, isOpenMetrics, Say);
        CheckWords(family.Name, Say);
        if (family.Name.Contains(':', StringComparison.Ordinal))
        {
            Say("has a colon in its name; these are for the results of recording rules");
        }

        if (IsCamel(Encoding.UTF8.GetBytes(family.Name)))
        {
            Say("is written in camelCase; names of metrics are in snake_case");
        }

        if (family.CamelLabel is { } label)
        {
            Say($"has the label {label} in camelCase; names of labels are in snake_case");
        }
    }

    private static void CheckSuffixes(CheckedFamily family, bool isOpenMetrics, Action<string> say)
    {
        var (name, type) = (family.Name, family.Type);
        if (type == ExpositionType.Unknown)
        {
            return;
        }

        var hasTotal = name.EndsWith("_total", StringComparison.Ordinal);
        if (type == ExpositionType.Counter && !hasTotal && !isOpenMetrics)
        {
            say("is a counter whose name does not end in _total");
        }
        else if (type != ExpositionType.Counter && hasTotal)
        {
            say("ends in _total and is no counter; readers take that for one");
        }

        var isHistogram = type is ExpositionType.Histogram or ExpositionType.GaugeHistogram;
        if (!isHistogram && name.EndsWith("_bucket", StringComparison.Ordinal))
        {
            say("ends in _bucket, which is for the buckets of histograms");
        }

        foreach (var suffix in (ReadOnlySpan<string>)["_count", "_sum"])
        {
            if (!isHistogram && type != ExpositionType.Summary && name.EndsWith(suffix, StringComparison.Ordinal))
            {
                say($"ends in {suffix}, which is for histograms and summaries");
            }
        }

        if (!isHistogram && family.HasLe)
        {
            say("has the label le, which is for the buckets of histograms");
        }

        if (type != ExpositionType.Summary && family.HasQuantile)
        {
            say("has the label quantile, which is for summaries");
        }
    }

    private static void CheckWords(string name, Action<string> say)
    {
        var words = name.ToLowerInvariant().Split('_');
        for (var i = 0; i < words.Length; i++)
        {
            if (i > 0 && s_types.Contains(words[i]))
            {
                say($"has its type in its name ({words[i]}); the type is told beside it and may change");
            }

            if (i > 0 && s_abbreviations.Contains(words[i]))
            {
                say($"has an abbreviated unit ({words[i]}); write units out, such as seconds and bytes");
            }

            if (BaseUnitOf(words[i]) is { } unit)
            {
                say($"is in {words[i]}; use the base unit {unit}, so that metrics can be set beside each other");
            }
        }
    }

    /// <summary>The base unit that should stand instead of a word; null where it is one or no unit.</summary>
    private static string? BaseUnitOf(string word)
    {
        if (s_units.TryGetValue(word, out var unit))
        {
            return unit == word ? null : unit;
        }

        foreach (var prefix in s_prefixes)
        {
            if (word.StartsWith(prefix, StringComparison.Ordinal) && s_units.TryGetValue(word[prefix.Length..], out unit))
            {
                return unit;
            }
        }

        return null;
    }
}
