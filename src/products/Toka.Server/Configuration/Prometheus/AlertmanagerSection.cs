using Toka.Configuration.Binding;
using Toka.Configuration.Http;
using Toka.Configuration.Relabelling;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>The section <c>alerting</c>: checked whole, and not in force until rules are evaluated.</summary>
internal static class AlertmanagerSection
{
    /// <summary>Groups of Alertmanagers, count.</summary>
    private const int AlertmanagersMax = 100;

    private static readonly (string, string)[] s_schemes = [("http", "http"), ("https", "https")];

    private static readonly (string, string)[] s_versions = [("v2", "v2")];

    public static void Bind(ConfigSection root)
    {
        var alerting = root.Section("alerting", "Where alerts are sent.");
        RelabelBinding.Bind(alerting, "alert_relabel_configs", "Rules for the labels of alerts.");
        alerting.List("alertmanagers", AlertmanagersMax, "The Alertmanagers.", BindAlertmanager);
        root.NoteNotInForce("alerting", "alerts are not sent to Alertmanagers yet; webhooks are in toka.yaml, alerting.webhooks");
    }

    private static HttpClientOptions BindAlertmanager(ConfigSection section)
    {
        section.Choice("scheme", "http", s_schemes, "How they are spoken to.", StringComparison.OrdinalIgnoreCase);
        section.OptionalText("path_prefix", "/", "What stands before the API's path.");
        section.Duration("timeout", TimeSpan.FromSeconds(10), TimeSpan.Zero, TimeSpan.FromDays(1), "How long a request may take.");
        section.Choice("api_version", "v2", s_versions, "The version of their API; v1 is gone since Alertmanager 0.27.");
        RelabelBinding.Bind(section, "alert_relabel_configs", "Rules for the labels of alerts that go to these.");
        var relabel = RelabelBinding.Bind(section, "relabel_configs", "Rules for the labels of these Alertmanagers.");
        section.NotInForce("sigv4", "requests are not signed for AWS; nothing is to be done as long as alerts are not sent");
        DiscoveryBinding.Bind(section, relabel);
        return HttpClientOptions.Bind(section);
    }
}
