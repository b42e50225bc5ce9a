namespace Toka.Configuration.Tree;

/// <summary>What a <see cref="ConfigNode"/> is.</summary>
public enum ConfigNodeKind
{
    /// <summary>Nothing was written behind the key, or <c>null</c> or <c>~</c>.</summary>
    Null,

    /// <summary>A single value.</summary>
    Scalar,

    /// <summary>Keys with values.</summary>
    Mapping,

    /// <summary>A list.</summary>
    Sequence,
}

/// <summary>One node of a configuration as it was written, with its place. Immutable once read; thread-safe then.</summary>
public sealed class ConfigNode
{
    private const int ListedKeysMax = 16;

    private readonly List<ConfigEntry> _entries = [];
    private readonly List<ConfigNode> _items = [];
    private Dictionary<string, ConfigEntry>? _byKey;

    internal ConfigNode(ConfigNodeKind kind, ConfigLocation location, string text = "", bool isQuoted = false)
    {
        Kind = kind;
        Location = location;
        Text = text;
        IsQuoted = isQuoted;
    }

    /// <summary>What it is.</summary>
    public ConfigNodeKind Kind { get; }

    /// <summary>Where it begins.</summary>
    public ConfigLocation Location { get; }

    /// <summary>A scalar's text, empty for other kinds.</summary>
    public string Text { get; }

    /// <summary>Whether a scalar was quoted (or a block text): it is a text then, never a number or a switch.</summary>
    public bool IsQuoted { get; }

    /// <summary>A mapping's keys and values in the order of the file; each key once.</summary>
    public IReadOnlyList<ConfigEntry> Entries => _entries;

    /// <summary>A sequence's items in order.</summary>
    public IReadOnlyList<ConfigNode> Items => _items;

    /// <summary>The entry of a key, or null.</summary>
    /// <param name="key">The key, compared exactly.</param>
    public ConfigEntry? Find(string key) =>
        _byKey is null ? _entries.Find(e => e.Key == key) : _byKey.GetValueOrDefault(key);

    /// <summary>The nodes in it, itself included, aliases counted at each use.</summary>
    internal long Weight { get; private set; } = 1;

    /// <summary>The levels below it.</summary>
    internal int Height { get; private set; }

    internal void Add(ConfigEntry entry)
    {
        _entries.Add(entry);
        Grow(entry.Value);

        // A search through a list would take a mapping of many keys quadratic time.
        if (_byKey is not null || _entries.Count > ListedKeysMax)
        {
            _byKey ??= _entries.ToDictionary(static e => e.Key, StringComparer.Ordinal);
            _byKey[entry.Key] = entry;
        }
    }

    internal void Add(ConfigNode item)
    {
        _items.Add(item);
        Grow(item);
    }

    internal void Replace(ConfigEntry entry)
    {
        var index = _entries.FindIndex(e => e.Key == entry.Key);
        if (index < 0)
        {
            Add(entry);
            return;
        }

        _entries[index] = entry;
        if (_byKey is not null)
        {
            _byKey[entry.Key] = entry;
        }
    }

    internal void Replace(int index, ConfigNode item)
    {
        if (index == _items.Count)
        {
            _items.Add(item);
        }
        else
        {
            _items[index] = item;
        }
    }

    private void Grow(ConfigNode child)
    {
        Weight += child.Weight;
        Height = Math.Max(Height, child.Height + 1);
    }
}

/// <summary>A key of a mapping with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="KeyLocation">Where the key stands.</param>
/// <param name="Value">The value.</param>
public sealed record ConfigEntry(string Key, ConfigLocation KeyLocation, ConfigNode Value);
