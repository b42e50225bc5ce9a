using System.Net;

namespace Toka.Edges.Tests.Cli;

public sealed class TopCommandTests
{
    private const string Overview = """
        {"nowMs":1769860800000,"health":{"state":"Degraded","sentence":"One disk is nearly full."},
        "host":{"name":"box [1]","kernel":"6.1","bootTimeMs":1769774400000},
        "alerts":[{"severity":"Critical","state":"Active","summary":"Disk / is at 96 %"},{"severity":"Medium","state":"Resolved","summary":"gone"}]}
        """;

    private const string Processes = """
        {"atMs":1,"total":321,"groups":[{"name":"idle","pids":[1],"cpuRatio":0,"residentBytes":1048576,"threads":1},
        {"name":"dotnet","pids":[2,3],"cpuRatio":1.5,"residentBytes":536870912,"threads":9}]}
        """;

    [Fact]
    public async Task One_frame_shows_cores_memory_processes_and_the_alerts_that_stand()
    {
        var run = await CliRun.Of(["top", "--once"], Answer);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Status);
        Assert.Contains("box [1]", run.Out, StringComparison.Ordinal);
        Assert.Contains("up 1 d 00:00", run.Out, StringComparison.Ordinal);
        Assert.Contains("Degraded  One disk is nearly full.", run.Out, StringComparison.Ordinal);
        Assert.Contains("Critical active  Disk / is at 96 %", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("gone", run.Out, StringComparison.Ordinal);
        Assert.True(run.Out.IndexOf("cpu 2 ", StringComparison.Ordinal) < run.Out.IndexOf("cpu 10", StringComparison.Ordinal), run.Out);
        Assert.Contains(" 25 %  of 4.00 GiB", run.Out, StringComparison.Ordinal);
        Assert.Contains("321 in all", run.Out, StringComparison.Ordinal);
        Assert.True(run.Out.IndexOf("dotnet", StringComparison.Ordinal) < run.Out.IndexOf("idle", StringComparison.Ordinal), run.Out);
        Assert.Contains("150.0 %", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_any_host_series_gives_a_frame_with_dashes()
    {
        var run = await CliRun.Of(["top"], static asked => (HttpStatusCode.OK, asked.StartsWith("GET", StringComparison.Ordinal) ? "{}" : Vector("")));
        Assert.Equal(0, run.Status);
        Assert.Contains("read -/s, write -/s", run.Out, StringComparison.Ordinal);
    }

    private static (HttpStatusCode Status, string Body) Answer(string asked) => (HttpStatusCode.OK, asked switch
    {
        _ when asked.Contains("/overview", StringComparison.Ordinal) => Overview,
        _ when asked.Contains("/processes", StringComparison.Ordinal) => Processes,
        _ when asked.Contains("node_cpu", StringComparison.Ordinal) => Vector(Sample("cpu", "10", 0.5), Sample("cpu", "2", 0.9)),
        _ when asked.Contains("node_filesystem", StringComparison.Ordinal) => Vector(Sample("mountpoint", "/", 0.96)),
        _ => Vector(Sample("name", "memory_total", 4294967296), Sample("name", "memory_available", 3221225472), Sample("name", "load1", 0.5)),
    });

    private static string Sample(string label, string value, double number) =>
        FormattableString.Invariant($$$"""{"metric":{"{{{label}}}":"{{{value}}}"},"value":[1769860800,"{{{number}}}"]}""");

    private static string Vector(params string[] samples) =>
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" + string.Join(',', samples.Where(static sample => sample.Length > 0)) + "]}}";
}
