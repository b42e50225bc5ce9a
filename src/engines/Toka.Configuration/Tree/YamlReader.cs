using Toka.Configuration.Faults;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Toka.Configuration.Tree;

/// <summary>
/// Reads YAML into a tree that knows where everything stands. Of YAML 1.2 it takes one document of mappings, lists and
/// scalars; tags and further documents are refused by name, and so are anchors, aliases and merge keys; these and the tags of YAML's
/// own kinds are taken where <see cref="YamlRules"/> say so, so that what a line says is what it means.
/// </summary>
public static class YamlReader
{
    /// <summary>The deepest nesting, in levels: the deepest key has 5, and recursion stays bounded.</summary>
    public const int DepthMax = 32;

    /// <summary>Reads a text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">The file's path as messages name it.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="rules">What is taken; null for <see cref="YamlRules.Toka"/>.</param>
    /// <returns>The root, or null where the document is empty or its syntax is wrong (a fault then says so).</returns>
    public static ConfigNode? Read(string text, string source, ConfigFaults faults, YamlRules? rules = null)
    {
        rules ??= YamlRules.Toka;
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(faults);
        if (text.Length > rules.TextCharsMax)
        {
            faults.Add(new ConfigLocation(source, 1, 1), "", $"the file has {text.Length} characters; a configuration has at most {rules.TextCharsMax}");
            return null;
        }

        var parser = new Parser(new StringReader(text));
        try
        {
            return new Walk(parser, source, faults, rules).Document();
        }
        catch (YamlException e)
        {
            faults.Add(Explain(e, text, source));
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The library's scanner gives up so, and says neither what nor where, on brackets that are not closed.
            var last = parser.Current?.End ?? Mark.Empty;
            faults.Add(new ConfigLocation(source, (int)last.Line, (int)last.Column), "", "this is not YAML: what follows cannot be read; a [ or { before it may not be closed");
            return null;
        }
    }

    private static ConfigFault Explain(YamlException e, string text, string source)
    {
        // The parser sees a tab only as a token that does not fit, and notices it a line early or late.
        var lines = text.Split('\n');
        var first = Math.Max(0, (int)e.Start.Line - 2);
        var last = Math.Min(lines.Length - 1, (int)e.End.Line);
        for (var i = first; i <= last; i++)
        {
            var tab = lines[i].IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && lines[i].AsSpan(0, tab).IsWhiteSpace())
            {
                return new ConfigFault(new ConfigLocation(source, i + 1, tab + 1), "", "this line is indented with a tab; YAML is indented with spaces");
            }
        }

        var message = e.InnerException?.Message ?? e.Message;
        var location = new ConfigLocation(source, (int)e.Start.Line, (int)e.Start.Column);
        return new ConfigFault(location, "", $"this is not YAML: {message.TrimEnd('.')}");
    }

    private sealed class Walk(Parser parser, string source, ConfigFaults faults, YamlRules rules)
    {
        private const string TextTag = "tag:yaml.org,2002:str";

        /// <summary>They say what the value says of itself, but for a number that is to be a text.</summary>
        private static readonly string[] s_basicTags =
            [TextTag, "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"];

        private readonly Dictionary<string, ConfigNode> _anchors = new(StringComparer.Ordinal);
        private long _nodes;

        public ConfigNode? Document()
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }

            var root = Node("", 0);
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out var second))
            {
                faults.Add(At(second), "", "a second document begins here; a configuration is one document, so remove the line \"---\"");
            }

            return root;
        }

        private ConfigNode Node(string path, int depth)
        {
            if (depth > DepthMax)
            {
                throw new YamlException(parser.Current!.Start, parser.Current.End, $"it is nested deeper than {DepthMax} levels");
            }

            if (++_nodes > rules.NodesMax)
            {
                throw new YamlException(parser.Current!.Start, parser.Current.End, $"it has more than {rules.NodesMax} values, aliases counted at each use");
            }

            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                return Alias(alias, path, depth);
            }

            if (parser.Current is not NodeEvent node)
            {
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a value is missing here");
            }

            RefuseProperties(node, path);
            var read = Content(path, depth);
            if (!node.Anchor.IsEmpty)
            {
                // Only now: an anchor is not known inside what it names, so that nothing can hold itself.
                _anchors[node.Anchor.Value] = read;
            }

            return read;
        }

        private ConfigNode Alias(AnchorAlias alias, string path, int depth)
        {
            if (!rules.TakesAnchors)
            {
                faults.Add(At(alias), path, $"the alias \"*{alias.Value}\" is not taken here; write the value out");
            }
            else if (!_anchors.TryGetValue(alias.Value.Value, out var named))
            {
                faults.Add(At(alias), path, $"the alias \"*{alias.Value}\" has no anchor before it; write \"&{alias.Value}\" at the value that it stands for");
            }
            else if (depth + named.Height > DepthMax)
            {
                throw new YamlException(alias.Start, alias.End, $"it is nested deeper than {DepthMax} levels");
            }
            else
            {
                _nodes += named.Weight;
                return named;
            }

            return new ConfigNode(ConfigNodeKind.Null, At(alias));
        }

        private ConfigNode Content(string path, int depth)
        {
            if (parser.TryConsume<MappingStart>(out var mapping))
            {
                return Mapping(mapping, path, depth);
            }

            if (parser.TryConsume<SequenceStart>(out var sequence))
            {
                var list = new ConfigNode(ConfigNodeKind.Sequence, At(sequence));
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    list.Add(Node($"{path}[{list.Items.Count}]", depth + 1));
                }

                return list;
            }

            var scalar = parser.Consume<Scalar>();
            var isQuoted = scalar.Style != ScalarStyle.Plain || (!scalar.Tag.IsEmpty && scalar.Tag.Value == TextTag);
            return !isQuoted && scalar.Value is "" or "~" or "null" or "Null" or "NULL"
                ? new ConfigNode(ConfigNodeKind.Null, At(scalar))
                : new ConfigNode(ConfigNodeKind.Scalar, At(scalar), scalar.Value, isQuoted);
        }

        private ConfigNode Mapping(MappingStart start, string path, int depth)
        {
            var mapping = new ConfigNode(ConfigNodeKind.Mapping, At(start));
            List<ConfigNode>? merged = null;
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var keyNode = Node(path, depth + 1);
                var key = keyNode.Text;
                var keyPath = path.Length == 0 ? key : $"{path}.{key}";
                var isAlias = parser.Accept<AnchorAlias>(out _);
                var value = Node(keyPath, depth + 1);
                if (isAlias && !rules.TakesAnchors)
                {
                    // Refused already; an entry without a value would only give a second fault.
                    continue;
                }

                if (keyNode.Kind != ConfigNodeKind.Scalar)
                {
                    faults.Add(keyNode.Location, path, "a key must be a plain word");
                }
                else if (key == "<<" && !keyNode.IsQuoted && rules.TakesAnchors)
                {
                    (merged ??= []).AddRange(value.Kind == ConfigNodeKind.Sequence ? value.Items : [value]);
                }
                else if (key == "<<")
                {
                    faults.Add(keyNode.Location, path, "the merge key \"<<\" is not taken here; write the keys out");
                }
                else if (mapping.Find(key) is { } first)
                {
                    faults.Add(keyNode.Location, keyPath, $"given twice; the first is in line {first.KeyLocation.Line}; remove one");
                }
                else
                {
                    mapping.Add(new ConfigEntry(key, keyNode.Location, value));
                }
            }

            Merge(merged, mapping, path);
            return mapping;
        }

        /// <summary>Adds what merge keys bring: keys that are written out win, then those of the first that has them.</summary>
        private void Merge(List<ConfigNode>? merged, ConfigNode mapping, string path)
        {
            foreach (var source in merged ?? [])
            {
                if (source.Kind != ConfigNodeKind.Mapping)
                {
                    faults.Add(source.Location, path, "the merge key \"<<\" takes keys with values, or a list of such; write an alias of them");
                    continue;
                }

                foreach (var entry in source.Entries.Where(entry => mapping.Find(entry.Key) is null))
                {
                    _nodes += entry.Value.Weight;
                    mapping.Add(entry);
                }
            }
        }

        private void RefuseProperties(NodeEvent node, string path)
        {
            if (!node.Anchor.IsEmpty && !rules.TakesAnchors)
            {
                faults.Add(At(node), path, $"the anchor \"&{node.Anchor.Value}\" is not taken here; write values out where they are used");
            }

            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && !(rules.TakesAnchors && s_basicTags.Contains(node.Tag.Value)))
            {
                faults.Add(At(node), path, $"the tag \"{node.Tag.Value}\" is not taken here; remove it");
            }
        }

        private ConfigLocation At(ParsingEvent e) => new(source, (int)e.Start.Line, (int)e.Start.Column);
    }
}
