using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Toka.Configuration.Binding;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;
using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.Monitoring.Discovery;

/// <summary>
/// Reads groups of targets as files and HTTP give them: a list of <c>{targets: [HOST:PORT, …], labels: {…}}</c>, JSON or YAML. A text with
/// a fault is refused whole, because half of a list would end the series of the other half.
/// </summary>
internal static class TargetGroupReader
{
    /// <summary>The most bytes of a file or an answer (64 MiB), which hold half a million targets.</summary>
    public const int BytesMax = 64 << 20;

    /// <summary>Targets of a file or an answer, count: each is a connection every few seconds.</summary>
    public const int TargetsMax = 250_000;

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 8 };

    /// <summary>Reads JSON.</summary>
    /// <param name="bytes">UTF-8.</param>
    /// <param name="source">What the groups' sources begin with.</param>
    /// <param name="common">A label that every group gets.</param>
    /// <exception cref="BadInputException">The text is no list of groups.</exception>
    public static IReadOnlyList<TargetGroup> ReadJson(ReadOnlyMemory<byte> bytes, string source, (string Name, string Value) common)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, s_json);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
            {
                throw new BadInputException("it is not a list; write [{\"targets\": [\"HOST:PORT\"], \"labels\": {}}]");
            }

            var groups = new Collector(source, common);
            foreach (var group in document.RootElement.EnumerateArray())
            {
                Read(group, groups);
            }

            return groups.All;
        }
        catch (JsonException e)
        {
            throw new BadInputException($"it is not JSON: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            // Text with half a pair of UTF-16 in it.
            throw new BadInputException($"it holds a text that is not valid: {e.Message}");
        }
    }

    /// <summary>Reads YAML.</summary>
    /// <inheritdoc cref="ReadJson"/>
    public static IReadOnlyList<TargetGroup> ReadYaml(ReadOnlyMemory<byte> bytes, string source, (string Name, string Value) common)
    {
        if (!Utf8.IsValid(bytes.Span))
        {
            throw new BadInputException("it is not UTF-8; save it as such");
        }

        var faults = new ConfigFaults();
        var root = YamlReader.Read(Encoding.UTF8.GetString(bytes.Span).TrimStart('\uFEFF'), source, faults, YamlRules.Prometheus);
        if (!faults.IsEmpty)
        {
            throw new BadInputException(faults.All[0].ToString());
        }

        if (root is null || root.Kind == ConfigNodeKind.Null)
        {
            return [];
        }

        var groups = new Collector(source, common);
        foreach (var group in Items(root, "it"))
        {
            Read(group, groups);
        }

        return groups.All;
    }

    private static void Read(JsonElement group, Collector groups)
    {
        if (group.ValueKind != JsonValueKind.Object)
        {
            throw new BadInputException($"group {groups.Count} is not an object with targets and labels");
        }

        groups.Begin();
        foreach (var property in group.EnumerateObject())
        {
            if (property.NameEquals("targets") && property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var target in property.Value.EnumerateArray())
                {
                    groups.Target(target.ValueKind == JsonValueKind.String ? target.GetString()! : throw new BadInputException($"group {groups.Count} has a target that is not a text"));
                }
            }
            else if (property.NameEquals("labels") && property.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var label in property.Value.EnumerateObject())
                {
                    groups.Label(label.Name, label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : throw new BadInputException($"group {groups.Count}: the label \"{label.Name}\" is not a text"));
                }
            }
            else if (property.Value.ValueKind != JsonValueKind.Null)
            {
                throw Unknown(groups, property.Name);
            }
        }

        groups.End();
    }

    private static void Read(ConfigNode group, Collector groups)
    {
        if (group.Kind != ConfigNodeKind.Mapping)
        {
            throw new BadInputException($"{group.Location}: group {groups.Count} is not keys with values: targets and labels");
        }

        groups.Begin();
        foreach (var entry in group.Entries)
        {
            if (entry.Key == "targets")
            {
                foreach (var target in Items(entry.Value, "targets"))
                {
                    groups.Target(Scalar(target));
                }
            }
            else if (entry.Key == "labels" && entry.Value.Kind is ConfigNodeKind.Mapping or ConfigNodeKind.Null)
            {
                foreach (var label in entry.Value.Entries)
                {
                    groups.Label(label.Key, Scalar(label.Value));
                }
            }
            else
            {
                throw Unknown(groups, entry.Key);
            }
        }

        groups.End();
    }

    private static BadInputException Unknown(Collector groups, string key) =>
        new($"group {groups.Count}: \"{key}\" is not known or not of the right kind; a group has targets, a list of texts, and labels, keys with texts");

    private static IReadOnlyList<ConfigNode> Items(ConfigNode node, string what) => node.Kind switch
    {
        ConfigNodeKind.Sequence => node.Items,
        ConfigNodeKind.Null => [],
        _ => throw new BadInputException($"{node.Location}: {what} must be a list"),
    };

    private static string Scalar(ConfigNode node) => node.Kind is ConfigNodeKind.Scalar or ConfigNodeKind.Null
        ? node.Text
        : throw new BadInputException($"{node.Location}: a text is wanted here");

    private sealed class Collector(string source, (string Name, string Value) common)
    {
        private readonly List<TargetGroup> _groups = [];
        private readonly List<LabelSet> _targets = [];
        private readonly LabelSetBuilder _labels = new();
        private int _total;

        public int Count => _groups.Count;

        public IReadOnlyList<TargetGroup> All => _groups;

        public void Begin()
        {
            _targets.Clear();
            _labels.Clear();
        }

        public void Target(string address)
        {
            Check(TargetGroup.AddressLabel, address);
            if (++_total > TargetsMax)
            {
                throw new BadInputException($"it has more than {TargetsMax} targets; that is the most for one source");
            }

            _targets.Add(LabelSet.Of((TargetGroup.AddressLabel, address)));
        }

        public void Label(string name, string value)
        {
            Check(name, value);
            _labels.Set(name, value);
        }

        public void End()
        {
            _labels.Set(common.Name, common.Value);
            _groups.Add(new TargetGroup(string.Create(CultureInfo.InvariantCulture, $"{source}:{_groups.Count}"), _targets.ToValueList(), _labels.Build()));
        }

        private void Check(string name, string value)
        {
            if (TargetLabels.FaultOf(name, value) is { } fault)
            {
                throw new BadInputException($"group {Count} {fault}");
            }
        }
    }
}
