namespace Toka.Protocols.Otlp.Naming;

/// <summary>What kind of metric a name is made for; the suffix depends on it.</summary>
internal enum MetricKind : byte
{
    Gauge = 1,
    Counter = 2,
    UpDownCounter = 3,
    Histogram = 4,
    Summary = 5,
}

/// <summary>
/// OTLP metric names as Prometheus names: words of letters, digits and colons joined by single underscores, then the unit,
/// then <c>_total</c> for counters or <c>_ratio</c> for gauges of unit 1; a word that stands there already is not repeated.
/// Source: OpenTelemetry, Prometheus and OpenMetrics compatibility; Prometheus 3, UnderscoreEscapingWithSuffixes.
/// </summary>
internal static class MetricNames
{
    /// <summary>Makes the name.</summary>
    /// <param name="name">The instrument's name.</param>
    /// <param name="unit">The instrument's unit (UCUM); may be empty.</param>
    /// <param name="kind">What the points are.</param>
    /// <returns>The name, or the empty string where none can be made.</returns>
    public static string Translate(string name, string unit, MetricKind kind)
    {
        var words = Words(name);
        if (words.Count == 0)
        {
            return "";
        }

        var (main, per) = UnitNames.Split(unit);
        AddUnlessThere(words, main);
        AddUnlessThere(words, per);
        if (kind == MetricKind.Counter)
        {
            MoveToEnd(words, "total");
        }
        else if (kind == MetricKind.Gauge && unit == "1")
        {
            MoveToEnd(words, "ratio");
        }

        var text = string.Join('_', words);
        return char.IsAsciiDigit(text[0]) ? "_" + text : text;
    }

    private static List<string> Words(string name)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && (char.IsAsciiLetterOrDigit(name[i]) || name[i] == ':'))
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
