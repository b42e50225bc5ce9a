using Toka.Configuration.Tree;

namespace Toka.Configuration.Faults;

/// <summary>One thing that is wrong in a configuration.</summary>
/// <param name="Location">Where.</param>
/// <param name="Key">The dotted path of the key, such as <c>monitoring.thresholds.cpu_warning_percent</c>; empty for the file as a whole.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record ConfigFault(ConfigLocation Location, string Key, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: key: message</c>, one line.</summary>
    public override string ToString() => Key.Length == 0 ? $"{Location}: {Message}" : $"{Location}: {Key}: {Message}";
}
