using Toka.Configuration.Binding;

namespace Toka.Configuration.Http;

/// <summary>
/// An outgoing HTTP connection as it is configured, with Prometheus's keys. Immutable; two are equal when they say the same.
/// <see cref="OutgoingHttp"/> makes a connection of it. Source: Prometheus, "Configuration", the HTTP keys of
/// <c>scrape_config</c>.
/// </summary>
public sealed partial record HttpClientOptions
{
    /// <summary>Headers of a connection, count: each is sent with every request.</summary>
    public const int HeadersMax = 64;

    /// <summary>A connection without anything special.</summary>
    public static HttpClientOptions Default { get; } = new();

    /// <summary><c>basic_auth</c>. Default none.</summary>
    public BasicAuthOptions? BasicAuth { get; init; }

    /// <summary><c>authorization</c>, or the older <c>bearer_token</c> and <c>bearer_token_file</c>. Default none.</summary>
    public AuthorizationOptions? Authorization { get; init; }

    /// <summary><c>tls_config</c>.</summary>
    public TlsOptions Tls { get; init; } = TlsOptions.Default;

    /// <summary><c>proxy_url</c>: http, https or socks5, without user and password. Default none.</summary>
    public Uri? ProxyUrl { get; init; }

    /// <summary>User and password of <c>proxy_url</c>, sent to the proxy. Default none.</summary>
    public BasicAuthOptions? ProxyAuth { get; init; }

    /// <summary><c>no_proxy</c>: addresses, networks and names that the proxy is not used for, with commas between. Default none.</summary>
    public string? NoProxy { get; init; }

    /// <summary><c>proxy_from_environment</c>: the proxy of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default false.</summary>
    public bool ProxyFromEnvironment { get; init; }

    /// <summary><c>follow_redirects</c>, at most <see cref="OutgoingHttp.RedirectsMax"/> in a row. Default true.</summary>
    public bool FollowRedirects { get; init; } = true;

    /// <summary><c>enable_http2</c>: HTTP/2 is offered on TLS. Default true.</summary>
    public bool EnableHttp2 { get; init; } = true;

    /// <summary><c>http_headers</c>, sent with every request. Default none; at most <see cref="HeadersMax"/>.</summary>
    public ValueList<HttpHeaderOptions> Headers { get; init; } = [];

    /// <summary>Declares and takes the keys, which stand in the section itself.</summary>
    /// <param name="section">The section, such as one of <c>scrape_configs</c>; relative paths start at its file's folder.</param>
    public static HttpClientOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var (proxy, proxyAuth) = BindProxyUrl(section);
        var options = new HttpClientOptions
        {
            BasicAuth = section.Has("basic_auth") ? BasicAuthOptions.Bind(section.Section("basic_auth", BasicAuthText)) : DeclareBasicAuth(section),
            Authorization = BindAuthorization(section),
            Tls = TlsOptions.Bind(section.Section("tls_config", "How TLS is spoken.")),
            ProxyUrl = proxy,
            ProxyAuth = proxyAuth,
            NoProxy = section.OptionalText("no_proxy", null, "What the proxy is not used for: addresses, networks (10.0.0.0/8) and names, with commas between."),
            ProxyFromEnvironment = section.Boolean("proxy_from_environment", false, "The proxy of HTTP_PROXY, HTTPS_PROXY and NO_PROXY is used."),
            FollowRedirects = section.Boolean("follow_redirects", true, "Redirects are followed, at most 10 in a row."),
            EnableHttp2 = section.Boolean("enable_http2", true, "HTTP/2 is offered on TLS."),
            Headers = section.SectionMap("http_headers", HeadersMax, "Headers that are sent with every request.", HttpHeaderOptions.Bind),
        };
        section.NotInForce("oauth2", "OAuth 2.0 is not supported; requests are sent without a token, so give one by authorization.credentials_file");
        section.NotInForce("proxy_connect_header", "headers for CONNECT are not supported; a proxy's user and password go into proxy_url");
        CheckTogether(section, options);
        return options;
    }

    /// <summary>Takes user and password out of an address: addresses are compared, printed and shown, which must not happen to a password.</summary>
    /// <param name="url">An address, with or without a part before <c>@</c>.</param>
    /// <returns>The address without it, and options that send it as basic authentication where they have no authentication of their own.</returns>
    public (Uri Url, HttpClientOptions Http) TakeUser(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.UserInfo.Length == 0
            ? (url, this)
            : (new UriBuilder(url) { UserName = "", Password = "" }.Uri, BasicAuth is null && Authorization is null ? this with { BasicAuth = BasicAuthOptions.OfUserInfo(url) } : this);
    }

    private const string BasicAuthText = "User and password, sent with every request.";

    private static BasicAuthOptions? DeclareBasicAuth(ConfigSection section)
    {
        BasicAuthOptions.Bind(section.Section("basic_auth", BasicAuthText));
        return null;
    }

    private static (Uri? Url, BasicAuthOptions? Auth) BindProxyUrl(ConfigSection section)
    {
        if (section.OptionalText("proxy_url", null, "The proxy: http://, https:// or socks5:// with host and port.") is not { } text)
        {
            return default;
        }

        // The text may hold a password, therefore it is not repeated.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https" or "socks4" or "socks4a" or "socks5") || url.Host.Length == 0)
        {
            section.Fault("proxy_url", "is not the address of a proxy; write one like http://proxy.example:3128");
            return default;
        }

        // Addresses are compared and printed with the user in them, or without: neither must happen to a password.
        return url.UserInfo.Length == 0 ? (url, null) : (new UriBuilder(url) { UserName = "", Password = "" }.Uri, BasicAuthOptions.OfUserInfo(url));
    }

    private static AuthorizationOptions? BindAuthorization(ConfigSection section)
    {
        var inner = AuthorizationOptions.Bind(section.Section("authorization", "What the header Authorization says."));
        var token = section.OptionalSecret("bearer_token", "The older way of authorization.credentials.");
        var file = section.NeededPath("bearer_token_file", "The older way of authorization.credentials_file.");
        if (token is not null && file is not null)
        {
            section.Fault("bearer_token_file", "stands beside bearer_token; remove one");
        }

        if (section.Has("authorization"))
        {
            if (token is not null || file is not null)
            {
                section.Fault("authorization", "stands beside bearer_token or bearer_token_file; remove those");
            }

            return inner;
        }

        return token is null && file is null ? null : new AuthorizationOptions { Credentials = token, CredentialsFile = file };
    }

    private static void CheckTogether(ConfigSection section, HttpClientOptions options)
    {
        if (options.BasicAuth is not null && options.Authorization is not null)
        {
            section.Fault("basic_auth", $"stands beside {(section.Has("authorization") ? "authorization" : section.Has("bearer_token") ? "bearer_token" : "bearer_token_file")}; a request has one kind of authentication, so remove one");
        }

        if (section.Has("oauth2") && (options.BasicAuth is not null || options.Authorization is not null))
        {
            section.Fault("oauth2", "stands beside another kind of authentication; remove one");
        }

        if (options.ProxyFromEnvironment && (section.Has("proxy_url") || section.Has("no_proxy")))
        {
            section.Fault("proxy_from_environment", "stands beside proxy_url or no_proxy; remove one");
        }
        else if (options.NoProxy is not null && !section.Has("proxy_url"))
        {
            section.Fault("no_proxy", "needs proxy_url");
        }
    }
}
