using System.Text.Json;

namespace Toka.Edges.Tests.Cli;

public sealed class PromQlCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("toka-promql-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_script_that_holds_ends_with_status_0_and_the_counts()
    {
        var run = await CliRun.Of(["promql", "test", File("a.test", "load 1m\n  a 1 2\n\neval instant at 1m a\n  a 2\n\neval instant at 1m a + 1\n  {} 3\n")]);
        Assert.Equal((0, "2 passed, 0 failed\n", ""), (run.Status, run.Out, run.Error));
    }

    [Fact]
    public async Task Each_failure_is_printed_with_its_place_what_was_expected_and_what_came()
    {
        var path = File("a.test", "load 1m\n  a{l=\"1\"} 1 2\n  a{l=\"2\"} 3 4\n\neval instant at 1m a\n  expect no_info\n  a{l=\"1\"} 2\n  a{l=\"2\"} 5\n");
        var run = await CliRun.Of(["promql", "test", path]);
        Assert.Equal((1, ""), (run.Status, run.Error));
        Assert.Equal(
            $$"""
            {{path}}:5: a
              asked: a at 1m
              wrong: a{l="2"} is 4, not 5
              expected:
                a{l="1"} 2
                a{l="2"} 5
              actual:
                a{l="1"} 2
                a{l="2"} 4
            0 passed, 1 failed

            """,
            run.Out);
    }

    [Fact]
    public async Task Several_scripts_are_counted_together_and_each_for_itself()
    {
        var (good, bad) = (File("a.test", "eval instant at 0 1\n  1\n"), File("b.test", "eval instant at 0 1\n  2\n\neval instant at 0 2\n  2\n"));
        var run = await CliRun.Of(["promql", "test", good, bad]);
        Assert.Equal(1, run.Status);
        Assert.EndsWith("\n2 passed, 1 failed\n", run.Out, StringComparison.Ordinal);
        Assert.Equal($"toka: {good}: 1 passed, 0 failed\ntoka: {bad}: 1 passed, 1 failed\n", run.Error);
    }

    [Fact]
    public async Task Failures_come_as_JSON_with_the_counts_on_stderr()
    {
        var run = await CliRun.Of(["promql", "test", File("a.test", "eval instant at 0 1\n  2\n"), "--output", "json"]);
        Assert.Equal((1, "0 passed, 1 failed\n"), (run.Status, run.Error));
        var failure = JsonDocument.Parse(run.Out).RootElement.EnumerateArray().Single();
        Assert.Equal((1, "1", "the scalar is 1, not 2"), (failure.GetProperty("line").GetInt32(), failure.GetProperty("expression").GetString(), failure.GetProperty("wrong").GetString()));
    }

    [Fact]
    public async Task Long_answers_are_cut_and_the_cut_is_told()
    {
        var series = string.Join('\n', Enumerable.Range(10, 30).Select(static i => FormattableString.Invariant($"  a{{l=\"{i}\"}} 1")));
        var run = await CliRun.Of(["promql", "test", File("a.test", $"load 1m\n{series}\n\neval instant at 0 a\n")]);
        Assert.Contains("  expected: nothing\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("    and 10 more; --output json has all\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_all_files_are_named_and_nothing_is_run()
    {
        var (good, bad) = (File("a.test", "eval instant at 0 1\n  2\n"), File("b.test", "load 1m\n  a b\n\nnonsense\n"));
        var run = await CliRun.Of(["promql", "test", good, bad, Path.Combine(_folder.FullName, "none.test"), _folder.FullName]);
        Assert.Equal((2, ""), (run.Status, run.Out));
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith($"{bad}:2:5: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{bad}:4:1: ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("none.test: there is no such file", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("is a folder; name the scripts in it, such as " + Path.Combine(_folder.FullName, "*.test"), lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_script_for_its_size_is_refused()
    {
        var path = Path.Combine(_folder.FullName, "large.test");
        using (var file = System.IO.File.OpenWrite(path))
        {
            file.SetLength((16 << 20) + 1);
        }

        var run = await CliRun.Of(["promql", "test", path]);
        Assert.Equal(2, run.Status);
        Assert.EndsWith("has 16777217 bytes; a script may have 16777216\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_file_that_is_no_script_some_faults_are_printed_without_control_characters()
    {
        var path = File("x.bin", string.Concat(Enumerable.Repeat("\u001b[2J" + new string('x', 1000) + "\n\n", 30)));
        var run = await CliRun.Of(["promql", "test", path]);
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal((2, 21), (run.Status, lines.Length));
        Assert.StartsWith($"{path}:1:1: \"\\x1b[2Jxx", lines[0], StringComparison.Ordinal);
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 400));
        Assert.Equal($"toka: {path} has 10 faults more; is it a script?", lines[^1]);
    }

    [Theory]
    [InlineData("promql")]
    [InlineData("promql test")]
    [InlineData("promql test a.test --output xml")]
    [InlineData("promql test a.test --strict")]
    public async Task Wrong_usage_ends_with_status_2(string line)
    {
        var run = await CliRun.Of(line.Split(' '));
        Assert.Equal((2, ""), (run.Status, run.Out));
        Assert.StartsWith("toka: ", run.Error, StringComparison.Ordinal);
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
