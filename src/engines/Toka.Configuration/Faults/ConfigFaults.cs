using Toka.Configuration.Tree;

namespace Toka.Configuration.Faults;

/// <summary>Gathers everything that is wrong in a configuration, so that all of it is reported at once. Not thread-safe.</summary>
public sealed class ConfigFaults
{
    /// <summary>Faults kept, count: enough to mend a file by, few enough to read. What lies beyond is counted in the last line.</summary>
    public const int FaultsMax = 100;

    /// <summary>Keys not in force that are kept, count: a file of many jobs has one or two a job. What lies beyond is counted in the last line.</summary>
    public const int NotInForceMax = 1000;

    private readonly List<ConfigFault> _faults = [];
    private readonly List<ConfigFault> _notInForce = [];
    private int _more;
    private int _moreNotInForce;

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _faults.Count == 0;

    /// <summary>The faults: those of files by line and column, then those of environment variables by name.</summary>
    public IReadOnlyList<ConfigFault> All
    {
        get
        {
            var ordered = Ordered(_faults);
            if (_more > 0)
            {
                ordered.Add(new ConfigFault(ordered[^1].Location, "", $"and {_more} more; mend these first"));
            }

            return ordered;
        }
    }

    /// <summary>Keys that are known and were read, and have no effect: not faults, but nothing that may stay unsaid. By file, line and column.</summary>
    public IReadOnlyList<ConfigFault> NotInForce
    {
        get
        {
            var ordered = Ordered(_notInForce);
            if (_moreNotInForce > 0)
            {
                ordered.Add(new ConfigFault(ordered[^1].Location, "", $"and {_moreNotInForce} more keys that are read but not in force"));
            }

            return ordered;
        }
    }

    /// <summary>Adds a key that is read but not in force.</summary>
    /// <param name="note">The key, its place, and why.</param>
    public void AddNotInForce(ConfigFault note)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (_notInForce.Count == NotInForceMax)
        {
            _moreNotInForce++;
            return;
        }

        _notInForce.Add(note with { Message = note.Message.ReplaceLineEndings(" ") });
    }

    /// <summary>Adds a fault.</summary>
    /// <param name="location">Where.</param>
    /// <param name="key">The dotted path of the key; empty for the file as a whole.</param>
    /// <param name="message">What is wrong and what to do; one line.</param>
    public void Add(ConfigLocation location, string key, string message) =>
        Add(new ConfigFault(location, key, message));

    /// <summary>Adds a fault.</summary>
    /// <param name="fault">The fault; line breaks in its message become spaces.</param>
    public void Add(ConfigFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (_faults.Count == FaultsMax)
        {
            _more++;
            return;
        }

        _faults.Add(fault with { Message = fault.Message.ReplaceLineEndings(" ") });
    }

    private static List<ConfigFault> Ordered(List<ConfigFault> faults) => faults
        .OrderByDescending(static f => f.Location.IsInFile)
        .ThenBy(static f => f.Location.Source, StringComparer.Ordinal)
        .ThenBy(static f => f.Location.Line)
        .ThenBy(static f => f.Location.Column)
        .ToList();
}
