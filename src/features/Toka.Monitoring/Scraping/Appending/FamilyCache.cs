using System.Text;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Exposition;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>
/// What a target says about its families, told to the store where it is new or has changed. Nothing is allocated for what is
/// known. Read by one scrape at a time; <see cref="Known"/> is thread-safe.
/// </summary>
internal sealed class FamilyCache
{
    /// <summary>Families of one target that are remembered beyond twice those of its last body.</summary>
    private const int SpareMax = 1000;

    private readonly KeyedCache<Family> _families = new();
    private readonly List<Family> _changed = [];
    private volatile IReadOnlyList<MetricMetadata> _known = [];
    private Family? _current;
    private int _body;
    private int _seen;
    private bool _isOpenMetrics;

    /// <summary>What is known, by the last body that was read.</summary>
    public IReadOnlyList<MetricMetadata> Known => _known;

    /// <summary>Begins a body.</summary>
    /// <param name="isOpenMetrics">Whether families of counters and infos are named without the suffix of their samples.</param>
    public void Begin(bool isOpenMetrics)
    {
        _body++;
        (_seen, _current, _isOpenMetrics) = (0, null, isOpenMetrics);
        _families.Rewind();
    }

    /// <summary>Takes the type of a family.</summary>
    public void Type(ReadOnlySpan<byte> name, ExpositionType type)
    {
        var family = Of(name);
        if (family.Type != type)
        {
            family.Type = type;
            Change(family);
        }
    }

    /// <summary>Takes the help of a family as it stands; true where <see cref="SetHelp"/> is to follow.</summary>
    public bool IsNewHelp(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        var family = Of(name);
        if (text.SequenceEqual(family.HelpAsWritten))
        {
            return false;
        }

        family.HelpAsWritten = text.ToArray();
        return true;
    }

    /// <summary>The help in words, of the family of the call before.</summary>
    public void SetHelp(string help)
    {
        if (_current is { } family && family.Help != help)
        {
            family.Help = help;
            Change(family);
        }
    }

    /// <summary>Takes the unit of a family.</summary>
    public void Unit(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit)
    {
        var family = Of(name);
        if (!unit.SequenceEqual(family.UnitAsWritten))
        {
            family.UnitAsWritten = unit.ToArray();
            Change(family);
        }
    }

    /// <summary>Ends a body that is kept: adds what the store does not know yet.</summary>
    public void End(WriteBatch batch)
    {
        if (_changed.Count > 0)
        {
            foreach (var family in _changed)
            {
                batch.AddMetadata(family.Metadata);
            }
        }

        if (_families.Entries.Count > (2 * _seen) + SpareMax)
        {
            _families.Remove(family => family.SeenIn == _body);
            _current = null;
        }

        if (_changed.Count > 0)
        {
            _known = [.. _families.Entries.Select(static family => family.Metadata)];
        }
    }

    /// <summary>The store has what <see cref="End"/> added.</summary>
    public void Written()
    {
        foreach (var family in _changed)
        {
            family.IsChanged = false;
        }

        _changed.Clear();
    }

    private Family Of(ReadOnlySpan<byte> name)
    {
        // The lines of a family follow each other.
        if (_current is { } current && name.SequenceEqual(current.Key))
        {
            return current;
        }

        var family = _families.Find(name, kind: 0);
        if (family is null)
        {
            family = new Family(name.ToArray(), KeyedCache<Family>.HashOf(name, 0));
            _families.Add(family);
        }

        family.IsOpenMetrics = _isOpenMetrics;
        _seen += family.SeenIn == _body ? 0 : 1;
        family.SeenIn = _body;
        _current = family;
        return family;
    }

    private void Change(Family family)
    {
        if (!family.IsChanged)
        {
            family.IsChanged = true;
            _changed.Add(family);
        }
    }

    private sealed class Family(byte[] key, ulong hash) : KeyedEntry<Family>(key, 0, hash)
    {
        public ExpositionType? Type { get; set; }

        public byte[] HelpAsWritten { get; set; } = [];

        public string Help { get; set; } = "";

        public byte[] UnitAsWritten { get; set; } = [];

        public bool IsOpenMetrics { get; set; }

        /// <summary>Whether the store does not know the latest.</summary>
        public bool IsChanged { get; set; }

        public MetricMetadata Metadata => new(Name, (Type ?? ExpositionType.Unknown).ToMetricType(), Help, Encoding.UTF8.GetString(UnitAsWritten));

        /// <summary>The name that the samples have, as queries ask by that.</summary>
        private string Name
        {
            get
            {
                var name = Encoding.UTF8.GetString(Key);
                var suffix = !IsOpenMetrics ? "" : Type switch
                {
                    ExpositionType.Counter => "_total",
                    ExpositionType.Info => "_info",
                    _ => "",
                };
                return name.EndsWith(suffix, StringComparison.Ordinal) ? name : name + suffix;
            }
        }
    }
}
