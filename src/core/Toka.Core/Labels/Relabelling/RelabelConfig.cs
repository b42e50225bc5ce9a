using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Labels.Relabelling;

/// <summary>A rule of relabelling as it is configured. Source: Prometheus, "Configuration", <c>relabel_config</c>.</summary>
public sealed record RelabelConfig
{
    /// <summary>The default of <see cref="Separator"/>.</summary>
    public const string DefaultSeparator = ";";

    /// <summary>The default of <see cref="Regex"/>.</summary>
    public const string DefaultRegex = "(.*)";

    /// <summary>The default of <see cref="Replacement"/>.</summary>
    public const string DefaultReplacement = "$1";

    /// <summary>Labels whose values, joined, are the source. Default none, which is an empty source.</summary>
    public IReadOnlyList<string> SourceLabels { get; init; } = [];

    /// <summary>Between the values of the source. Default <c>;</c>.</summary>
    public string Separator { get; init; } = DefaultSeparator;

    /// <summary>Matches the whole source, or whole names. Default <c>(.*)</c>.</summary>
    public string Regex { get; init; } = DefaultRegex;

    /// <summary>What a hash is divided by; <see cref="RelabelAction.HashMod"/> alone has it, and needs it above 0. Default 0.</summary>
    public ulong Modulus { get; init; }

    /// <summary>The label that is set or compared; with <see cref="RelabelAction.Replace"/> it may hold groups. Default empty.</summary>
    public string TargetLabel { get; init; } = "";

    /// <summary>The value to set, with groups. An empty one removes the label. Default <c>$1</c>.</summary>
    public string Replacement { get; init; } = DefaultReplacement;

    /// <summary>What is done. Default <see cref="RelabelAction.Replace"/>.</summary>
    public RelabelAction Action { get; init; } = RelabelAction.Replace;

    /// <summary>Everything that is wrong with the rule: the key in Prometheus's spelling, and what to do.</summary>
    public IReadOnlyList<(string Key, string Fault)> Faults()
    {
        var faults = new List<(string, string)>();
        var name = NameOf(Action);
        if (PatternFault() is { } fault)
        {
            faults.Add(("regex", fault));
        }

        foreach (var label in SourceLabels.Where(static label => !IsName(label)))
        {
            faults.Add(("source_labels", $"\"{label}\" is no label name: it must be text of valid UTF-8 that is not empty"));
        }

        var hasTarget = Action is RelabelAction.Replace or RelabelAction.HashMod or RelabelAction.Lowercase or RelabelAction.Uppercase or RelabelAction.KeepEqual or RelabelAction.DropEqual;
        if (hasTarget && TargetLabel.Length == 0)
        {
            faults.Add(("target_label", $"the action {name} needs one"));
        }
        else if (hasTarget && !IsName(TargetLabel))
        {
            faults.Add(("target_label", $"\"{TargetLabel}\" is no label name"));
        }

        if (Action == RelabelAction.HashMod && Modulus == 0)
        {
            faults.Add(("modulus", $"the action {name} needs one above 0"));
        }

        Unused(faults, name);
        return faults;
    }

    /// <summary>An action's name as it is configured.</summary>
    public static string NameOf(RelabelAction action) => action.ToString().ToLowerInvariant();

    /// <summary>Whether a text can be a label's name: Prometheus 3 takes every UTF-8 text that is not empty.</summary>
    internal static bool IsName(string text) => text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= LabelSet.TextBytesMax
        && text.EnumerateRunes().All(static rune => rune != Rune.ReplacementChar);

    /// <summary>Keys that the action would not heed: whoever wrote them meant something else.</summary>
    private void Unused(List<(string, string)> faults, string name)
    {
        if (Action is RelabelAction.LabelDrop or RelabelAction.LabelKeep)
        {
            Refuse("source_labels", SourceLabels.Count > 0, "has only regex");
            Refuse("target_label", TargetLabel.Length > 0, "has only regex");
            Refuse("separator", Separator != DefaultSeparator, "has only regex");
            Refuse("replacement", Replacement != DefaultReplacement, "has only regex");
        }
        else if (Action is RelabelAction.KeepEqual or RelabelAction.DropEqual)
        {
            Refuse("regex", Regex != DefaultRegex, "has only source_labels and target_label");
            Refuse("separator", Separator != DefaultSeparator, "has only source_labels and target_label");
            Refuse("replacement", Replacement != DefaultReplacement, "has only source_labels and target_label");
        }
        else if (Action is RelabelAction.Lowercase or RelabelAction.Uppercase)
        {
            Refuse("replacement", Replacement != DefaultReplacement, "sets the source itself");
        }

        Refuse("modulus", Modulus > 0 && Action is (RelabelAction.LabelDrop or RelabelAction.LabelKeep or RelabelAction.KeepEqual or RelabelAction.DropEqual), "has none");

        void Refuse(string key, bool isThere, string why)
        {
            if (isThere)
            {
                faults.Add((key, $"the action {name} {why}; leave it out"));
            }
        }
    }

    private string? PatternFault()
    {
        try
        {
            GroupedPattern.Parse(Regex);
            return null;
        }
        catch (BadInputException e)
        {
            return e.Message;
        }
    }
}
