using System.Text;
using Toka.Conformance.Differential.Data;
using Toka.Core.Labels;

namespace Toka.Conformance.Differential.Queries;

/// <summary>Names, labels and values that queries are made of, and dice to choose with.</summary>
internal sealed class Vocabulary
{
    private static readonly string[] s_durations = ["45s", "1m", "2m", "5m", "5m", "7m30s", "10m", "20m"];

    /// <summary>
    /// Three seconds more than a multiple of ten: no left end of a subquery's range is a multiple of its step. And longer than
    /// each step: of a subquery without any step, 2.42 evaluates what an @ pins nevertheless.
    /// </summary>
    private static readonly string[] s_subqueryDurations = ["2m3s", "3m13s", "5m3s", "10m3s", "15m23s"];

    private static readonly string[] s_steps = ["", "10s", "30s", "1m", "50s", "2m"];

    private static readonly string[] s_offsets = ["30s", "1m", "5m", "10m", "-1m", "-3m20s", "1h"];

    private static readonly string[] s_numbers = ["0", "1", "1", "2", "3", "0.5", ".25", "10", "100", "1e3", "0x1F", "1e-3", "1e10", "7.3", "Inf", "NaN"];

    private readonly Dictionary<string, Dictionary<string, List<string>>> _metrics = [];
    private readonly string[] _names;

    public Vocabulary(DataSet data)
    {
        foreach (var series in data.Series)
        {
            var labels = _metrics.TryGetValue(series.Labels[LabelSet.MetricName], out var known) ? known : _metrics[series.Labels[LabelSet.MetricName]] = [];
            foreach (var (name, value) in series.Labels.ToPairs().Where(static pair => pair.Key != LabelSet.MetricName))
            {
                var values = labels.TryGetValue(name, out var list) ? list : labels[name] = [];
                if (!values.Contains(value))
                {
                    values.Add(value);
                }
            }
        }

        _names = [.. _metrics.Keys];
    }

    /// <summary>All chance; set anew for each query, so that each can be repeated alone.</summary>
    public Random Dice { get; set; } = new(0);

    public T Pick<T>(params ReadOnlySpan<T> from) => from[Dice.Next(from.Length)];

    /// <summary>True so many times of a hundred.</summary>
    public bool Chance(int percent) => Dice.Next(100) < percent;

    /// <summary>One of the makers, by weight.</summary>
    public Node Make(params ReadOnlySpan<(int Weight, Func<Node> Maker)> makers)
    {
        var sum = 0;
        foreach (var (weight, _) in makers)
        {
            sum += weight;
        }

        var at = Dice.Next(sum);
        foreach (var (weight, maker) in makers)
        {
            at -= weight;
            if (at < 0)
            {
                return maker();
            }
        }

        throw new InvalidOperationException("The weights are not above 0.");
    }

    public string Metric() => Pick<string>(_names);

    public string Duration() => Pick<string>(s_durations);

    public string SubqueryDuration() => Pick<string>(s_subqueryDurations);

    public string Step() => Pick<string>(s_steps);

    public Node Number() => Chance(12) ? new SignNode("-", new NumberNode(Pick<string>(s_numbers))) : new NumberNode(Pick<string>(s_numbers));

    /// <summary>A label of a metric; now and then one that it has not.</summary>
    public string Label(string metric) => Chance(90) && _metrics[metric].Count > 0 ? Pick<string>([.. _metrics[metric].Keys]) : Pick("job", "instance", "code", "none", "le");

    public IReadOnlyList<string> Labels(string metric, int most) =>
        [.. Enumerable.Range(0, Dice.Next(most + 1)).Select(_ => Label(metric)).Distinct()];

    public Shift Shift()
    {
        var offset = Chance(15) ? Pick<string>(s_offsets) : "";
        var at = Chance(7) ? Pick("start()", "end()", Second()) : "";
        return new Shift(offset, at);
    }

    public SelectorNode Selector(string metric, string range)
    {
        var conditions = new List<Condition>();
        for (var n = Pick(0, 0, 0, 1, 1, 2); n > 0; n--)
        {
            conditions.Add(Condition(metric, Label(metric)));
        }

        if (Chance(93))
        {
            return new SelectorNode(metric, conditions, range, Shift());
        }

        conditions.Add(Chance(80)
            ? new Condition(LabelSet.MetricName, "=~", Pick(metric, metric[..(metric.Length / 2)] + ".*", $"{metric}|{Metric()}"))
            : Condition(metric, Label(metric)));
        return new SelectorNode("", conditions, range, Shift());
    }

    private string Second() => ((DataSet.StartMs / 1000) + (10 * Dice.NextInt64(DataSet.SpanMs / 10_000))).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private Condition Condition(string metric, string label)
    {
        var values = _metrics[metric].GetValueOrDefault(label) ?? ["x"];
        var value = Chance(90) ? Pick<string>([.. values]) : Pick("", "nothing");
        return Pick("=", "=", "!=", "=~", "=~", "!~") switch
        {
            ['=' or '!', '~'] and var pattern => new Condition(label, pattern, Pattern(value, values)),
            var plain => new Condition(label, plain, value),
        };
    }

    private string Pattern(string value, List<string> values)
    {
        var escaped = Escape(value);
        var part = value.Length == 0 ? 0 : Dice.Next(value.Length);
        return Dice.Next(9) switch
        {
            0 => escaped,
            1 => Escape(value[..part]) + ".*",
            2 => ".*" + Escape(value[part..]),
            3 => $"{escaped}|{Escape(Pick<string>([.. values]))}",
            4 => value.Length == 0 ? ".+" : Escape(value[..part]) + "." + Escape(value[(part + 1)..]),
            5 => Pick(".+", ".*", "", ".{3}", "[a-m].*", "[^a-m]+.*", "\\w+", "\\d+(\\.\\d)?", "(a|b|web)(:\\d)?"),
            6 => "(?i)" + escaped.ToUpperInvariant(),
            7 => $"(?:{escaped}|none)?",
            _ => $"{escaped}.?",
        };
    }

    private static string Escape(string value)
    {
        var text = new StringBuilder();
        foreach (var c in value)
        {
            text.Append("\\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
        }

        return text.ToString();
    }
}
