using Toka.Configuration.Tree;

namespace Toka.Configuration.Faults;

/// <summary>Gathers everything that is wrong in a configuration, so that all of it is reported at once. Not thread-safe.</summary>
public sealed class ConfigFaults
{
    /// <summary>Faults kept, count: enough to mend a file by, few enough to read. What lies beyond is counted in the last line.</summary>
    public const int FaultsMax = 100;

    private readonly List<ConfigFault> _faults = [];
    private int _more;

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _faults.Count == 0;

    /// <summary>The faults: those of files by line and column, then those of environment variables by name.</summary>
    public IReadOnlyList<ConfigFault> All
    {
        get
        {
            var ordered = _faults
                .OrderByDescending(f => f.Location.IsInFile)
                .ThenBy(f => f.Location.Source, StringComparer.Ordinal)
                .ThenBy(f => f.Location.Line)
                .ThenBy(f => f.Location.Column)
                .ToList();
            if (_more > 0)
            {
                ordered.Add(new ConfigFault(ordered[^1].Location, "", $"and {_more} more; mend these first"));
            }

            return ordered;
        }
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
}
