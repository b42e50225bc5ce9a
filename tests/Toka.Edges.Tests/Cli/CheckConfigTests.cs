namespace Toka.Edges.Tests.Cli;

public sealed class CheckConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("toka-check").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public async Task A_good_file_of_Prometheus_gives_what_is_not_in_force_and_status_0()
    {
        var file = Write("p.yml", "scrape_configs:\n- job_name: a\n  consul_sd_configs: [{server: x}]\n  static_configs: [{targets: [h:1]}]\n");
        var run = await CliRun.Of(["check", "config", "--prometheus", file]);
        Assert.Equal((0, ""), (run.Status, run.Error));
        var lines = run.Out.TrimEnd().Split('\n');
        Assert.Equal($"{file}: no faults", lines[0]);
        Assert.StartsWith($"{file}:3:3: scrape_configs[0].consul_sd_configs: is read but not in force: ", Assert.Single(lines[1..]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_of_both_files_come_together_with_status_2()
    {
        var toka = Write("t.yaml", "enviroment: production\n");
        var prometheus = Write("p.yml", "scrape_configs:\n- job_nam: a\n");
        var run = await CliRun.Of(["check", "config", toka, "--prometheus", prometheus]);
        Assert.Equal(2, run.Status);
        Assert.Equal("", run.Out);
        Assert.Equal([$"{toka}:1:1", $"{prometheus}:2:3", $"{prometheus}:2:3"], run.Error.TrimEnd().Split('\n').Select(static line => line[..line.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("check config")]
    [InlineData("check config --prometheus /none/p.yml")]
    public async Task Nothing_to_check_is_wrong_usage(string line)
    {
        var run = await CliRun.Of(line.Split(' '));
        Assert.Equal(2, run.Status);
        Assert.NotEqual("", run.Error);
    }
}
