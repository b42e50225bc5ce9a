using System.Globalization;
using Toka.Configuration.Binding;
using Toka.Core.Labels.Relabelling;

namespace Toka.Configuration.Relabelling;

/// <summary>Takes rules of relabelling from a configuration.</summary>
public static class RelabelBinding
{
    /// <summary>Rules in a list, count: each is applied to every target or sample.</summary>
    public const int RulesMax = 1000;

    /// <summary>Source labels of a rule, count.</summary>
    private const int SourceLabelsMax = 100;

    private static readonly (string, RelabelAction)[] s_actions = [.. Enum.GetValues<RelabelAction>().Select(static action => (RelabelConfig.NameOf(action), action))];

    /// <summary>Declares and takes a list of rules, with every fault at its key.</summary>
    /// <param name="section">The section that holds the list.</param>
    /// <param name="key">The list's key, such as <c>relabel_configs</c>.</param>
    /// <param name="description">What is relabelled, one line.</param>
    /// <returns>The rules; they are equal to others when they say the same.</returns>
    public static ValueList<RelabelConfig> Bind(ConfigSection section, string key, string description)
    {
        ArgumentNullException.ThrowIfNull(section);
        return section.List(key, RulesMax, description, BindRule);
    }

    private static RelabelConfig BindRule(ConfigSection section)
    {
        var rule = new RelabelConfig
        {
            SourceLabels = section.Texts("source_labels", SourceLabelsMax, "Labels whose values, joined, are the source."),
            Separator = section.AnyText("separator", RelabelConfig.DefaultSeparator, "Between the values of the source."),
            Regex = section.AnyText("regex", RelabelConfig.DefaultRegex, "Matches the whole source, or whole names."),
            Modulus = Modulus(section),
            TargetLabel = section.AnyText("target_label", "", "The label that is set or compared."),
            Replacement = section.AnyText("replacement", RelabelConfig.DefaultReplacement, "The value to set; $1 is the first group of the expression."),
            Action = Action(section),
        };
        foreach (var (key, fault) in rule.Faults())
        {
            section.Fault(key, fault);
        }

        return rule;
    }

    /// <summary>Prometheus reads actions without regard to case.</summary>
    private static RelabelAction Action(ConfigSection section) =>
        section.Choice("action", RelabelConfig.NameOf(RelabelAction.Replace), s_actions, "What is done.", StringComparison.OrdinalIgnoreCase);

    private static ulong Modulus(ConfigSection section)
    {
        if (section.OptionalText("modulus", null, "What the hash of the source is divided by; hashmod alone has it.") is not { } text)
        {
            return 0;
        }

        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var modulus))
        {
            section.Fault("modulus", $"\"{text}\" is not a whole number; write one above 0");
        }

        return modulus;
    }
}
