namespace Toka.Configuration.Binding;

/// <summary>The keys that a configuration may hold, each once, in the order of declaration.</summary>
internal sealed class ConfigKeys
{
    private readonly List<ConfigKey> _all = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    public IReadOnlyList<ConfigKey> All => _all;

    public void Add(ConfigKey key)
    {
        // A list's items declare the same keys again and again: thousands of jobs do.
        if (_paths.Add(key.Path))
        {
            _all.Add(key);
        }
    }

    public ConfigKey? Find(Predicate<ConfigKey> match) => _all.Find(match);
}
