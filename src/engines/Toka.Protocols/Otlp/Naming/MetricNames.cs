namespace Toka.Protocols.Otlp.Naming;

/// <summary>What kind of metric a name is made for; the suffix depends on it.</summary>
internal enum MetricKind : byte
{
    Gauge = 1,
    Counter = 2,
    UpDownCounter = 3,
    Histogram = 4,
    Summary = 5,

    /// <summary>A gauge that was a metric of unknown type before it was made OTLP.</summary>
    Unknown = 6,

    /// <summary>A sum that was an info metric.</summary>
    Info = 7,

    /// <summary>A sum that was a state set.</summary>
    StateSet = 8,
}

/// <summary>
/// OTLP metric names as Prometheus names. With escaping: words of letters, digits and colons joined by single underscores. With
/// suffixes: then the unit, then <c>_total</c> for counters or <c>_ratio</c> for gauges of unit 1; what stands there already
/// is not repeated. Source: OpenTelemetry, Prometheus and OpenMetrics compatibility; Prometheus 3, translation strategies.
/// </summary>
internal static class MetricNames
{
    /// <summary>Makes the name.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">The instrument's unit (UCUM); may be empty.</param>
    /// <param name="kind">What the points are.</param>
    /// <param name="strategy">Whether names are escaped, and whether they get suffixes.</param>
    /// <returns>The name, or the empty string where none can be made.</returns>
    public static string Translate(string name, string unit, MetricKind kind, OtlpTranslationStrategy strategy) => strategy switch
    {
        OtlpTranslationStrategy.UnderscoreEscapingWithSuffixes => WithSuffixes(name, unit, kind),
        OtlpTranslationStrategy.UnderscoreEscapingWithoutSuffixes => Escaped(name),
        OtlpTranslationStrategy.NoUTF8EscapingWithSuffixes => name.Length == 0 ? "" : UnescapedWithSuffixes(name, unit, kind),
        _ => name,
    };

    private static string WithSuffixes(string name, string unit, MetricKind kind)
    {
        var words = Words(name, keepUnderscores: false);
        if (words.Count == 0)
        {
            return "";
        }

        var (main, per) = UnitNames.Split(unit, escapes: true);
        AddUnlessThere(words, main);
        AddUnlessThere(words, per);
        if (TypeSuffix(unit, kind) is { } type)
        {
            MoveToEnd(words, type);
        }

        return Begun(string.Join('_', words));
    }

    /// <summary>Underscores stay as they are; runs of other characters become one.</summary>
    private static string Escaped(string name)
    {
        var text = string.Join('_', Words(name, keepUnderscores: true));
        return text == name || text.AsSpan().ContainsAnyExcept('_') ? Begun(text) : "";
    }

    /// <summary>The name's own end is taken off before a suffix of the same letters is put there, whatever stands before it.</summary>
    private static string UnescapedWithSuffixes(string name, string unit, MetricKind kind)
    {
        var (main, per) = UnitNames.Split(unit, escapes: false);
        var type = TypeSuffix(unit, kind);
        name = type is null ? name : WithoutEnd(name, type);
        name = per.Length == 0 ? name : WithoutEnd(name, per);
        name = main.Length == 0 || name.EndsWith(main, StringComparison.Ordinal) ? name : name + "_" + main;
        name = per.Length == 0 ? name : name + "_" + per;
        return type is null ? name : name + "_" + type;
    }

    private static string? TypeSuffix(string unit, MetricKind kind) => kind switch
    {
        MetricKind.Counter => "total",

        // Counters of things have unit 1 often and wrongly, so a ratio is told for gauges only.
        MetricKind.Gauge or MetricKind.Unknown when unit == "1" => "ratio",
        _ => null,
    };

    /// <summary>Takes off an end and the character before it, which parts the two.</summary>
    private static string WithoutEnd(string name, string end) =>
        name.Length > end.Length + 1 && name.EndsWith(end, StringComparison.Ordinal) ? name[..^(end.Length + 1)] : name;

    private static string Begun(string text) => text.Length > 0 && char.IsAsciiDigit(text[0]) ? "_" + text : text;

    private static List<string> Words(string name, bool keepUnderscores)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && (char.IsAsciiLetterOrDigit(name[i]) || name[i] == ':' || (keepUnderscores && name[i] == '_')))
            {
                continue;
            }

            if (i > start)
            {
                words.Add(name[start..i]);
            }

            start = i + 1;
        }

        return words;
    }

    private static void AddUnlessThere(List<string> words, string word)
    {
        if (word.Length > 0 && !words.Contains(word))
        {
            words.Add(word);
        }
    }

    private static void MoveToEnd(List<string> words, string word)
    {
        words.RemoveAll(w => w == word);
        words.Add(word);
    }
}
