using Toka.Configuration.Faults;
using Toka.Configuration.Tree;

namespace Toka.Configuration.Binding;

/// <content>Lists, maps, files and keys that are read without being in force.</content>
public sealed partial class ConfigSection
{
    /// <summary>A list whose items are sections.</summary>
    /// <typeparam name="T">What an item is bound to.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="max">The most items: a named limit of the feature.</param>
    /// <param name="description">What it holds, one line.</param>
    /// <param name="bind">Binds one item.</param>
    public ValueList<T> List<T>(string key, int max, string description, Func<ConfigSection, T> bind)
    {
        ArgumentNullException.ThrowIfNull(bind);
        Declare(key, "list", "empty", $"at most {Text(max)} items", description);
        var declared = Join(_declared, key) + "[]";

        // An item's keys are declared by binding one: an empty one, whose faults nobody hears, so that they are known
        // even where the list is empty.
        bind(new ConfigSection(null, "", declared, Location, new ConfigFaults(), _keys, _dialect));

        var node = _node?.Find(key)?.Value;
        if (node is null or { Kind: ConfigNodeKind.Null })
        {
            return ValueList<T>.Empty;
        }

        if (node.Kind != ConfigNodeKind.Sequence)
        {
            Fault(key, $"must be a list; it is {Describe(node)}");
            return ValueList<T>.Empty;
        }

        if (node.Items.Count > max)
        {
            Fault(key, $"has {Text(node.Items.Count)} items; at most {Text(max)} are taken");
            return ValueList<T>.Empty;
        }

        var bound = new List<T>(node.Items.Count);
        foreach (var item in node.Items)
        {
            var path = $"{Join(Path, key)}[{Text(bound.Count)}]";
            if (item.Kind != ConfigNodeKind.Mapping)
            {
                _faults.Add(item.Location, path, $"must be keys with values; it is {Describe(item)}");
            }

            var isSection = item.Kind == ConfigNodeKind.Mapping;
            var section = new ConfigSection(isSection ? item : null, path, declared, item.Location, isSection ? _faults : new ConfigFaults(), _keys, _dialect);
            _children.Add(section);
            bound.Add(bind(section));
        }

        return bound.ToValueList();
    }

    /// <summary>A list of texts; one text alone is taken for a list of one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="max">The most items: a named limit of the feature.</param>
    /// <param name="description">What it holds, one line.</param>
    /// <param name="defaultText">How the documentation names the default.</param>
    /// <returns>The texts; empty where the key is not given.</returns>
    public ValueList<string> Texts(string key, int max, string description, string? defaultText = null)
    {
        Declare(key, "list", defaultText ?? "empty", $"at most {Text(max)} items", description);
        return _node?.Find(key)?.Value is { } node ? TextsOf(key, node, max) : ValueList<string>.Empty;
    }

    /// <summary>Keys of a user's choice with a text each.</summary>
    /// <param name="key">The key.</param>
    /// <param name="max">The most entries: a named limit of the feature.</param>
    /// <param name="description">What it holds, one line.</param>
    /// <returns>The pairs in the order of the file.</returns>
    public ValueList<KeyValuePair<string, string>> TextMap(string key, int max, string description)
    {
        Declare(key, "keys with texts", "empty", $"at most {Text(max)} entries", description);
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var entry in MapEntries(key, max))
        {
            if (entry.Value.Kind is ConfigNodeKind.Mapping or ConfigNodeKind.Sequence)
            {
                _faults.Add(entry.Value.Location, $"{Join(Path, key)}.{entry.Key}", $"must be a text; it is {Describe(entry.Value)}");
                continue;
            }

            pairs.Add(new(entry.Key, entry.Value.Text));
        }

        return pairs.ToValueList();
    }

    /// <summary>Keys of a user's choice with a list of texts each.</summary>
    /// <inheritdoc cref="TextMap"/>
    public ValueList<KeyValuePair<string, ValueList<string>>> TextListMap(string key, int max, string description)
    {
        Declare(key, "keys with lists of texts", "empty", $"at most {Text(max)} entries", description);
        return MapEntries(key, max)
            .Select(entry => new KeyValuePair<string, ValueList<string>>(entry.Key, TextsOf($"{key}.{entry.Key}", entry.Value, max)))
            .ToValueList();
    }

    /// <summary>Keys of a user's choice with a section each.</summary>
    /// <typeparam name="T">What a section is bound to.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="max">The most entries: a named limit of the feature.</param>
    /// <param name="description">What it holds, one line.</param>
    /// <param name="bind">Binds one section, given its key.</param>
    public ValueList<T> SectionMap<T>(string key, int max, string description, Func<string, ConfigSection, T> bind)
    {
        ArgumentNullException.ThrowIfNull(bind);
        Declare(key, "keys with sections", "empty", $"at most {Text(max)} entries", description);
        var declared = Join(_declared, key) + ".*";
        bind("", new ConfigSection(null, "", declared, Location, new ConfigFaults(), _keys, _dialect));
        var bound = new List<T>();
        foreach (var entry in MapEntries(key, max))
        {
            var isSection = entry.Value.Kind is ConfigNodeKind.Mapping or ConfigNodeKind.Null;
            if (!isSection)
            {
                _faults.Add(entry.Value.Location, $"{Join(Path, key)}.{entry.Key}", $"must be keys with values; it is {Describe(entry.Value)}");
            }

            var section = new ConfigSection(
                isSection ? entry.Value : null, $"{Join(Path, key)}.{entry.Key}", declared, entry.KeyLocation, isSection ? _faults : new ConfigFaults(), _keys, _dialect);
            _children.Add(section);
            bound.Add(bind(entry.Key, section));
        }

        return bound.ToValueList();
    }

    /// <summary>Takes a file's path. A relative one starts at the folder of the file in which it is written.</summary>
    /// <param name="key">The key.</param>
    /// <param name="description">What it does, one line.</param>
    /// <returns>The path, null where it is not given.</returns>
    public string? OptionalPath(string key, string description)
    {
        Declare(key, "path", "none", "", description);
        return Scalar(key, "a path") is { } node ? Resolve(node) : null;
    }

    /// <summary>
    /// Takes the path of a file that is read when it is needed, such as one of credentials. That it is not there now is noted and
    /// is no fault: whatever writes it may come later.
    /// </summary>
    /// <inheritdoc cref="OptionalPath"/>
    public string? NeededPath(string key, string description)
    {
        var path = OptionalPath(key, description);
        if (path is not null && !File.Exists(path))
        {
            Note(key, $"there is no file {path}; whatever needs it fails until there is");
        }

        return path;
    }

    /// <summary>A list of paths. A relative one starts at the folder of the file in which it is written.</summary>
    /// <inheritdoc cref="Texts"/>
    public ValueList<ConfigText> Paths(string key, int max, string description)
    {
        Declare(key, "list", "empty", $"at most {Text(max)} items", description);
        var node = _node?.Find(key)?.Value;
        if (node is null || TextsOf(key, node, max).Count == 0)
        {
            return ValueList<ConfigText>.Empty;
        }

        var nodes = node.Kind == ConfigNodeKind.Sequence ? node.Items : [node];
        return nodes.Where(static item => item.Kind == ConfigNodeKind.Scalar).Select(item => new ConfigText(Resolve(item), item.Location)).ToValueList();
    }

    /// <summary>Takes a text that is not to be shown: neither in messages nor in the configuration in force.</summary>
    /// <param name="key">The key.</param>
    /// <param name="description">What it is for, one line.</param>
    /// <returns>The secret; null where it is not given.</returns>
    public Secret? OptionalSecret(string key, string description) => OptionalText(key, null, description) is { } text ? new Secret(text) : null;

    /// <summary>
    /// Declares a key that is known and has no effect. Where it is given, that is noted in
    /// <see cref="ConfigFaults.NotInForce"/>, so that nobody waits for what will not come. What it holds is not checked.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="why">Why it has no effect, and what to do instead.</param>
    /// <returns>Whether it is given and holds anything.</returns>
    public bool NotInForce(string key, string why)
    {
        Declare(key, "any", "none", "", $"Not in force: {why}.");
        if (_node?.Find(key) is not { } entry)
        {
            return false;
        }

        Note(key, $"is read but not in force: {why}");
        return entry.Value.Kind != ConfigNodeKind.Null;
    }

    /// <summary>
    /// Notes that a key which is declared and checked otherwise has no effect, where it is given.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="why">Why it has no effect, and what to do instead.</param>
    public void NoteNotInForce(string key, string why) => Note(key, $"is read but not in force: {why}");

    /// <summary>Notes something of a key that is no fault and must not stay unsaid, where the key is given and holds anything.</summary>
    /// <param name="key">The key.</param>
    /// <param name="message">What there is to say.</param>
    public void Note(string key, string message)
    {
        if (_node?.Find(key) is { Value.Kind: not ConfigNodeKind.Null } entry)
        {
            _faults.AddNotInForce(new ConfigFault(entry.KeyLocation, Join(Path, key), message));
        }
    }

    private static string Resolve(ConfigNode node)
    {
        var folder = node.Location.IsInFile ? System.IO.Path.GetDirectoryName(node.Location.Source) : null;
        return string.IsNullOrEmpty(folder) ? node.Text : System.IO.Path.Combine(folder, node.Text);
    }

    private IReadOnlyList<ConfigEntry> MapEntries(string key, int max)
    {
        var node = _node?.Find(key)?.Value;
        if (node is null or { Kind: ConfigNodeKind.Null })
        {
            return [];
        }

        if (node.Kind != ConfigNodeKind.Mapping)
        {
            Fault(key, $"must be keys with values; it is {Describe(node)}");
            return [];
        }

        if (node.Entries.Count > max)
        {
            Fault(key, $"has {Text(node.Entries.Count)} entries; at most {Text(max)} are taken");
            return [];
        }

        return node.Entries;
    }

    private ValueList<string> TextsOf(string key, ConfigNode node, int max)
    {
        if (node.Kind is ConfigNodeKind.Null)
        {
            return ValueList<string>.Empty;
        }

        if (node.Kind == ConfigNodeKind.Mapping)
        {
            _faults.Add(node.Location, Join(Path, key), $"must be a list of texts; it is {Describe(node)}");
            return ValueList<string>.Empty;
        }

        var items = node.Kind == ConfigNodeKind.Sequence ? node.Items : [node];
        if (items.Count > max)
        {
            _faults.Add(node.Location, Join(Path, key), $"has {Text(items.Count)} items; at most {Text(max)} are taken");
            return ValueList<string>.Empty;
        }

        var texts = new List<string>(items.Count);
        foreach (var item in items)
        {
            if (item.Kind == ConfigNodeKind.Scalar)
            {
                texts.Add(item.Text);
            }
            else
            {
                _faults.Add(item.Location, $"{Join(Path, key)}[{Text(texts.Count)}]", $"must be a text; it is {Describe(item)}");
            }
        }

        return texts.ToValueList();
    }
}
