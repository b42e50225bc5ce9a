using System.Globalization;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;

namespace Toka.Configuration.Binding;

/// <summary>
/// One section of a configuration, from which a feature takes its options by declaring each key: name, default, range and
/// meaning. What is wrong is added to the faults and the default is given instead, so that one pass finds everything.
/// <see cref="Complete"/> on the root then names the keys that nobody declared. Not thread-safe.
/// </summary>
public sealed partial class ConfigSection
{
    private readonly ConfigNode? _node;
    private readonly ConfigFaults _faults;
    private readonly ConfigKeys _keys;
    private readonly ConfigDialect _dialect;
    private readonly string _declared;
    private readonly List<string> _known = [];
    private readonly List<ConfigSection> _children = [];

    private ConfigSection(
        ConfigNode? node, string path, string declared, ConfigLocation location, ConfigFaults faults, ConfigKeys keys, ConfigDialect dialect)
    {
        _dialect = dialect;
        _node = node;
        _faults = faults;
        _keys = keys;
        _declared = declared;
        Path = path;
        Location = location;
    }

    /// <summary>The dotted path, such as <c>alerting.rules[0]</c>; empty for the root.</summary>
    public string Path { get; }

    /// <summary>Where the section's key stands.</summary>
    public ConfigLocation Location { get; }

    /// <summary>Every key declared so far, here and in all sections of the same root.</summary>
    public IReadOnlyList<ConfigKey> Keys => _keys.All;

    /// <summary>The root of a configuration.</summary>
    /// <param name="node">The tree; null for an empty one.</param>
    /// <param name="source">The file's path as messages name it.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="dialect">How values are written.</param>
    public static ConfigSection Root(ConfigNode? node, string source, ConfigFaults faults, ConfigDialect dialect = ConfigDialect.Toka)
    {
        var location = node?.Location ?? new ConfigLocation(source, 1, 1);
        if (node is not null && node.Kind is not (ConfigNodeKind.Mapping or ConfigNodeKind.Null))
        {
            var example = dialect == ConfigDialect.Prometheus ? "scrape_configs: []" : "environment: development";
            faults.Add(location, "", $"the configuration is {Describe(node)}; it must be keys with values, such as \"{example}\"");
            node = null;
        }

        return new ConfigSection(node, "", "", location, faults, new ConfigKeys(), dialect);
    }

    /// <summary>Whether a key is given here.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => LocationOf(key) is not null;

    /// <summary>Where a key's value is given, or null where it is not.</summary>
    /// <param name="key">The key.</param>
    public ConfigLocation? LocationOf(string key) => _node?.Find(key) is { } entry ? entry.Value.Location : null;

    /// <summary>Adds a fault at a key's value, or at the section where the key is not given.</summary>
    /// <param name="key">The key; empty for the section itself.</param>
    /// <param name="message">What is wrong and what to do.</param>
    public void Fault(string key, string message) =>
        _faults.Add(LocationOf(key) ?? Location, key.Length == 0 ? Path : Join(Path, key), message);

    /// <summary>Takes a switch: <c>true</c> or <c>false</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The default.</param>
    /// <param name="description">What it does, one line.</param>
    /// <param name="defaultText">How the documentation names the default where it depends on something.</param>
    public bool Boolean(string key, bool fallback, string description, string? defaultText = null)
    {
        Declare(key, "switch", defaultText ?? (fallback ? "true" : "false"), "true, false", description);
        if (Plain(key, "a switch: true or false") is not { } text)
        {
            return fallback;
        }

        switch (_dialect == ConfigDialect.Prometheus ? Switches.Canonical(text) : text)
        {
            case "true":
                return true;
            case "false":
                return false;
            default:
                Fault(key, $"\"{text}\" is not a switch; write true or false");
                return fallback;
        }
    }

    /// <summary>Takes a number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The default; null where there is none.</param>
    /// <param name="min">The least legal value.</param>
    /// <param name="max">The greatest legal value.</param>
    /// <param name="description">What it does, with the unit, one line.</param>
    /// <param name="defaultText">How the documentation names the default where it depends on something.</param>
    /// <returns>The number; null only where it is not given and has no default.</returns>
    public double? OptionalNumber(string key, double? fallback, double min, double max, string description, string? defaultText = null)
    {
        var range = double.IsInfinity(min) || double.IsInfinity(max) ? "" : $"{Text(min)} to {Text(max)}";
        Declare(key, "number", defaultText ?? (fallback is { } d ? Text(d) : "none"), range, description);
        return Plain(key, "a number") is { } text && ParseNumber(key, text, min, max) is { } value ? value : fallback;
    }

    /// <inheritdoc cref="OptionalNumber"/>
    public double Number(string key, double fallback, double min, double max, string description, string? defaultText = null) =>
        OptionalNumber(key, fallback, min, max, description, defaultText) ?? fallback;

    /// <summary>Takes a whole number.</summary>
    /// <inheritdoc cref="OptionalNumber"/>
    public int Integer(string key, int fallback, int min, int max, string description, string? defaultText = null)
    {
        Declare(key, "whole number", defaultText ?? Text(fallback), $"{Text(min)} to {Text(max)}", description);
        if (Plain(key, "a whole number") is not { } text)
        {
            return fallback;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            Fault(key, $"\"{text}\" is not a whole number; write one from {Text(min)} to {Text(max)}");
            return fallback;
        }

        if (value < min || value > max)
        {
            Fault(key, $"{text} is out of range; write a whole number from {Text(min)} to {Text(max)}");
            return fallback;
        }

        return (int)value;
    }

    /// <summary>Takes a duration as Prometheus writes it, such as <c>5m</c> or <c>1h30m</c>.</summary>
    /// <inheritdoc cref="OptionalNumber"/>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan min, TimeSpan max, string description, string? defaultText = null)
    {
        Declare(key, "duration", defaultText ?? Text(fallback), $"{Text(min)} to {Text(max)}", description);
        if (Plain(key, "a duration, such as 5m") is not { } text)
        {
            return fallback;
        }

        if (!ConfigUnits.TryParseDuration(text, out var milliseconds))
        {
            Fault(key, $"\"{text}\" is not a duration; write whole numbers with units from large to small (d, h, m, s, ms), such as 90s or 1h30m");
            return fallback;
        }

        if (milliseconds < min.TotalMilliseconds || milliseconds > max.TotalMilliseconds)
        {
            Fault(key, $"{text} is out of range; write a duration from {Text(min)} to {Text(max)}");
            return fallback;
        }

        return TimeSpan.FromMilliseconds(milliseconds);
    }

    /// <summary>Takes a size, such as <c>512MB</c> (1000s) or <c>512MiB</c> (1024s).</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The default in bytes; null where there is none.</param>
    /// <param name="min">The least legal size in bytes.</param>
    /// <param name="max">The greatest legal size in bytes.</param>
    /// <param name="description">What it does, one line.</param>
    /// <param name="defaultText">How the documentation names the default where it depends on something.</param>
    /// <returns>Bytes; null only where it is not given and has no default.</returns>
    public long? Size(string key, long? fallback, long min, long max, string description, string? defaultText = null)
    {
        var range = $"{ConfigUnits.FormatSize(min)} to {ConfigUnits.FormatSize(max)}";
        Declare(key, "size", defaultText ?? (fallback is { } d ? ConfigUnits.FormatSize(d) : "none"), range, description);
        if (Plain(key, "a size, such as 512MB") is not { } text)
        {
            return fallback;
        }

        if (!(_dialect == ConfigDialect.Prometheus ? ConfigUnits.TryParseBinarySize(text, out var bytes) : ConfigUnits.TryParseSize(text, out bytes)))
        {
            Fault(key, $"\"{text}\" is not a size; write a number with kB, MB, GB, KiB, MiB or GiB, such as 512MB");
            return fallback;
        }

        if (bytes < min || bytes > max)
        {
            Fault(key, $"{text} is out of range; write a size from {range}");
            return fallback;
        }

        return bytes;
    }

    /// <summary>Takes a text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The default; null where there is none.</param>
    /// <param name="description">What it does, one line.</param>
    /// <returns>The text, never empty; null only where it is not given and has no default.</returns>
    public string? OptionalText(string key, string? fallback, string description)
    {
        Declare(key, "text", fallback ?? "none", "", description);
        return Scalar(key, "a text") is { } node ? node.Text : fallback;
    }

    /// <summary>Takes a text that may be empty, which is something else than not given.</summary>
    /// <inheritdoc cref="OptionalText"/>
    public string AnyText(string key, string fallback, string description)
    {
        Declare(key, "text", fallback.Length == 0 ? "none" : fallback, "", description);
        return _node?.Find(key)?.Value is { Kind: ConfigNodeKind.Scalar, Text.Length: 0 } ? "" : Scalar(key, "a text")?.Text ?? fallback;
    }

    /// <summary>Takes a text that must be given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="description">What it does, one line.</param>
    /// <returns>The text; empty where it is missing, which is a fault.</returns>
    public string RequiredText(string key, string description)
    {
        Declare(key, "text", "required", "", description);
        if (!Has(key))
        {
            Fault(key, "is missing; it must be given");
            return "";
        }

        if (Scalar(key, "a text") is { } node)
        {
            return node.Text;
        }

        if (_dialect == ConfigDialect.Prometheus && _node!.Find(key)!.Value.Kind is ConfigNodeKind.Null or ConfigNodeKind.Scalar)
        {
            Fault(key, "is empty; it must be given"); // An empty text is no fault for keys that have a default.
        }

        return "";
    }

    /// <summary>Takes one of several words.</summary>
    /// <typeparam name="T">What they stand for.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The default's word; null where the key must be given.</param>
    /// <param name="choices">The words with their meaning.</param>
    /// <param name="description">What it does, one line.</param>
    /// <param name="comparison">How a written word is compared.</param>
    public T Choice<T>(string key, string? fallback, IReadOnlyList<(string Word, T Value)> choices, string description, StringComparison comparison = StringComparison.Ordinal)
    {
        ArgumentNullException.ThrowIfNull(choices);
        var words = string.Join(", ", choices.Select(c => c.Word));
        Declare(key, "one of", fallback ?? "required", words, description);
        var fallbackValue = choices.FirstOrDefault(c => c.Word == fallback, choices[0]).Value;
        if (fallback is null && !Has(key))
        {
            Fault(key, $"is missing; write one of {words}");
        }

        return OneOf(key, words, choices, fallbackValue, comparison)!;
    }

    /// <summary>Takes one of several words, or nothing.</summary>
    /// <typeparam name="T">What they stand for.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="choices">The words with their meaning.</param>
    /// <param name="description">What it does, one line.</param>
    /// <returns>The meaning; the default of the type where it is not given.</returns>
    public T? OptionalChoice<T>(string key, IReadOnlyList<(string Word, T Value)> choices, string description)
    {
        ArgumentNullException.ThrowIfNull(choices);
        var words = string.Join(", ", choices.Select(static c => c.Word));
        Declare(key, "one of", "none", words, description);
        return OneOf(key, words, choices, default, StringComparison.Ordinal);
    }

    private T? OneOf<T>(string key, string words, IReadOnlyList<(string Word, T Value)> choices, T? fallback, StringComparison comparison)
    {
        if (Scalar(key, $"one of {words}") is not { } node)
        {
            return fallback;
        }

        foreach (var (word, value) in choices)
        {
            if (word.Equals(node.Text, comparison))
            {
                return value;
            }
        }

        var nearest = NearestKey.Of(node.Text, choices.Select(c => c.Word));
        Fault(key, $"\"{node.Text}\" is not known; {(nearest is null ? $"write one of {words}" : $"did you mean \"{nearest}\"? Known here: {words}")}");
        return fallback;
    }

    /// <summary>Takes a pair of numbers, the lesser first: <c>[10, 90]</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="description">What it does, one line.</param>
    /// <returns>The pair; null where it is not given or wrong.</returns>
    public (double Low, double High)? OptionalPair(string key, string description)
    {
        Declare(key, "two numbers", "none", "the lesser first", description);
        if (_node?.Find(key)?.Value is not { } node)
        {
            return null;
        }

        if (node.Kind != ConfigNodeKind.Sequence || node.Items.Count != 2
            || node.Items.Any(i => i.Kind != ConfigNodeKind.Scalar || i.IsQuoted))
        {
            Fault(key, "must be two numbers in brackets, the lesser first, such as [10, 90]");
            return null;
        }

        var low = ParseNumber(key, node.Items[0].Text, double.NegativeInfinity, double.PositiveInfinity);
        var high = ParseNumber(key, node.Items[1].Text, double.NegativeInfinity, double.PositiveInfinity);
        if (low >= high)
        {
            Fault(key, $"{node.Items[0].Text} is not below {node.Items[1].Text}; write the lesser first");
        }

        return low < high ? (low.Value, high.Value) : null;
    }

    /// <summary>A section inside this one; an empty one where it is not given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="description">What it holds, one line.</param>
    public ConfigSection Section(string key, string description)
    {
        Declare(key, "section", "none", "", description);
        var entry = _node?.Find(key);
        var node = entry?.Value;
        if (node is not null && node.Kind is not (ConfigNodeKind.Mapping or ConfigNodeKind.Null))
        {
            Fault(key, $"must be keys with values; it is {Describe(node)}");
            node = null;
        }

        var section = new ConfigSection(node, Join(Path, key), Join(_declared, key), entry?.KeyLocation ?? Location, _faults, _keys, _dialect);
        _children.Add(section);
        return section;
    }

    /// <summary>Names every given key that nobody declared, here and in all sections below.</summary>
    public void Complete()
    {
        foreach (var entry in _node?.Entries ?? [])
        {
            if (!_known.Contains(entry.Key))
            {
                var location = entry.KeyLocation.IsInFile ? entry.KeyLocation : entry.Value.Location;
                _faults.Add(location, Join(Path, entry.Key), $"is not known{Advice(entry.Key)}");
            }
        }

        foreach (var child in _children)
        {
            child.Complete();
        }
    }

    private string Advice(string key)
    {
        if (_keys.Find(k => k.Path.EndsWith("." + key, StringComparison.Ordinal) && k.Type != "section") is { } elsewhere)
        {
            return $" here; did you mean \"{elsewhere.Path}\"?";
        }

        return NearestKey.Of(key, _known) is { } nearest
            ? $"; did you mean \"{nearest}\"?"
            : $"; known here: {string.Join(", ", _known)}";
    }

    private void Declare(string key, string type, string defaultText, string range, string description)
    {
        _known.Add(key);
        _keys.Add(new ConfigKey(Join(_declared, key), type, defaultText, range, description));
    }

    /// <summary>The text of a scalar that must not be quoted; null where it is not given or wrong.</summary>
    private string? Plain(string key, string wanted)
    {
        if (Scalar(key, wanted) is not { } node)
        {
            return null;
        }

        if (node.IsQuoted && _dialect == ConfigDialect.Toka)
        {
            Fault(key, $"the text \"{node.Text}\" stands where {wanted} is wanted; remove the quotes");
            return null;
        }

        return node.Text;
    }

    private ConfigNode? Scalar(string key, string wanted)
    {
        if (_node?.Find(key)?.Value is not { } node)
        {
            return null;
        }

        if (node.Kind == ConfigNodeKind.Scalar && node.Text.Length > 0)
        {
            return node;
        }

        var isEmpty = node.Kind is ConfigNodeKind.Null or ConfigNodeKind.Scalar;
        if (isEmpty && _dialect == ConfigDialect.Prometheus)
        {
            // Prometheus takes an empty value for one that is not given.
            return null;
        }

        Fault(key, isEmpty
            ? $"has no value; write {wanted}, or remove the key"
            : $"must be {wanted}; it is {Describe(node)}");
        return null;
    }

    private double? ParseNumber(string key, string text, double min, double max)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            Fault(key, $"\"{text}\" is not a number");
            return null;
        }

        if (value < min || value > max)
        {
            Fault(key, $"{text} is out of range; write a number from {Text(min)} to {Text(max)}");
            return null;
        }

        return value;
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Describe(ConfigNode node) => node.Kind switch
    {
        ConfigNodeKind.Mapping => "keys with values",
        ConfigNodeKind.Sequence => "a list",
        ConfigNodeKind.Null => "nothing",
        _ => $"the value \"{node.Text}\"",
    };

    private static string Text(double value) => value.ToString("0.###############", CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan value) => ConfigUnits.FormatDuration((long)value.TotalMilliseconds);
}
