using Toka.Configuration.Binding;
using Toka.Configuration.Http;

namespace Toka.Engines.Tests.Configuration.Http;

public sealed class HttpClientOptionsTests
{
    private const string Everything = """
        basic_auth: { username: u, password_file: pw }
        tls_config:
          ca_file: ca.pem
          cert_file: cert.pem
          key_file: key.pem
          server_name: example.org
          insecure_skip_verify: true
          min_version: TLS12
          max_version: TLS13
        proxy_url: http://me:hidden@proxy.example:3128
        no_proxy: 10.0.0.0/8,localhost
        follow_redirects: false
        enable_http2: false
        http_headers:
          X-Tenant: { values: [one], secrets: [two], files: [three] }
        """;

    private static (HttpClientOptions Value, string[] Faults, string[] NotInForce) Bind(string yaml) => Bound.Of(yaml, HttpClientOptions.Bind, "/etc/p/p.yml");

    [Fact]
    public void Every_key_is_read()
    {
        var (options, faults, notes) = Bind(Everything);
        Assert.Empty(faults);
        Assert.Equal(
            ["basic_auth.password_file", "tls_config.ca_file", "tls_config.cert_file", "tls_config.key_file"],
            notes.Where(static note => note.Contains(": there is no file /etc/p/", StringComparison.Ordinal)).Select(static note => note.Split(": ")[1]));
        Assert.Equal(4, notes.Length);
        Assert.Equal(("u", "/etc/p/pw"), (options.BasicAuth!.Username, options.BasicAuth.PasswordFile));
        Assert.Equal(("/etc/p/ca.pem", "/etc/p/cert.pem", "/etc/p/key.pem", "example.org"), (options.Tls.CaFile, options.Tls.CertFile, options.Tls.KeyFile, options.Tls.ServerName));
        Assert.True(options.Tls.InsecureSkipVerify);
        Assert.Equal((TlsVersion.Tls12, TlsVersion.Tls13), (options.Tls.MinVersion, options.Tls.MaxVersion));
        Assert.Equal(("http://proxy.example:3128/", "me", "10.0.0.0/8,localhost"), (options.ProxyUrl!.AbsoluteUri, options.ProxyAuth!.Username, options.NoProxy));
        Assert.NotEqual(options, Bind(Everything.Replace("me:hidden", "me:other", StringComparison.Ordinal)).Value);
        Assert.False(options.FollowRedirects);
        Assert.False(options.EnableHttp2);
        var header = Assert.Single(options.Headers);
        Assert.Equal(("X-Tenant", "one", "/etc/p/three"), (header.Name, header.Values[0], header.Files[0]));
        Assert.Equal("two", header.Secrets[0].Reveal());
        Assert.Equal(options, Bind(Everything).Value);
    }

    [Fact]
    public void Without_keys_there_is_nothing_special()
    {
        var (options, faults, _) = Bind("");
        Assert.Empty(faults);
        Assert.Equal(HttpClientOptions.Default, options);
    }

    [Fact]
    public void The_older_keys_for_a_token_are_authorization()
    {
        Assert.Equal("t", Bind("bearer_token: t").Value.Authorization!.Credentials!.Reveal());
        Assert.Equal("/etc/p/t", Bind("bearer_token_file: t").Value.Authorization!.CredentialsFile);
    }

    [Theory]
    [InlineData("basic_auth: {username: a}\nbearer_token: hidden", "2:15: ", "basic_auth: stands beside bearer_token")]
    [InlineData("authorization: {credentials: hidden}\nbearer_token: hidden", "", "authorization: stands beside bearer_token")]
    [InlineData("bearer_token: hidden\nbearer_token_file: x", "2:20: ", "bearer_token_file: stands beside bearer_token; remove one")]
    [InlineData("basic_auth: {username: a, password: hidden, password_file: x}", "1:60: ", "basic_auth.password_file: stands beside password; remove one")]
    [InlineData("authorization: {type: Basic}", "1:23: ", "authorization.type: cannot be Basic; write basic_auth")]
    [InlineData("tls_config: {cert_file: a}", "", "has a certificate without its key; give key_file")]
    [InlineData("tls_config: {ca: a, ca_file: b}", "", "tls_config.ca_file: stands beside ca; remove one")]
    [InlineData("tls_config: {max_version: TLS11}", "", "leaves no version")]
    [InlineData("tls_config: {min_version: TLS14}", "1:27: ", "tls_config.min_version: \"TLS14\" is not known; write one of TLS13, TLS12")]
    [InlineData("proxy_url: 'ftp://user:hidden@x'", "1:12: ", "proxy_url: is not the address of a proxy")]
    [InlineData("no_proxy: x", "1:11: ", "no_proxy: needs proxy_url")]
    [InlineData("proxy_from_environment: true\nproxy_url: http://x:1", "", "proxy_from_environment: stands beside proxy_url")]
    [InlineData("http_headers: {Host: {values: [x]}}", "1:16: ", "http_headers.Host: cannot be set here")]
    [InlineData("http_headers: {'a b': {values: [x]}}", "", "cannot be the name of a header")]
    [InlineData("http_headers: {X-A: {secrets: [\"hidden\\nline\"]}}", "", "has a value of more than one line")]
    [InlineData("basic_auth: {usernam: a}", "1:14: ", "basic_auth.usernam: is not known; did you mean \"username\"?")]
    public void A_fault_names_key_and_place_and_shows_no_secret(string yaml, string place, string fault)
    {
        var (_, faults, _) = Bind(yaml);
        var line = Assert.Single(faults);
        Assert.Contains(fault, line, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", line, StringComparison.Ordinal);
        if (place.Length > 0 && !yaml.StartsWith("basic_auth: {username: a}\n", StringComparison.Ordinal))
        {
            Assert.StartsWith("/etc/p/p.yml:" + place, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_known_and_not_supported_is_listed()
    {
        var (_, faults, notes) = Bind("oauth2: {client_id: x}\nproxy_url: http://p:1\nproxy_connect_header: {A: [b]}\ntls_config: {ca_ref: y}");
        Assert.Empty(faults);
        Assert.Equal(["oauth2", "proxy_connect_header", "tls_config.ca_ref"], notes.Select(static note => note.Split(": ")[1]));
    }

    [Fact]
    public void Options_printed_show_no_secret()
    {
        var (options, _, _) = Bind("basic_auth: {username: u, password: hidden}\ntls_config: {key: hidden, cert: c}\nproxy_url: 'http://u:hidden@h:1'\nhttp_headers: {X-A: {secrets: [hidden]}}");
        Assert.DoesNotContain("hidden", options.ToString(), StringComparison.Ordinal);
        Assert.Equal("hidden", options.BasicAuth!.Password!.Reveal());
    }
}
