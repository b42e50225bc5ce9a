using System.Text.Json;
using Toka.Core.Labels.Relabelling;
using Toka.Forwarding.Options;
using Toka.Server.Configuration;
using Toka.Server.Configuration.Prometheus;
using Toka.Server.Hosting;

namespace Toka.Edges.Tests.Configuration;

public sealed class RemoteWriteConfigurationTests
{
    [Fact]
    public void A_remote_is_read_whole()
    {
        var options = Good("""
            remote_write:
              - url: https://store.example/api/v1/write
                name: cluster
                remote_timeout: 10s
                protobuf_message: io.prometheus.write.v2.Request
                send_exemplars: true
                send_native_histograms: true
                headers: { X-Scope-OrgID: tenant }
                external_labels: { site: berlin }
                basic_auth: { username: toka, password: secret }
                write_relabel_configs: [ { source_labels: [__name__], regex: 'a.*', action: drop } ]
                queue_config: { capacity: 5000, max_shards: 8, min_shards: 2, max_samples_per_send: 500, batch_send_deadline: 1s, min_backoff: 1s, max_backoff: 1m, retry_on_http_429: false, sample_age_limit: 1h }
                metadata_config: { send: false, send_interval: 2m, max_samples_per_send: 100 }
              - url: http://second.example/write
            forwarding: { buffer_size: 2GiB, buffer_age: 6h }
            """);
        var remote = options.RemoteWrite[0];
        Assert.Equal(("cluster", TimeSpan.FromSeconds(10), RemoteWriteProtocol.V2, true, true), (remote.Name, remote.RemoteTimeout, remote.Protocol, remote.SendExemplars, remote.SendNativeHistograms));
        Assert.Equal([new("X-Scope-OrgID", "tenant")], remote.Headers);
        Assert.Equal([new("site", "berlin")], remote.ExternalLabels);
        Assert.Equal("toka", remote.Http.BasicAuth!.Username);
        Assert.Equal(RelabelAction.Drop, Assert.Single(remote.WriteRelabelConfigs).Action);
        Assert.Equal(
            new QueueOptions
            {
                Capacity = 5000, MaxShards = 8, MinShards = 2, MaxSamplesPerSend = 500, BatchSendDeadline = TimeSpan.FromSeconds(1), MinBackoff = TimeSpan.FromSeconds(1),
                MaxBackoff = TimeSpan.FromMinutes(1), RetryOnHttp429 = false, SampleAgeLimit = TimeSpan.FromHours(1),
            },
            remote.Queue);
        Assert.Equal(new MetadataOptions { Send = false, SendInterval = TimeSpan.FromMinutes(2), MaxSamplesPerSend = 100 }, remote.Metadata);
        Assert.Equal(new ForwardingOptions { BufferBytes = 2L << 30, BufferAge = TimeSpan.FromHours(6) }, options.Forwarding);
        Assert.Matches("^[0-9a-f]{6}$", options.RemoteWrite[1].Name);
        Assert.Equal(QueueOptions.Default, options.RemoteWrite[1].Queue);
    }

    [Theory]
    [InlineData("url: ftp://x/", "remote_write[0].url: is not an http or https address; write one like http://store.example:9090/api/v1/write")]
    [InlineData("url: 'ftp://u:secret@x/'", "remote_write[0].url: is not an http or https address; write one like http://store.example:9090/api/v1/write")]
    [InlineData("name: x", "remote_write[0].url: is missing; it must be given")]
    [InlineData("url: http://x/, headers: { user-agent: me }", "remote_write[0].headers: \"user-agent\" is set by toka itself; remove it")]
    [InlineData("url: http://x/, external_labels: { __name__: a }", "remote_write[0].external_labels: \"__name__\" cannot be added to every series; write a label's name and a text of at most 65535 bytes")]
    [InlineData("url: http://x/, queue_config: { min_shards: 60 }", "remote_write[0].queue_config.min_shards: 60 is above max_shards, 50; write a smaller one")]
    [InlineData("url: http://x/, queue_config: { min_backoff: 10s }", "remote_write[0].queue_config.min_backoff: is above max_backoff; write a shorter one")]
    [InlineData("url: http://x/ }, { url: http://x/", "remote_write[1].url: \"b2bd29\" is the name of another remote; give each its own name")]
    [InlineData("url: http://x/, sigv4: {}", "remote_write[0].sigv4: is read but not in force: requests are not signed or authorised in this way; send through a proxy that does it")]
    public void What_is_wrong_is_said_and_no_secret_with_it(string item, string fault)
    {
        var result = TokaConfiguration.Parse($"remote_write: [ {{ {item} }} ]", "toka.yaml", new Dictionary<string, string>());
        var said = Assert.Single(result.Faults).ToString();
        Assert.EndsWith(fault[(fault.Contains("b2bd29", StringComparison.Ordinal) ? fault.IndexOf(" is the name", StringComparison.Ordinal) : 0)..], said, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Remotes_of_a_file_of_Prometheus_get_its_external_labels()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """
                global: { external_labels: { cluster: a, site: b } }
                remote_write:
                  - url: http://toka:hidden@x/
                    round_robin_dns: true
                    sigv4: { region: eu }
                    external_labels: { site: own }
                """);
            var result = PrometheusConfiguration.Load(file, new Dictionary<string, string>());
            Assert.Empty(result.Faults);
            var remote = Assert.Single(result.Options.RemoteWrite);
            Assert.Equal([new("site", "own"), new("cluster", "a")], remote.ExternalLabels);
            Assert.Equal("toka", remote.Http.BasicAuth!.Username);
            Assert.Equal(["remote_write[0].round_robin_dns", "remote_write[0].sigv4"], result.Options.NotInForce.Select(static note => note.Key));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_user_in_the_address_is_sent_as_basic_authentication_and_shown_nowhere()
    {
        var options = Good("remote_write: [ { url: 'https://to%40ka:hid%2Fden@x:8443/write?a=b' } ]");
        var remote = Assert.Single(options.RemoteWrite);
        Assert.Equal(("to@ka", "hid/den"), (remote.Http.BasicAuth!.Username, remote.Http.BasicAuth.Password!.Reveal()));
        Assert.Equal("https://x:8443/write?a=b", remote.Url.AbsoluteUri);
        Assert.Equal(Assert.Single(Good("remote_write: [ { url: 'https://x:8443/write?a=b' } ]").RemoteWrite).Name, remote.Name);
        Assert.All([remote.ToString(), remote.PublicUrl(), Json(options).GetRawText()], static shown =>
        {
            Assert.DoesNotContain("hid%2Fden", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("hid/den", shown, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("basic_auth: { username: toka, password: other }")]
    [InlineData("authorization: { credentials: token }")]
    public void Authentication_of_its_own_counts_before_the_user_in_the_address(string key)
    {
        var remote = Assert.Single(Good($"remote_write: [ {{ url: 'http://u:p@x/', {key} }} ]").RemoteWrite);
        Assert.NotEqual("u", remote.Http.BasicAuth?.Username);
        Assert.Equal("", remote.Url.UserInfo);
    }

    [Fact]
    public void Addresses_are_shown_alike_with_their_path_and_without_what_may_be_secret()
    {
        var options = Good("remote_write: [ { url: 'http://u:p@x:9090/a/write?token=1', name: a }, { url: 'http://x:9090/b/write', name: b } ]");
        var urls = Json(options).GetProperty("remote_write").EnumerateArray().Select(static remote => remote.GetProperty("url").GetString()).ToArray();
        Assert.Equal(["http://x:9090/a/write", "http://x:9090/b/write"], urls);
        Assert.Equal(options.RemoteWrite.Select(static remote => remote.PublicUrl()), urls);
    }

    private static JsonElement Json(TokaOptions options) => JsonDocument.Parse(EffectiveConfiguration.ToJson(options)).RootElement;

    private static TokaOptions Good(string yaml)
    {
        var result = TokaConfiguration.Parse(yaml, "toka.yaml", new Dictionary<string, string>());
        Assert.Empty(result.Faults);
        return result.Options;
    }
}
