using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Query;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>
/// Reads a file of rules and checks all of it but the templates of labels and annotations. Source: Prometheus, "Recording rules",
/// "Alerting rules".
/// </summary>
internal static class RuleFile
{
    /// <summary>Groups of a file, count.</summary>
    private const int GroupsMax = 10_000;

    /// <summary>Rules of a group, count: programs write tens of thousands.</summary>
    private const int RulesMax = 100_000;

    /// <summary>Labels and annotations of a rule, count of each.</summary>
    private const int LabelsMax = 1000;

    private static readonly TimeSpan s_durationMax = TimeSpan.FromDays(3650);

    /// <summary>The keys that a file of rules may hold.</summary>
    public static IReadOnlyList<ConfigKey> Keys
    {
        get
        {
            var faults = new ConfigFaults();
            var root = ConfigSection.Root(null, "", faults, ConfigDialect.Prometheus);
            Bind(root, "", QueryOptions.Default);
            return root.Keys;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="named">Where it is named.</param>
    /// <param name="language">What the query engine takes.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public static ValueList<RuleGroupOptions> Read(string path, ConfigLocation named, QueryOptions language, ConfigFaults faults)
    {
        var node = ConfigFileText.ReadRoot(path, named, "rule_files", faults);
        var root = ConfigSection.Root(node, path, faults, ConfigDialect.Prometheus);
        var groups = Bind(root, path, language);
        root.Complete();
        return groups;
    }

    private static ValueList<RuleGroupOptions> Bind(ConfigSection root, string path, QueryOptions language)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return root.List("groups", GroupsMax, "Groups of rules.", group => BindGroup(group, path, names, language));
    }

    private static RuleGroupOptions BindGroup(ConfigSection section, string path, HashSet<string> names, QueryOptions language)
    {
        var name = section.RequiredText("name", "The group's name, unique in the file.");
        if (name.Length > 0 && !names.Add(name))
        {
            section.Fault("name", $"\"{name}\" is the name of another group of this file; choose another");
        }

        var interval = section.Duration("interval", TimeSpan.Zero, TimeSpan.Zero, s_durationMax, "How often it is evaluated.", "global.evaluation_interval");
        section.Duration("query_offset", TimeSpan.Zero, TimeSpan.Zero, s_durationMax, "How far in the past it is evaluated.", "global.rule_query_offset");
        section.Integer("limit", 0, 0, int.MaxValue, "The most series or alerts of a rule; 0 for no limit.");
        Labels(section, "labels", "Labels of all its rules.");
        var rules = section.List("rules", RulesMax, "The rules.", rule => BindRule(rule, language));
        return new RuleGroupOptions(name, path, interval == TimeSpan.Zero ? null : interval, rules);
    }

    private static RuleOptions BindRule(ConfigSection section, QueryOptions language)
    {
        var record = section.OptionalText("record", null, "The metric that the rule writes.");
        var alert = section.OptionalText("alert", null, "The alert's name.");
        if ((record is null) == (alert is null))
        {
            section.Fault(record is null ? "" : "alert", record is null ? "has neither record nor alert; give one of them" : "stands beside record; a rule has one of the two");
        }

        if (record is not null && record.AsSpan().ContainsAny('{', '}'))
        {
            section.Fault("record", $"\"{record}\" looks like an expression and not like a metric's name");
        }

        var expression = section.RequiredText("expr", "PromQL.");
        if (expression.Length > 0 && FaultOf(expression, language) is { } fault)
        {
            section.Fault("expr", $"is not PromQL: {fault}");
        }

        var wait = section.Duration("for", TimeSpan.Zero, TimeSpan.Zero, s_durationMax, "How long an alert's condition must hold.");
        var keep = section.Duration("keep_firing_for", TimeSpan.Zero, TimeSpan.Zero, s_durationMax, "How long an alert goes on afterwards.");
        var labels = Labels(section, "labels", "Labels to set.");
        var annotations = Labels(section, "annotations", "Annotations of an alert.");
        if (record is not null && alert is null)
        {
            foreach (var key in (ReadOnlySpan<string>)["for", "keep_firing_for", "annotations"])
            {
                if (section.Has(key))
                {
                    section.Fault(key, "belongs to alerts, and this rule records; remove it");
                }
            }
        }

        return new RuleOptions(record ?? alert ?? "", record is null, expression, wait, keep, labels, annotations);
    }

    private static ValueList<KeyValuePair<string, string>> Labels(ConfigSection section, string key, string description)
    {
        var labels = section.TextMap(key, LabelsMax, description);
        if (labels.Any(static label => label.Key is "" or "__name__"))
        {
            section.Fault(key, "sets a label without a name, or __name__; record or alert says the name");
        }

        return labels;
    }

    private static string? FaultOf(string expression, QueryOptions language)
    {
        try
        {
            PromQlParser.Parse(expression, language);
            return null;
        }
        catch (QueryException e)
        {
            return e.Message;
        }
    }
}
