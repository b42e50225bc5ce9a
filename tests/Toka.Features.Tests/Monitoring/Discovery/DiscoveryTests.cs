using System.Net;
using Toka.Configuration.Http;
using Toka.Core.Labels;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Discovery.Dns;
using Toka.Monitoring.Discovery.Options;

namespace Toka.Features.Tests.Monitoring.Discovery;

public sealed class DiscoveryTests : IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("toka-sd").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        // Written aside and moved, as programs that write such files do, with a time that is another each time.
        var path = Path.Combine(_folder, name);
        var aside = Path.Combine(_folder, "." + name);
        File.WriteAllText(aside, text);
        File.SetLastWriteTimeUtc(aside, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(++_writes));
        File.Move(aside, path, overwrite: true);
        return path;
    }

    private int _writes;

    [Fact]
    public async Task Targets_of_the_configuration_are_there_at_once_and_counted_while_the_job_lives()
    {
        await using var run = new DiscoveryRun(new StaticDiscoveryOptions([new TargetGroup("0", [LabelSet.Of(("__address__", "a:1"))], LabelSet.Of(("env", "x")))]));
        Assert.Equal(["0 {env=\"x\"} [{__address__=\"a:1\"}]"], await run.NextAsync());
        Assert.Equal(1, run.Value("toka_discovery_targets", "static"));
        await run.StopAsync();
        Assert.Equal(0, run.Value("toka_discovery_targets", "static"));
    }

    [Fact]
    public async Task Files_are_read_again_when_they_change_come_and_go()
    {
        var json = Write("a.json", "[{\"targets\": [\"a:1\", \"b:2\"], \"labels\": {\"env\": \"x\"}}]");
        await using var run = new DiscoveryRun(new FileDiscoveryOptions([Path.Combine(_folder, "*.json"), Path.Combine(_folder, "one.yml")], TimeSpan.FromMinutes(5)));
        Assert.Equal([$"{json}:0 {{__meta_filepath=\"{json}\",env=\"x\"}} [{{__address__=\"a:1\"}}, {{__address__=\"b:2\"}}]"], await run.NextAsync());

        var yaml = Write("one.yml", "- targets: [c:3]\n");
        Assert.Equal(2, (await run.NextAfterAsync(s_second)).Length);

        Write("one.yml", "- targets: [d:4]\n");
        Assert.Contains("{__address__=\"d:4\"}", (await run.NextAfterAsync(s_second))[1], StringComparison.Ordinal);
        Assert.Equal(3, run.Value("toka_discovery_targets", "file"));

        File.Delete(json);
        Assert.StartsWith($"{yaml}:0", Assert.Single(await run.NextAfterAsync(s_second)), StringComparison.Ordinal);
        File.Delete(yaml);
        Assert.Empty(await run.NextAfterAsync(s_second));
    }

    [Fact]
    public async Task A_broken_file_keeps_its_targets_and_is_shown_and_counted_until_it_is_mended()
    {
        var file = Write("a.json", "[{\"targets\": [\"a:1\"]}]");
        await using var run = new DiscoveryRun(new FileDiscoveryOptions([file], TimeSpan.FromMinutes(5)));
        await run.NextAsync();

        Write("a.json", "[{\"targets\": [\"a:1\", ");
        await run.TurnUntilAsync(s_second, () => run.Discovery.Faults.Count > 0);
        Assert.StartsWith($"{file}: it is not JSON", Assert.Single(run.Discovery.Faults), StringComparison.Ordinal);
        Assert.False(run.HasMore);
        Assert.Equal((1, 1), (run.Value("toka_discovery_failures_total", "file"), run.Value("toka_discovery_targets", "file")));

        Write("a.json", "[{\"targets\": [\"b:2\"]}]");
        Assert.Contains("b:2", Assert.Single(await run.NextAfterAsync(s_second)), StringComparison.Ordinal);
        Assert.Empty(run.Discovery.Faults);
    }

    [Theory]
    [InlineData("{}", "it is not a list")]
    [InlineData("[7]", "group 0 is not an object")]
    [InlineData("[{\"targets\": [\"a:1\"]}, {\"targets\": [7]}]", "group 1 has a target that is not a text")]
    [InlineData("[{\"targets\": [\"\"]}]", "group 0 holds an empty address")]
    [InlineData("[{\"labels\": {\"a\": 1}}]", "group 0: the label \"a\" is not a text")]
    [InlineData("[{\"labels\": {\"\": \"x\"}}]", "group 0 holds a label without a name")]
    [InlineData("[{\"target\": [\"a:1\"]}]", "group 0: \"target\" is not known")]
    [InlineData("[{\"targets\": [\"\\ud800\"]}]", "it holds a text that is not valid")]
    [InlineData("", "it is not JSON")]
    [InlineData("[[[[[[[[[[[]]]]]]]]]]]", "it is not JSON")]
    public void What_is_no_list_of_groups_is_refused_with_the_reason(string json, string fault)
    {
        var e = Assert.ThrowsAny<Toka.Core.Errors.BadInputException>(() => TargetGroupReader.ReadJson(System.Text.Encoding.UTF8.GetBytes(json), "s", ("__meta_url", "u")));
        Assert.StartsWith(fault, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("targets: [a:1]", "s:1:1: it must be a list")]
    [InlineData("- targets: {a: 1}", "s:1:12: targets must be a list")]
    [InlineData("- targets: [[a]]", "s:1:13: a text is wanted here")]
    [InlineData("- a", "s:1:3: group 0 is not keys with values")]
    [InlineData("- targets: ['\u00e9:1', *a]", "s:1:20: ")]
    [InlineData("- {hosts: []}", "group 0: \"hosts\" is not known")]
    public void Faults_of_YAML_have_their_place(string yaml, string fault)
    {
        var e = Assert.ThrowsAny<Toka.Core.Errors.BadInputException>(() => TargetGroupReader.ReadYaml(System.Text.Encoding.UTF8.GetBytes(yaml), "s", ("__meta_filepath", "s")));
        Assert.StartsWith(fault, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_broken_on_purpose_are_refused_and_nothing_else_happens()
    {
        var dice = new Random(7);
        var seed = "[{\"targets\": [\"a:1\", \"b:\\u00e9\"], \"labels\": {\"env\": \"x\"}}, {\"targets\": []}]"u8.ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = seed.ToArray();
            for (var change = dice.Next(1, 5); change > 0; change--)
            {
                bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
            }

            try
            {
                TargetGroupReader.ReadJson(bytes, "s", ("__meta_url", "u"));
            }
            catch (Toka.Core.Errors.BadInputException)
            {
                // Refused with a reason.
            }

            if (i % 20 > 0)
            {
                continue;
            }

            try
            {
                TargetGroupReader.ReadYaml(bytes, "s", ("__meta_filepath", "s"));
            }
            catch (Toka.Core.Errors.BadInputException)
            {
                // Refused with a reason.
            }
        }
    }

    [Fact]
    public async Task An_address_is_asked_and_what_it_gave_stays_while_it_fails()
    {
        await using var server = new HttpTargets();
        server.Answer = HttpTargets.Json("[{\"targets\": [\"a:1\"], \"labels\": {\"env\": \"x\"}}]");
        var options = new HttpDiscoveryOptions(server.Address, TimeSpan.FromSeconds(90), new HttpClientOptions { Authorization = new AuthorizationOptions { Credentials = new Toka.Configuration.Binding.Secret("t") } });
        await using var run = new DiscoveryRun(options);
        Assert.Equal([$"{server.Address}:0 {{__meta_url=\"{server.Address}\",env=\"x\"}} [{{__address__=\"a:1\"}}]"], await run.NextAsync());
        Assert.Contains("X-Prometheus-Refresh-Interval-Seconds: 90\r\n", server.Head, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer t\r\n", server.Head, StringComparison.Ordinal);

        foreach (var (answer, fault) in new[]
        {
            ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "it answers 503"),
            (HttpTargets.Json("[]", "text/html"), "its Content-Type is \"text/html\""),
            (HttpTargets.Json("{}"), "it is not a list"),
        })
        {
            server.Answer = answer;
            await run.TurnUntilAsync(s_second, () => run.Discovery.Faults is [var told] && told.Contains(fault, StringComparison.Ordinal));
        }

        Assert.False(run.HasMore);
        server.Answer = HttpTargets.Json("[{\"targets\": [\"b:2\"]}]");
        Assert.Contains("b:2", Assert.Single(await run.NextAfterAsync(s_second)), StringComparison.Ordinal);
        Assert.Empty(run.Discovery.Faults);
    }

    [Fact]
    public async Task Services_of_DNS_are_targets_with_the_names_of_their_records()
    {
        await using var server = new DnsServer(static (name, type) => (name, type) switch
        {
            ("metrics.test.", 33) => (0, [(33, [0, 0, 0, 1, .. DnsServer.Number(9100), .. DnsServer.Name("node1.test")]), (33, [0, 0, 0, 1, .. DnsServer.Number(9101), .. DnsServer.Name("node0.test")])]),
            _ => (3, []),
        });
        await using var run = new DiscoveryRun(new DnsDiscoveryOptions(["metrics.test", "none.test"], DnsRecordType.Srv, 0, TimeSpan.FromSeconds(30)), [server.EndPoint]);
        Assert.Equal(
            [
                "metrics.test {} [{__address__=\"node0.test:9101\",__meta_dns_name=\"metrics.test\",__meta_dns_srv_record_port=\"9101\",__meta_dns_srv_record_target=\"node0.test.\"}, "
                    + "{__address__=\"node1.test:9100\",__meta_dns_name=\"metrics.test\",__meta_dns_srv_record_port=\"9100\",__meta_dns_srv_record_target=\"node1.test.\"}]",
                "none.test {} []",
            ],
            await run.NextAsync());
        Assert.Empty(run.Discovery.Faults);
    }

    [Theory]
    [InlineData(DnsRecordType.A, "{__address__=\"10.0.0.7:9100\",__meta_dns_name=\"n.test\"}")]
    [InlineData(DnsRecordType.Aaaa, "{__address__=\"[fd00::7]:9100\",__meta_dns_name=\"n.test\"}")]
    [InlineData(DnsRecordType.Mx, "{__address__=\"mail.test:9100\",__meta_dns_mx_record_target=\"mail.test.\",__meta_dns_name=\"n.test\"}")]
    [InlineData(DnsRecordType.Ns, "{__address__=\"ns.test:9100\",__meta_dns_name=\"n.test\",__meta_dns_ns_record_target=\"ns.test.\"}")]
    public async Task Other_records_get_the_port_of_the_configuration(DnsRecordType type, string target)
    {
        await using var server = new DnsServer(static (_, asked) => (0, [asked switch
        {
            1 => (1, IPAddress.Parse("10.0.0.7").GetAddressBytes()),
            28 => (28, IPAddress.Parse("fd00::7").GetAddressBytes()),
            15 => (15, [0, 10, .. DnsServer.Name("mail.test")]),
            _ => ((ushort)2, DnsServer.Name("ns.test")),
        }]));
        await using var run = new DiscoveryRun(new DnsDiscoveryOptions(["n.test"], type, 9100, TimeSpan.FromSeconds(30)), [server.EndPoint]);
        Assert.Equal([$"n.test {{}} [{target}]"], await run.NextAsync());
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_keeps_its_targets_and_holds_up_no_other()
    {
        var isBroken = false;
        var address = "10.0.0.1";
        await using var server = new DnsServer((name, _) => name == "bad.test." && Volatile.Read(ref isBroken)
            ? (2, [])
            : (0, [(1, IPAddress.Parse(name == "bad.test." ? "10.0.0.9" : Volatile.Read(ref address)).GetAddressBytes())]));
        await using var run = new DiscoveryRun(new DnsDiscoveryOptions(["bad.test", "good.test"], DnsRecordType.A, 1, TimeSpan.FromSeconds(30)), [server.EndPoint]);
        Assert.Equal(2, (await run.NextAsync()).Length);
        Volatile.Write(ref isBroken, true);
        Volatile.Write(ref address, "10.0.0.2");
        var groups = await run.NextAfterAsync(s_second);
        Assert.Contains("10.0.0.9:1", groups[0], StringComparison.Ordinal);
        Assert.Contains("10.0.0.2:1", groups[1], StringComparison.Ordinal);
        await run.TurnUntilAsync(s_second, () => run.Discovery.Faults.Count > 0);
        Assert.StartsWith("bad.test: the name cannot be looked up: ", Assert.Single(run.Discovery.Faults), StringComparison.Ordinal);
        Assert.True(run.Value("toka_discovery_failures_total", "dns") > 0);
    }

    [Theory]
    [InlineData("db", "db.svc.local.,db.local.,db.")]
    [InlineData("a.b", "a.b.svc.local.,a.b.local.,a.b.")]
    [InlineData("a.b.c", "a.b.c.,a.b.c.svc.local.,a.b.c.local.")]
    [InlineData("db.", "db.")]
    public void Short_names_are_looked_up_below_the_search_domains_first(string name, string names)
    {
        var path = SearchPath.Parse(["nameserver 10.0.0.1", "search svc.local local", "options timeout:1 ndots:2"]);
        Assert.Equal(names.Split(','), path.NamesOf(name));
    }
}
