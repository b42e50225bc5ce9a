using Toka.Configuration.Binding;
using Toka.Configuration.Faults;

namespace Toka.Configuration;

/// <summary>What reading a configuration gave: options, or the faults which keep it from being used.</summary>
/// <typeparam name="T">The options.</typeparam>
/// <param name="Options">The options. With faults they hold defaults where a value was wrong, and must not be used.</param>
/// <param name="Faults">Everything that is wrong; empty where the options may be used.</param>
/// <param name="Keys">Every key that the configuration may hold, in the order of declaration.</param>
public sealed record ConfigResult<T>(T Options, IReadOnlyList<ConfigFault> Faults, IReadOnlyList<ConfigKey> Keys)
{
    /// <summary>Whether the options may be used.</summary>
    public bool IsGood => Faults.Count == 0;
}
