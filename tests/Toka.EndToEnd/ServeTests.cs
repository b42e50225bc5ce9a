using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.EndToEnd;

/// <summary>The program as its user meets it: started, asked, reconfigured, stopped.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Within_seconds_of_its_start_it_knows_how_busy_each_core_is()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);

        await toka.WaitForAsync("ten collections", async () => await toka.NumberAsync("""count_over_time(node_cpu_seconds_total{cpu="0",mode="idle"}[10s])""") is 10);
        var cores = await toka.NumberAsync("sum(rate(node_cpu_seconds_total[10s]))");
        Assert.InRange(cores!.Value, Environment.ProcessorCount * 0.8, Environment.ProcessorCount * 1.2);
        Assert.Equal(Environment.ProcessorCount, await toka.NumberAsync("""count(node_cpu_seconds_total{mode="idle",job="node"})"""));
        Assert.Equal(0, await toka.StopAsync());
    }

    [Fact]
    public async Task A_restart_keeps_what_was_collected()
    {
        using var data = new TemporaryDirectory();
        double? before = null;
        await using (var first = await TokaProcess.StartAsync(data.Path))
        {
            await first.WaitForAsync("three samples", async () => (before = await first.NumberAsync("""count_over_time(node_load1{job="node"}[5m])""")) >= 3);
            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await TokaProcess.StartAsync(data.Path);
        Assert.True(await second.NumberAsync("""count_over_time(node_load1{job="node"}[5m])""") >= before);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_with_exit_2()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        var (exitCode, _, errors) = await TokaProcess.RunAsync("serve", "--data", data.Path, "--http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0");
        Assert.Equal(2, exitCode);
        Assert.Contains(data.Path, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_in_one_line_with_exit_2()
    {
        using var data = new TemporaryDirectory();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;
        var (exitCode, _, errors) = await TokaProcess.RunAsync("serve", "--data", data.Path, "--http", address, "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0");
        Assert.Equal(2, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(address, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_that_never_ends_its_request_does_not_keep_the_stop_from_being_clean()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        using var sender = new TcpClient();
        await sender.ConnectAsync(IPAddress.Loopback, new Uri(toka.OtlpHttpUrl).Port);
        await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"));
        Assert.NotEqual(0, await sender.GetStream().ReadAsync(new byte[100])); // The server reads the body now.
        Assert.Equal(0, await toka.StopAsync());
        Assert.DoesNotContain("   at ", toka.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Monitoring_can_be_switched_off_and_on_again_and_the_server_still_stops_cleanly()
    {
        using var data = new TemporaryDirectory();
        var file = data.File("toka.yaml", "monitoring:\n  enabled: true\n");
        await using var toka = await TokaProcess.StartAsync(data.Path, file);
        foreach (var enabled in new[] { "false", "true", "false" })
        {
            data.File("toka.yaml", $"monitoring:\n  enabled: {enabled}\n");
            using var reloaded = await toka.Http.PostAsync("/-/reload", null);
            Assert.Equal(HttpStatusCode.OK, reloaded.StatusCode);
        }

        Assert.Equal(0, await toka.StopAsync());
        Assert.DoesNotContain("   at ", toka.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:4319")]
    [InlineData("192.168.1.5:4319")]
    [InlineData("[::]:4319")]
    public async Task A_listener_that_is_not_on_loopback_is_refused_with_exit_2_and_one_line(string address)
    {
        using var data = new TemporaryDirectory();
        var (exitCode, _, errors) = await TokaProcess.RunAsync("serve", "--data", data.Path, "--http", address);
        Assert.Equal(2, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("authentication", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_host_or_origin_is_refused_on_every_listener()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        foreach (var (url, header, value) in new[] { (toka.Url + "/api/v1/labels", "Host", "evil.example"), (toka.Url + "/api/v1/labels", "Origin", "http://evil.example"), (toka.OtlpHttpUrl + "/v1/metrics", "Host", "evil.example") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation(header, value);
            using var response = await toka.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    public async Task All_faults_of_a_configuration_are_named_at_once_with_their_places()
    {
        using var data = new TemporaryDirectory();
        var file = data.File("toka.yaml", """
            performance:
              metrics_enabeld: true
              metrics_interval_seconds: soon
            monitoring:
              interval_seconds: -1
            """);
        var (exitCode, _, errors) = await TokaProcess.RunAsync("check", "config", file);
        Assert.Equal(2, exitCode);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, line => line.StartsWith($"{file}:2:3: performance.metrics_enabeld: ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{file}:3:29: performance.metrics_interval_seconds: ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{file}:5:21: monitoring.interval_seconds: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_applies_a_good_file_and_refuses_a_bad_one_while_the_old_stays_in_force()
    {
        using var data = new TemporaryDirectory();
        var file = data.File("toka.yaml", Rule("first"));
        await using var toka = await TokaProcess.StartAsync(data.Path, file);
        Assert.Contains("first", await RulesAsync(), StringComparison.Ordinal);

        data.File("toka.yaml", "alerting: [");
        using (var refused = await toka.Http.PostAsync("/-/reload", null))
        {
            Assert.False(refused.IsSuccessStatusCode);
            Assert.Contains("toka.yaml:", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Contains("first", await RulesAsync(), StringComparison.Ordinal);

        data.File("toka.yaml", Rule("second"));
        toka.Signal(1);
        await toka.WaitForAsync(
            "the new rule alone",
            async () => await RulesAsync() is var rules && rules.Contains("second", StringComparison.Ordinal) && !rules.Contains("first", StringComparison.Ordinal));

        // Whatever reads expressions goes by the flags of the new file.
        Assert.Equal(HttpStatusCode.BadRequest, await FormatAsync());
        data.File("toka.yaml", Rule("third") + "query: { experimental_functions: true }\n");
        using (var applied = await toka.Http.PostAsync("/-/reload", null))
        {
            Assert.True(applied.IsSuccessStatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, await FormatAsync());

        Task<string> RulesAsync() => toka.Http.GetStringAsync("/api/toka/v1/rules");
        async Task<HttpStatusCode> FormatAsync()
        {
            using var answer = await toka.Http.GetAsync("/api/v1/format_query?query=mad_over_time(x[5m])");
            return answer.StatusCode;
        }

        static string Rule(string name) => "alerting:\n  rules:\n    - name: " + name + "\n      metric: cpu_usage_percent\n      above: 99.5\n";
    }

    [Fact]
    public async Task An_alert_of_a_real_CPU_burn_reaches_the_webhook_and_resolves()
    {
        using var data = new TemporaryDirectory();
        await using var webhook = new WebhookReceiver();
        var file = data.File("toka.yaml", $$"""
            alerting:
              webhooks:
                - url: {{webhook.Url}}
              rules:
                - name: burning
                  metric: sum(rate(namedprocess_namegroup_cpu_seconds_total{groupname="{{Burn.Name}}"}[3s]))
                  above: 0.2
                  for: 1s
                  severity: high
            """);
        await using var toka = await TokaProcess.StartAsync(data.Path, file);

        using (new Burn(data.Path))
        {
            await webhook.WaitForAsync(toka, "firing", "burning");
        }

        await webhook.WaitForAsync(toka, "resolved", "burning");
        var history = await toka.Http.GetStringAsync("/api/toka/v1/alerts/history?limit=100");
        Assert.Contains("burning", history, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shipped_rules_find_this_host_and_none_of_them_fails()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        await toka.WaitForAsync("rules which see CPU, memory and disk", async () =>
        {
            using var document = JsonDocument.Parse(await toka.Http.GetStringAsync("/api/toka/v1/rules"));
            var rules = document.RootElement.GetProperty("rules").EnumerateArray().ToArray();
            Assert.All(rules, rule => Assert.Equal(JsonValueKind.Null, rule.GetProperty("lastError").ValueKind));
            return new[] { "cpu", "memory", "disk" }.All(part => rules.Count(rule =>
                rule.GetProperty("name").GetString()!.StartsWith(part, StringComparison.Ordinal) && rule.GetProperty("matched").GetInt32() > 0) == 2);
        });
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task An_app_with_the_real_OpenTelemetry_SDK_is_seen_in_toka_query(string protocol)
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        var start = new ProcessStartInfo(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../OtlpConsole/release/OtlpConsole")), ["--seconds", "3"]);
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol;
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = protocol == "grpc" ? toka.OtlpGrpcUrl : toka.OtlpHttpUrl;
        using (var app = Process.Start(start)!)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await app.WaitForExitAsync(deadline.Token);
            Assert.Equal(0, app.ExitCode);
        }

        var (exitCode, output, errors) = await TokaProcess.RunAsync(
            "query", "histogram_quantile(0.5, sum by (le) (samples_hash_duration_seconds_bucket)) and on () samples_hash_bytes_total > 0", "--url", toka.Url, "--output", "csv");
        Assert.True(exitCode == 0, errors);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Toka_query_prints_what_the_server_answers()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        var (exitCode, output, errors) = await TokaProcess.RunAsync("query", "1 + 1", "--url", toka.Url);
        Assert.True(exitCode == 0, errors);
        Assert.Contains("2", output, StringComparison.Ordinal);

        (exitCode, output, _) = await TokaProcess.RunAsync("query", "1 + 1", "--url", toka.Url, "--output", "json");
        Assert.Equal(0, exitCode);
        using var document = JsonDocument.Parse(output);

        (exitCode, _, errors) = await TokaProcess.RunAsync("query", "sum(", "--url", toka.Url);
        Assert.Equal(2, exitCode);
        Assert.NotEmpty(errors);
    }

    [Fact]
    public async Task Toka_top_prints_one_frame_of_this_host()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        await toka.WaitForAsync("a rate of CPU time", async () => await toka.NumberAsync("sum(rate(node_cpu_seconds_total[10s]))") is > 0);
        var (exitCode, output, errors) = await TokaProcess.RunAsync("top", "--once", "--url", toka.Url);
        Assert.True(exitCode == 0, errors);
        Assert.Contains("CPU", output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Dns.GetHostName(), output, StringComparison.Ordinal);
    }

    /// <summary>Keeps every core busy until disposed, under a name of its own, so that other load on the machine does not count.</summary>
    private sealed class Burn : IDisposable
    {
        public const string Name = "toka-burn";
        private readonly List<Process> _processes = [];

        public Burn(string directory)
        {
            var shell = Path.Combine(directory, Name);
            File.Copy("/bin/sh", shell);
            for (var i = 0; i < Environment.ProcessorCount; i++)
            {
                _processes.Add(Process.Start(shell, ["-c", "while :; do :; done"]));
            }
        }

        public void Dispose()
        {
            foreach (var process in _processes)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    /// <summary>A small HTTP server that keeps the bodies posted to it.</summary>
    private sealed class WebhookReceiver : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly List<string> _bodies = [];
        private readonly Task _loop;

        public WebhookReceiver()
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/hook/");
            }

            _listener.Prefixes.Add(Url);
            _listener.Start();
            _loop = ReceiveAsync();
        }

        public string Url { get; }

        public Task WaitForAsync(TokaProcess toka, string status, string rule) => toka.WaitForAsync(
            $"a post that {rule} is {status}",
            () =>
            {
                lock (_bodies)
                {
                    return Task.FromResult(_bodies.Any(body => Says(body, status, rule)));
                }
            },
            TimeSpan.FromSeconds(60));

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _loop;
        }

        private static bool Says(string body, string status, string rule)
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("status").GetString() == status
                && document.RootElement.GetProperty("alerts").EnumerateArray().Any(alert => alert.GetProperty("labels").GetProperty("alertname").GetString() == rule);
        }

        private async Task ReceiveAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                    var body = await reader.ReadToEndAsync();
                    lock (_bodies)
                    {
                        _bodies.Add(body);
                    }

                    context.Response.StatusCode = 200;
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
