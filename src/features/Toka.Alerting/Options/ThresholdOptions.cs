using Toka.Configuration.Binding;

namespace Toka.Alerting.Options;

/// <summary>The shipped thresholds (<c>monitoring.thresholds</c>): a warning gives an alert of severity Medium, a critical one of severity Critical.</summary>
public sealed record ThresholdOptions
{
    /// <summary>CPU busy, in percent of all cores. Defaults 70 and 85; 0 to 100. 100 can never be exceeded and switches a threshold off.</summary>
    public ThresholdPair Cpu { get; init; } = new(70, 85);

    /// <summary>Memory that is not available, in percent. Defaults 75 and 90; 0 to 100.</summary>
    public ThresholdPair Memory { get; init; } = new(75, 90);

    /// <summary>A file system's used space, in percent. Defaults 80 and 95; 0 to 100.</summary>
    public ThresholdPair Disk { get; init; } = new(80, 95);

    /// <summary>A network interface's busier direction, in percent of its speed. Defaults 70 and 90; 0 to 100.</summary>
    public ThresholdPair Network { get; init; } = new(70, 90);

    /// <summary>How long a value must lie above a warning. Default 1 min in production (6 evaluations), 10 s in development; 0 to 1 day.</summary>
    public TimeSpan WarningFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a value must lie above a critical threshold. Default 30 s in production (3 evaluations), 5 s in development; 0 to 1 day.</summary>
    public TimeSpan CriticalFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For how long after an alert's end nobody is notified of its return. Default 5 min; 0 to 1 day.</summary>
    public TimeSpan Cooldown { get; init; } = AlertingOptions.CooldownDefault;

    /// <summary>Declares and takes the keys of <c>monitoring.thresholds</c>.</summary>
    /// <param name="section">The section.</param>
    /// <param name="isProduction">Whether production's defaults apply.</param>
    public static ThresholdOptions Bind(ConfigSection section, bool isProduction)
    {
        ArgumentNullException.ThrowIfNull(section);
        var standard = new ThresholdOptions();
        return new ThresholdOptions
        {
            Cpu = Pair(section, "cpu", standard.Cpu, "CPU busy, percent of all cores"),
            Memory = Pair(section, "memory", standard.Memory, "memory not available, percent"),
            Disk = Pair(section, "disk", standard.Disk, "space used of a file system, percent"),
            Network = Pair(section, "network", standard.Network, "busier direction of an interface, percent of its speed"),
            WarningFor = section.Duration(
                "warning_for", TimeSpan.FromSeconds(isProduction ? 60 : 10), TimeSpan.Zero, TimeSpan.FromDays(1),
                "How long a value must lie above a warning threshold.", "10s (production: 1m)"),
            CriticalFor = section.Duration(
                "critical_for", TimeSpan.FromSeconds(isProduction ? 30 : 5), TimeSpan.Zero, TimeSpan.FromDays(1),
                "How long a value must lie above a critical threshold.", "5s (production: 30s)"),
            Cooldown = section.Duration(
                "cooldown", standard.Cooldown, TimeSpan.Zero, TimeSpan.FromDays(1),
                "For how long after an alert's end nobody is notified of its return."),
        };
    }

    private static ThresholdPair Pair(ConfigSection section, string name, ThresholdPair standard, string what)
    {
        var warning = section.Number($"{name}_warning_percent", standard.Warning, 0, 100, $"Warning (severity Medium) above this: {what}.");
        var critical = section.Number($"{name}_critical_percent", standard.Critical, 0, 100, $"Critical (severity Critical) above this: {what}.");
        if (warning > critical)
        {
            var key = section.Has($"{name}_warning_percent") ? $"{name}_warning_percent" : $"{name}_critical_percent";
            section.Fault(key, FormattableString.Invariant($"the warning ({warning}) lies above the critical threshold ({critical}); it must not"));
        }

        return new ThresholdPair(warning, critical);
    }
}

/// <summary>Two thresholds of one value.</summary>
/// <param name="Warning">Above this, the severity is Medium.</param>
/// <param name="Critical">Above this, the severity is Critical.</param>
public readonly record struct ThresholdPair(double Warning, double Critical);
