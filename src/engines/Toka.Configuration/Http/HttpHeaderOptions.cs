using System.Collections.Frozen;
using Toka.Configuration.Binding;

namespace Toka.Configuration.Http;

/// <summary>A header that is sent with every request: an entry of <c>http_headers</c>.</summary>
public sealed record HttpHeaderOptions
{
    /// <summary>Values of a header in each of its lists, count.</summary>
    private const int ValuesMax = 64;

    /// <summary>Headers that requests set themselves, or that other keys set. Source: Prometheus, <c>http_headers</c>.</summary>
    private static readonly FrozenSet<string> s_reserved = new[]
    {
        "Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Host", "Keep-Alive",
        "Proxy-Authenticate", "Proxy-Authorization", "Transfer-Encoding", "User-Agent", "Www-Authenticate",
        "X-Prometheus-Remote-Read-Version", "X-Prometheus-Remote-Write-Version", "X-Prometheus-Scrape-Timeout-Seconds",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The header's name.</summary>
    public required string Name { get; init; }

    /// <summary>Values. Default none.</summary>
    public ValueList<string> Values { get; init; } = [];

    /// <summary>Values that are not shown. Default none.</summary>
    public ValueList<Secret> Secrets { get; init; } = [];

    /// <summary>Files that hold a value each, read anew when they change. Default none.</summary>
    public ValueList<string> Files { get; init; } = [];

    internal static HttpHeaderOptions Bind(string name, ConfigSection section)
    {
        var options = new HttpHeaderOptions
        {
            Name = name,
            Values = section.Texts("values", ValuesMax, "Values."),
            Secrets = section.Texts("secrets", ValuesMax, "Values that are not shown.").Select(static text => new Secret(text)).ToValueList(),
            Files = section.Paths("files", ValuesMax, "Files that hold a value each; read anew when they change.").Select(static path => path.Text).ToValueList(),
        };
        if (s_reserved.Contains(name))
        {
            section.Fault("", "cannot be set here: requests set it themselves, or another key does (basic_auth, authorization)");
        }
        else if (name.Any(static c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
        {
            section.Fault("", $"\"{name}\" cannot be the name of a header; write letters, digits and hyphens");
        }

        if (options.Values.Concat(options.Secrets.Select(static secret => secret.Reveal())).Any(static value => value.AsSpan().ContainsAny('\r', '\n', '\0')))
        {
            section.Fault("", "has a value of more than one line, which a header cannot hold");
        }

        return options;
    }
}
