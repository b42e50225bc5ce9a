namespace Toka.Core.Health;

/// <summary>A part, or several, that can say how well it does. Thread-safe.</summary>
public interface IHealthSource
{
    /// <summary>The state at this moment; fast, does not throw.</summary>
    IEnumerable<HealthPart> Parts { get; }
}

/// <summary>The health of a whole, from that of its parts.</summary>
public static class HealthStates
{
    /// <summary>The worst state among parts; <see cref="HealthState.Healthy"/> where there is none.</summary>
    /// <param name="parts">The parts.</param>
    public static HealthState Worst(IEnumerable<HealthPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var worst = HealthState.Healthy;
        foreach (var part in parts)
        {
            worst = part.State > worst ? part.State : worst;
        }

        return worst;
    }
}
