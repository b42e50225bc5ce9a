using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Toka.Configuration.Binding;
using Toka.Configuration.Http;

namespace Toka.Engines.Tests.Configuration.Http;

public sealed class OutgoingHttpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("toka-http").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<HttpStatusCode> GetAsync(OutgoingHttp http, Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public async Task A_password_of_a_file_is_read_again_when_it_changes_even_behind_a_link()
    {
        await using var server = new LoopbackServer(static _ => "200 OK");
        Write("one", "first\n");
        Write("two", "second\n");
        var link = Path.Combine(_folder, "password");
        File.CreateSymbolicLink(link, "one");
        using var http = new OutgoingHttp(new HttpClientOptions { BasicAuth = new BasicAuthOptions { Username = "u", PasswordFile = link } });
        await GetAsync(http, server.Address("/"));
        File.Delete(link);
        File.CreateSymbolicLink(link, "two");
        await GetAsync(http, server.Address("/"));
        Assert.Equal(["Basic dTpmaXJzdA==", "Basic dTpzZWNvbmQ="], server.Heads.Select(Authorization));
    }

    [Fact]
    public async Task A_file_that_is_missing_fails_the_request_and_is_named()
    {
        using var http = new OutgoingHttp(new HttpClientOptions { Authorization = new AuthorizationOptions { CredentialsFile = Path.Combine(_folder, "no") } });
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(http, new Uri("http://127.0.0.1:9/")));
        Assert.StartsWith($"authorization.credentials_file: the file {Path.Combine(_folder, "no")} cannot be read", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_and_headers_are_sent_with_every_request()
    {
        await using var server = new LoopbackServer(static _ => "200 OK");
        using var http = new OutgoingHttp(new HttpClientOptions
        {
            Authorization = new AuthorizationOptions { Type = "Token", Credentials = new Secret("t") },
            Headers = [new HttpHeaderOptions { Name = "X-A", Values = ["1"], Secrets = [new Secret("2")], Files = [Write("h", "3\n")] }],
        });
        await GetAsync(http, server.Address("/"));
        Assert.Equal("Token t", Authorization(server.Heads[0]));
        Assert.Contains("X-A: 1, 2, 3", server.Heads[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_keep_credentials_on_the_host_that_was_asked_and_nowhere_else()
    {
        await using var other = new LoopbackServer(static _ => "200 OK");
        await using var server = new LoopbackServer(head => head.StartsWith("GET /a ", StringComparison.Ordinal)
            ? "301 Moved\r\nLocation: /b"
            : $"302 Found\r\nLocation: {other.Address("/c")}");
        var options = new HttpClientOptions { Authorization = new AuthorizationOptions { Credentials = new Secret("t") } };
        using var http = new OutgoingHttp(options);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, server.Address("/a")));
        Assert.Equal(["Bearer t", "Bearer t"], server.Heads.Select(Authorization));
        Assert.Equal("", Authorization(Assert.Single(other.Heads)));

        using var straight = new OutgoingHttp(options with { FollowRedirects = false });
        Assert.Equal(HttpStatusCode.Moved, await GetAsync(straight, server.Address("/a")));
    }

    [Fact]
    public async Task Redirects_without_end_are_cut_off()
    {
        await using var server = new LoopbackServer(static _ => "302 Found\r\nLocation: /again");
        using var http = new OutgoingHttp(HttpClientOptions.Default);
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(http, server.Address("/")));
        Assert.Contains("redirected more than 10 times", e.Message, StringComparison.Ordinal);
        Assert.Equal(OutgoingHttp.RedirectsMax + 1, server.Heads.Count);
    }

    [Fact]
    public async Task A_proxy_carries_what_no_proxy_does_not_name()
    {
        await using var proxy = new LoopbackServer(static _ => "200 OK");
        await using var server = new LoopbackServer(static _ => "204 No Content");
        using var http = new OutgoingHttp(new HttpClientOptions { ProxyUrl = new Uri($"http://127.0.0.1:{proxy.Port}"), ProxyAuth = new BasicAuthOptions { Username = "me", Password = new Secret("pass word") }, NoProxy = "*.spared.test, 10.0.0.0/8" });
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, new Uri("http://target.test/metrics")));
        Assert.StartsWith("GET http://target.test/metrics ", proxy.Heads[0], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, await GetAsync(http, server.Address("/")));
    }

    [Theory]
    [InlineData("http://a.spared.test/", true)]
    [InlineData("http://spared.test/", false)]
    [InlineData("http://name.test/", true)]
    [InlineData("http://below.name.test/", true)]
    [InlineData("http://notname.test/", false)]
    [InlineData("http://10.1.2.3/", true)]
    [InlineData("http://11.1.2.3/", false)]
    [InlineData("http://[fd00::1]/", true)]
    [InlineData("http://port.test:81/", true)]
    [InlineData("http://port.test:82/", false)]
    [InlineData("http://localhost:1/", true)]
    public void What_no_proxy_names_is_spared(string address, bool isSpared)
    {
        var route = ProxyRoute.Of(
            new HttpClientOptions { ProxyFromEnvironment = true },
            static name => name switch { "HTTP_PROXY" => "proxy:3128", "NO_PROXY" => ".spared.test,name.test, 10.0.0.0/8,fd00::/8,port.test:81", _ => null })!;
        Assert.Equal(isSpared ? null : new Uri("http://proxy:3128"), route.GetProxy(new Uri(address)));
    }

    [Fact]
    public async Task Certificates_are_checked_by_the_files_of_tls_config_and_read_again_when_they_change()
    {
        using var ca = Authority("CN=one");
        using var stranger = Authority("CN=two");
        using var serverCertificate = Leaf(ca, "CN=target", "target.test");
        using var clientCertificate = Leaf(ca, "CN=client", "client.test");
        await using var server = new LoopbackServer(static _ => "200 OK", new SslServerAuthenticationOptions
        {
            ServerCertificate = serverCertificate,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        });
        var caFile = Write("ca.pem", stranger.ExportCertificatePem());
        var options = new HttpClientOptions
        {
            Tls = new TlsOptions
            {
                CaFile = caFile,
                CertFile = Write("cert.pem", clientCertificate.ExportCertificatePem()),
                KeyFile = Write("key.pem", clientCertificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
                ServerName = "target.test",
            },
        };
        using var http = new OutgoingHttp(options);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(http, server.Address("/")));

        File.WriteAllText(caFile, ca.ExportCertificatePem() + "\n");
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, server.Address("/")));
        Assert.Equal("CN=client", server.ClientCertificates[^1]!.Subject);
        Assert.Contains($"Host: target.test:{server.Port}", server.Heads[^1], StringComparison.Ordinal);

        using var wrongName = new OutgoingHttp(options with { Tls = options.Tls with { ServerName = "other.test" } });
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(wrongName, server.Address("/")));

        using var unseen = new OutgoingHttp(options with { Tls = options.Tls with { CaFile = null, ServerName = null, InsecureSkipVerify = true } });
        Assert.Equal(HttpStatusCode.OK, await GetAsync(unseen, server.Address("/")));
    }

    [Fact]
    public async Task A_file_without_certificates_is_named()
    {
        using var http = new OutgoingHttp(new HttpClientOptions { Tls = new TlsOptions { CaFile = Write("ca.pem", "nothing") } });
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(http, new Uri("https://127.0.0.1:9/")));
        Assert.StartsWith("tls_config.ca_file holds no certificate", e.Message, StringComparison.Ordinal);
    }

    private static string Authorization(string head) =>
        head.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Authorization: ", StringComparison.Ordinal))?["Authorization: ".Length..] ?? "";

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(9));
    }

    private static X509Certificate2 Leaf(X509Certificate2 ca, string name, string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(ca, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1), [1, 2, 3, (byte)host.Length]);
        return certificate.CopyWithPrivateKey(key);
    }
}
