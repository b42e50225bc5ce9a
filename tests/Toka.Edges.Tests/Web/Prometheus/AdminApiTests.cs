using System.Net;
using Toka.Core.Labels;
using Toka.Edges.Tests.Cli;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class AdminApiTests
{
    private readonly Recorder _care = new();

    [Fact]
    public async Task A_snapshot_is_answered_by_its_name()
    {
        await using var host = await StartAsync();
        Assert.Equal((HttpStatusCode.OK, """{"status":"success","data":{"name":"000007"}}"""), await PostAsync(host, "api/v1/admin/tsdb/snapshot"));
        Assert.Equal(["backup "], _care.Calls);
    }

    [Fact]
    public async Task Series_are_deleted_selector_by_selector_within_the_range()
    {
        await using var host = await StartAsync();
        Assert.Equal((HttpStatusCode.NoContent, ""), await PostAsync(host, "api/v1/admin/tsdb/delete_series?match[]=up&match[]=down&start=1&end=2"));
        Assert.Equal(["delete __name__=\"up\" 1000 2000", "delete __name__=\"down\" 1000 2000"], _care.Calls);
        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(host, "api/v1/admin/tsdb/clean_tombstones")).Status);
    }

    [Theory]
    [InlineData("api/v1/admin/tsdb/delete_series", "match[]")]
    [InlineData("api/v1/admin/tsdb/delete_series?match[]=up&start=2&end=1", "end")]
    [InlineData("api/toka/v1/delete_series?match[]=up{", "parse error")]
    [InlineData("api/toka/v1/backup", "directory")]
    [InlineData("api/toka/v1/backup?directory=here", "absolute path")]
    public async Task Wrong_parameters_are_named_and_nothing_is_done(string path, string named)
    {
        await using var host = await StartAsync();
        var (status, body) = await PostAsync(host, path);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, body, StringComparison.Ordinal);
        Assert.Empty(_care.Calls);
    }

    [Theory]
    [InlineData("api/v1/admin/tsdb/snapshot")]
    [InlineData("api/v1/admin/tsdb/delete_series?match[]=up")]
    [InlineData("api/toka/v1/backup?directory=/x")]
    public async Task Nothing_that_changes_data_answers_a_GET(string path)
    {
        await using var host = await StartAsync();
        Assert.NotEqual(HttpStatusCode.OK, (await host.GetAsync(path)).Status);
        Assert.Empty(_care.Calls);
    }

    [Fact]
    public async Task The_commands_ask_for_it_and_print_what_became_of_it()
    {
        await using var host = await StartAsync();
        var backup = await CliRun.Of(["backup", "/backups", "--url", host.Address.ToString(), "--output", "csv"]);
        Assert.Equal("toka: a note\n", backup.Error);
        Assert.Equal("backup,blocks,linked bytes,copied bytes\r\n/backups/000007,3,4000,500\r\n", backup.Out);

        var deleted = await CliRun.Of(["delete", "series", "--match", "up", "--from", "10", "--url", host.Address.ToString()]);
        Assert.Equal("42 samples deleted\n", deleted.Out);
        Assert.Equal(["backup /backups", $"delete __name__=\"up\" 10000 {TimeText.LastMs}"], _care.Calls);
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(WebHost host, string path)
    {
        using var response = await host.Client.PostAsync(path, null);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<WebHost> StartAsync() => WebHost.StartAsync(services => services with { Care = _care });

    private sealed class Recorder : IStoreCare
    {
        public List<string> Calls { get; } = [];

        public Task<CareBackup> BackupAsync(string? directory, CancellationToken cancellationToken)
        {
            Calls.Add($"backup {directory}");
            return Task.FromResult(new CareBackup((directory ?? "/own") + "/000007", 3, 4000, 500, ["a note"]));
        }

        public Task<long> DeleteSeriesAsync(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken)
        {
            Calls.Add($"delete {string.Join(",", matchers)} {fromMs} {toMs}");
            return Task.FromResult(42L);
        }
    }
}
