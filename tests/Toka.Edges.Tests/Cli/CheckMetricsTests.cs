using System.Text;
using System.Text.Json;

namespace Toka.Edges.Tests.Cli;

public sealed class CheckMetricsTests
{
    [Fact]
    public async Task A_good_exposition_has_no_faults()
    {
        var run = await Check("# HELP a x\n# TYPE a gauge\na 1\n");
        Assert.Equal((0, "stdin: 1 sample of 1 family, no faults\n", ""), (run.Status, run.Out, run.Error));
    }

    [Fact]
    public async Task Each_fault_is_a_line_with_its_place_and_ends_with_status_2()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "# HELP a x\na{b=} 1\na 1\na 1\n");
            var run = await CliRun.Of(["check", "metrics", path, "--no-lint"]);
            Assert.Equal(2, run.Status);
            Assert.Equal(
                $"{path}:2:5: expected a double quote at '}}'; label values stand in double quotes\n{path}:4:1: a was there before; leave one of them out\n", run.Error);
            Assert.Equal($"{path}: 2 samples of 1 family, 2 faults\n", run.Out);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Good_practice_is_a_warning_that_does_not_fail_and_can_be_left_out()
    {
        var run = await Check("a_ms 1\n", "-");
        Assert.Equal((0, "stdin: 1 sample of 1 family, no faults, 2 warnings\n"), (run.Status, run.Out));
        Assert.All(run.Error.TrimEnd('\n').Split('\n'), static line => Assert.StartsWith("stdin:1:1: warning: a_ms: ", line, StringComparison.Ordinal));
        Assert.Equal("", (await Check("a_ms 1\n", "--no-lint")).Error);
    }

    [Fact]
    public async Task The_format_is_seen_or_named()
    {
        Assert.Equal(0, (await Check("# TYPE a counter\na_total 1\n# EOF\n", "--no-lint")).Status);
        Assert.Contains("is empty", (await Check("a 1\n\n# EOF\n", "--no-lint")).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Check("a 1\n\n# EOF\n", "--no-lint", "--format", "text")).Status);
        Assert.Contains("without # EOF", (await Check("a 1\n", "--no-lint", "--format", "openmetrics")).Error, StringComparison.Ordinal);
        Assert.Contains("may have been cut", (await Check("a 1\n", "--format", "protobuf")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Check("a 1\n", "--format", "yaml")).Status);
    }

    [Fact]
    public async Task Json_has_every_finding()
    {
        var run = await Check("a{b=} 1\nx_ms 2\n", "--output", "json");
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(2, run.Status);
        Assert.Equal(
            [("fault", 1, 5), ("warning", 2, 1), ("warning", 2, 1)],
            json.RootElement.EnumerateArray().Select(static finding => (finding.GetProperty("kind").GetString()!, finding.GetProperty("line").GetInt32(), finding.GetProperty("column").GetInt32())));
    }

    private static Task<CliRun> Check(string body, params string[] args) => CliRun.Of(["check", "metrics", .. args], input: Encoding.UTF8.GetBytes(body));
}
