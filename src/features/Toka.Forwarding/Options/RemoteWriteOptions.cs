using System.Globalization;
using System.Text;
using Toka.Configuration.Binding;
using Toka.Configuration.Http;
using Toka.Configuration.Relabelling;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;

namespace Toka.Forwarding.Options;

/// <summary>The versions of the remote write protocol.</summary>
public enum RemoteWriteProtocol
{
    /// <summary>1.0: <c>prometheus.WriteRequest</c>.</summary>
    V1,

    /// <summary>2.0: <c>io.prometheus.write.v2.Request</c>.</summary>
    V2,
}

/// <summary>
/// One remote: an item of <c>remote_write</c>, in <c>toka.yaml</c> and in Prometheus's configuration alike. Immutable; two are
/// equal when they say the same. Source: Prometheus, "Configuration", <c>remote_write</c>.
/// </summary>
public sealed record RemoteWriteOptions
{
    /// <summary>Remotes, count: each reads the whole queue.</summary>
    public const int RemotesMax = 16;

    private const int HeadersMax = 64;
    private const int LabelsMax = 64;

    private static readonly (string, RemoteWriteProtocol)[] s_messages =
        [("prometheus.WriteRequest", RemoteWriteProtocol.V1), ("io.prometheus.write.v2.Request", RemoteWriteProtocol.V2)];

    /// <summary>The http or https address that samples are posted to, without user and password.</summary>
    public required Uri Url { get; init; }

    /// <summary>The remote's name in metrics, log and API, unique. Default six digits made of the address.</summary>
    public required string Name { get; init; }

    /// <summary>How long one request may take. Default 30 s; 1 ms to 1 h.</summary>
    public TimeSpan RemoteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Headers that each request has, beside those of <see cref="Http"/>. Default none; at most 64.</summary>
    public ValueList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What is changed and left out, after <see cref="ExternalLabels"/> were added. Default nothing.</summary>
    public ValueList<RelabelConfig> WriteRelabelConfigs { get; init; } = [];

    /// <summary>Labels that each series gets which does not have them. Default none; at most 64.</summary>
    public ValueList<KeyValuePair<string, string>> ExternalLabels { get; init; } = [];

    /// <summary>Whether exemplars are sent. Default false.</summary>
    public bool SendExemplars { get; init; }

    /// <summary>Whether native histograms are sent. Default false.</summary>
    public bool SendNativeHistograms { get; init; }

    /// <summary>The protocol that is tried first. Default 1.0.</summary>
    public RemoteWriteProtocol Protocol { get; init; } = RemoteWriteProtocol.V1;

    /// <summary><c>queue_config</c>.</summary>
    public QueueOptions Queue { get; init; } = QueueOptions.Default;

    /// <summary><c>metadata_config</c>.</summary>
    public MetadataOptions Metadata { get; init; } = MetadataOptions.Default;

    /// <summary>Authentication, TLS, proxy and further headers.</summary>
    public HttpClientOptions Http { get; init; } = HttpClientOptions.Default;

    /// <summary>
    /// <see cref="Http"/> with <see cref="Headers"/> before its own: what carries requests knows them all then, and keeps them from
    /// another host that a redirect leads to.
    /// </summary>
    internal HttpClientOptions Connection => Headers.Count == 0
        ? Http
        : Http with { Headers = Headers.Select(static header => new HttpHeaderOptions { Name = header.Key, Values = [header.Value] }).Concat(Http.Headers).ToValueList() };

    /// <summary>The address as log, API and page show it: scheme, host, port and path. A query may hold a secret and is left out.</summary>
    public string PublicUrl() => Url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Declares and takes the keys of one remote.</summary>
    /// <param name="section">An item of <c>remote_write</c>.</param>
    public static RemoteWriteOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var given = BindUrl(section);
        section.NotInForce("round_robin_dns", "the system's resolver chooses the address; remove it");
        foreach (var key in s_signatures)
        {
            section.NotInForce(key, "requests are not signed or authorised in this way; send through a proxy that does it");
        }

        var name = section.OptionalText("name", null, "The remote's name in metrics, log and API, unique. Without it six digits made of the address.");
        var options = new RemoteWriteOptions
        {
            Url = given,
            Name = name ?? "",
            RemoteTimeout = section.Duration("remote_timeout", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), "How long one request may take."),
            Headers = BindHeaders(section),
            WriteRelabelConfigs = RelabelBinding.Bind(section, "write_relabel_configs", "What is changed and left out before sending."),
            ExternalLabels = BindLabels(section),
            SendExemplars = section.Boolean("send_exemplars", false, "Exemplars are sent."),
            SendNativeHistograms = section.Boolean("send_native_histograms", false, "Native histograms are sent."),
            Protocol = section.Choice("protobuf_message", "prometheus.WriteRequest", s_messages, "The protocol's message: that of remote write 1.0, or that of 2.0, which falls back to 1.0 where the remote does not know it."),
            Queue = QueueOptions.Bind(section.Section("queue_config", "How samples wait and are sent.")),
            Metadata = MetadataOptions.Bind(section.Section("metadata_config", "How metadata is sent.")),
            Http = HttpClientOptions.Bind(section),
        };
        var (url, http) = options.Http.TakeUser(given);
        return options with { Url = url, Name = name ?? NameOf(url), Http = http };
    }

    /// <summary>Declares and takes a list of remotes, whose names differ.</summary>
    /// <param name="section">The section that has the list.</param>
    public static ValueList<RemoteWriteOptions> BindList(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var names = new HashSet<string>(StringComparer.Ordinal);
        return section.List("remote_write", RemotesMax, "Where samples are also sent to, by Prometheus's remote write.", item =>
        {
            var options = Bind(item);
            if (item.Has("url") && !names.Add(options.Name))
            {
                item.Fault(item.Has("name") ? "name" : "url", $"\"{options.Name}\" is the name of another remote; give each its own name");
            }

            return options;
        });
    }

    private static Uri BindUrl(ConfigSection section)
    {
        var text = section.RequiredText("url", "The http or https address that samples are posted to.");
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0)
        {
            return url;
        }

        if (text.Length > 0)
        {
            // The text may hold a password, therefore it is not repeated.
            section.Fault("url", "is not an http or https address; write one like http://store.example:9090/api/v1/write");
        }

        return new Uri("http://localhost/");
    }

    private static ValueList<KeyValuePair<string, string>> BindHeaders(ConfigSection section)
    {
        var headers = section.TextMap("headers", HeadersMax, "Headers that each request has.");
        foreach (var (name, _) in headers.Where(static header => Reserved.Contains(header.Key)))
        {
            section.Fault("headers", $"\"{name}\" is set by toka itself; remove it");
        }

        return headers;
    }

    private static ValueList<KeyValuePair<string, string>> BindLabels(ConfigSection section)
    {
        var labels = section.TextMap("external_labels", LabelsMax, "Labels that each series gets which does not have them, before it is relabelled.");
        foreach (var (name, value) in labels.Where(static label => label.Key.Length == 0 || label.Key == LabelSet.MetricName || Encoding.UTF8.GetByteCount(label.Key) > LabelSet.TextBytesMax || Encoding.UTF8.GetByteCount(label.Value) > LabelSet.TextBytesMax))
        {
            section.Fault("external_labels", $"\"{name}\" cannot be added to every series; write a label's name and a text of at most {LabelSet.TextBytesMax} bytes");
        }

        return labels;
    }

    private static readonly string[] s_signatures = ["sigv4", "azuread", "google_iam"];

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Content-Encoding", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Host", "User-Agent", "Authorization",
        "X-Prometheus-Remote-Write-Version",
    };

    private static string NameOf(Uri url) =>
        LabelSet.HashOf(Encoding.UTF8.GetBytes(url.AbsoluteUri)).ToString("x16", CultureInfo.InvariantCulture)[..6];
}
