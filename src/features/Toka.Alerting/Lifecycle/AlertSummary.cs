using System.Globalization;
using Toka.Alerting.Rules;
using Toka.Configuration.Binding;
using Toka.Core.Labels;

namespace Toka.Alerting.Lifecycle;

/// <summary>Writes the one plain sentence of an alert: what, where, how much, which threshold.</summary>
internal static class AlertSummary
{
    private static readonly string[] BinaryPrefixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

    public static string Write(AlertRule rule, LabelSet labels, double value)
    {
        var threshold = rule.Condition.Kind == ConditionKind.Outside
            ? $"{Number(rule.Condition.Low, rule.Unit)} to {Number(rule.Condition.High, rule.Unit)}"
            : Number(rule.Condition.Low, rule.Unit);
        if (rule.Summary is { } template)
        {
            return Fill(template, labels, Number(value, rule.Unit), threshold);
        }

        var subject = rule.Subject.Length == 0 ? "" : labels[rule.Subject];
        var instance = labels["instance"];
        var relation = rule.Condition.Kind switch
        {
            ConditionKind.Above => "above",
            ConditionKind.Below => "below",
            _ => "outside",
        };
        var duration = rule.ForMs == 0 ? "" : $" for {ConfigUnits.FormatDuration(rule.ForMs)}";
        return rule.Title
            + (subject.Length == 0 ? "" : $" of {subject}")
            + (instance.Length == 0 ? "" : $" on {instance}")
            + $" is {Number(value, rule.Unit)}, {relation} {threshold}{duration}.";
    }

    private static string Fill(string template, LabelSet labels, string value, string threshold)
    {
        var text = template
            .Replace("{value}", value, StringComparison.Ordinal)
            .Replace("{threshold}", threshold, StringComparison.Ordinal);
        foreach (var (name, label) in labels.ToPairs())
        {
            text = text.Replace($"{{{name}}}", label, StringComparison.Ordinal);
        }

        return text;
    }

    private static string Number(double value, string unit)
    {
        if (unit.StartsWith('B') && double.IsFinite(value))
        {
            var power = 0;
            while (Math.Abs(value) >= 1024 && power < BinaryPrefixes.Length - 1)
            {
                value /= 1024;
                power++;
            }

            unit = BinaryPrefixes[power] + unit;
        }

        var magnitude = Math.Abs(value);
        var digits = magnitude >= 100 ? "0" : magnitude >= 10 ? "0.#" : magnitude >= 1 ? "0.##" : "G3";
        var number = value.ToString(digits, CultureInfo.InvariantCulture);
        return unit.Length == 0 || unit[0] == '/' ? number + unit : $"{number} {unit}";
    }
}
