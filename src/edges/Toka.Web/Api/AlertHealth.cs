using Toka.Core.Alerts;
using Toka.Core.Health;

namespace Toka.Web.Api;

/// <summary>What the alerts say about the whole: critical ones make it unhealthy, high and medium ones degrade it.</summary>
internal static class AlertHealth
{
    /// <summary>Whether an alert's condition holds, taken on by somebody or not.</summary>
    public static bool IsFiring(Alert alert) => alert.State is AlertState.Active or AlertState.Acknowledged;

    /// <summary>The part <c>alerts</c>; null where nothing fires.</summary>
    public static HealthPart? Of(IReadOnlyList<Alert> alerts)
    {
        Alert? worst = null;
        foreach (var alert in alerts)
        {
            if (IsFiring(alert) && (worst is null || alert.Severity > worst.Severity))
            {
                worst = alert;
            }
        }

        return worst is null ? null : new HealthPart("alerts", StateOf(worst.Severity), worst.Summary, worst.ActiveAtMs ?? worst.SinceMs);
    }

    private static HealthState StateOf(Severity severity) => severity switch
    {
        Severity.Critical => HealthState.Unhealthy,
        Severity.High or Severity.Medium => HealthState.Degraded,
        _ => HealthState.Healthy,
    };
}
