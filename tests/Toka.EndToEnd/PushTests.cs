using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Toka.Tests.Shared;

namespace Toka.EndToEnd;

/// <summary>What is pushed to the program, as a script would, and asked for afterwards.</summary>
public sealed partial class PushTests
{
    [Fact]
    public async Task An_exposition_and_a_line_that_are_posted_can_be_asked_for()
    {
        using var data = new TemporaryDirectory();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        await PostAsync(toka, "/metrics/job/backup", "# TYPE backup_files gauge\nbackup_files 1234\n", HttpStatusCode.OK);
        await PostAsync(toka, "/write?db=home", "room,place=cellar temperature=17.5", HttpStatusCode.NoContent);

        Assert.Equal(1234, await toka.NumberAsync("backup_files{job=\"backup\"}"));
        Assert.Equal(17.5, await toka.NumberAsync("room_temperature{db=\"home\",place=\"cellar\"}"));
        using var deletion = await toka.Http.DeleteAsync(new Uri("/metrics/job/backup", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Accepted, deletion.StatusCode);
        Assert.Null(await toka.NumberAsync("backup_files"));
        Assert.Equal(1234, await toka.NumberAsync("last_over_time(backup_files[1m])"));
    }

    [Fact]
    public async Task StatsD_is_received_where_the_flag_says_and_a_clean_stop_writes_the_rest()
    {
        using var data = new TemporaryDirectory();
        var config = data.File("toka.yaml", "statsd: { interval: 1s }\n");
        await using (var toka = await TokaProcess.StartAsync(data.Path, config, "--statsd", "127.0.0.1:0"))
        {
            await toka.WaitForAsync("the port", () => Task.FromResult(Port().IsMatch(toka.Log)));
            var port = int.Parse(Port().Match(toka.Log).Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            using var udp = new UdpClient();
            await udp.SendAsync("page.views:2|c|#page:home\nquery:250:750|ms"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, port));
            await toka.WaitForAsync("the counter", async () => await toka.NumberAsync("page_views_total{page=\"home\"}") is 2);
            Assert.Equal(0.5, await toka.NumberAsync("histogram_avg(query_seconds)"));
            await udp.SendAsync("page.views:3|c|#page:home"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, port));
            await toka.WaitForAsync("the second datagram", async () =>
                (await toka.Http.GetStringAsync("/metrics")).Contains("toka_ingest_requests_total{outcome=\"ok\",protocol=\"statsd\"} 2", StringComparison.Ordinal));
            Assert.Equal(0, await toka.StopAsync());
        }

        await using var again = await TokaProcess.StartAsync(data.Path);
        Assert.Equal(5, await again.NumberAsync("max_over_time(page_views_total[1h])"));
    }

    [Fact]
    public async Task StatsD_on_an_address_that_is_not_loopback_is_refused_with_exit_2()
    {
        using var data = new TemporaryDirectory();
        var (exitCode, _, errors) = await TokaProcess.RunAsync(
            "serve", "--data", data.Path, "--http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--statsd", "0.0.0.0:8125");
        Assert.Equal(2, exitCode);
        Assert.Contains("0.0.0.0:8125", errors, StringComparison.Ordinal);
    }

    private static async Task PostAsync(TokaProcess toka, string path, string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body);
        using var response = await toka.Http.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.Equal(expected, response.StatusCode);
    }

    [GeneratedRegex(@"StatsD over UDP and TCP at 127\.0\.0\.1:(\d+)")]
    private static partial Regex Port();
}
