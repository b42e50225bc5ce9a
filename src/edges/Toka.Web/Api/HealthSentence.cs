using System.Globalization;
using System.Text;
using Toka.Core.Alerts;
using Toka.Core.Health;

namespace Toka.Web.Api;

/// <summary>Puts the whole into one line: <c>All well. 2 cores at 14 %, memory 31 %, nothing firing.</c></summary>
internal static class HealthSentence
{
    /// <summary>The line.</summary>
    public static string Of(IReadOnlyList<HealthPart> parts, IReadOnlyList<Alert> alerts, HostFacts host)
    {
        var text = new StringBuilder();
        HealthPart? worst = null;
        foreach (var part in parts)
        {
            if (part.State > (worst?.State ?? HealthState.Healthy))
            {
                worst = part;
            }
        }

        // An alert's summary speaks for itself; of another part the name says where to look.
        text.Append(worst switch
        {
            null => "All well.",
            { Name: "alerts" } => Sentence(worst.Reason),
            _ => $"{char.ToUpperInvariant(worst.Name[0])}{worst.Name[1..]} is {worst.State.ToString().ToLowerInvariant()}: {Sentence(worst.Reason)}",
        });
        text.Append(CultureInfo.InvariantCulture, $" {Count(host.Cores, "core")}");
        if (double.IsFinite(host.CpuRatio))
        {
            text.Append(CultureInfo.InvariantCulture, $" at {Percent(host.CpuRatio)}");
        }

        if (double.IsFinite(host.MemoryRatio))
        {
            text.Append(CultureInfo.InvariantCulture, $", memory {Percent(host.MemoryRatio)}");
        }

        var firing = alerts.Count(AlertHealth.IsFiring);
        text.Append(", ").Append(firing == 0 ? "nothing" : Count(firing, "alert")).Append(" firing.");
        return text.ToString();
    }

    private static string Sentence(string reason) => reason.Length == 0 ? "it gives no reason." : reason[^1] is '.' ? reason : reason + ".";

    private static string Percent(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(ratio * 100):0} %");

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
