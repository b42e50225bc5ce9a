using System.Text;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>The verbs that care for the store, as somebody types them.</summary>
public sealed class CommandTests
{
    private const string Nowhere = "http://127.0.0.1:1";

    [Theory]
    [InlineData("backup", "DIR")]
    [InlineData("backup /backups --url " + Nowhere, Nowhere)]
    [InlineData("backup --directory --url " + Nowhere, "--directory is no option of 'backup'")]
    [InlineData("restore /there/is/none --data /there/neither", "/there/is/none is no backup")]
    [InlineData("restore /there/is/none", "--data")]
    [InlineData("restore", "BACKUP")]
    [InlineData("doctor --data /there/is/none", "/there/is/none/metrics does not exist")]
    [InlineData("doctor --repiar", "--repiar")]
    [InlineData("delete", "series")]
    [InlineData("delete series", "--match")]
    [InlineData("delete series --match up{", "--match: 1:4")]
    [InlineData("delete series --match {} --url " + Nowhere, "--match")]
    [InlineData("delete series --match up --from yesterday", "--from: 'yesterday'")]
    [InlineData("delete series --match up --from now --to now-1h", "--from")]
    [InlineData("delete series --match up --url " + Nowhere, Nowhere)]
    [InlineData("export --match up --format xml", "openmetrics")]
    [InlineData("export --match sum(up)", "--match: 'sum(up)'")]
    [InlineData("export --match up --data /there/is/none", "--data: /there/is/none")]
    [InlineData("export --match up --url " + Nowhere, Nowhere)]
    [InlineData("import", "prometheus")]
    [InlineData("import prometheus", "DIR")]
    [InlineData("import prometheus /there/is/none", "/there/is/none does not exist")]
    [InlineData("import prometheus /usr/share --config /there/is/none", "/there/is/none")]
    [InlineData("cardinality --limit 0", "--limit: 0")]
    [InlineData("cardinality --by colour", "metric")]
    [InlineData("cardinality --since yesterday", "--since: 'yesterday'")]
    [InlineData("cardinality --url " + Nowhere, Nowhere)]
    [InlineData("cardinality --url localhost", "--url: 'localhost'")]
    public async Task Wrong_usage_and_bad_input_end_with_2_and_lines_that_name_it(string line, string named)
    {
        var (exitCode, output, errors) = await TokaProcess.RunAsync(line.Split(' '));
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.All(errors.TrimEnd('\n').Split('\n'), static error => Assert.StartsWith("toka: ", error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("doctor")]
    [InlineData("delete series")]
    [InlineData("export")]
    [InlineData("import prometheus")]
    [InlineData("cardinality")]
    public async Task Help_of_each_verb_ends_with_an_example(string verb)
    {
        var (exitCode, output, errors) = await TokaProcess.RunAsync([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, exitCode);
        Assert.Equal("", errors);
        Assert.StartsWith($"  toka {verb}", output.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_in_use_is_named_and_a_running_server_counts_exports_and_deletes()
    {
        using var work = new TemporaryDirectory();
        var data = StoreFixture.Data(work);
        await using var toka = await TokaProcess.StartAsync(data, StoreFixture.Quiet(work));
        using (var gauge = new OtlpGauge(toka, "command_value"))
        {
            await gauge.MustSendAsync(StoreFixture.Samples(new Random(1), 3, DateTimeOffset.UtcNow.AddMinutes(-10).ToUnixTimeMilliseconds(), 100, 1000));
        }

        foreach (var line in new[] { "doctor", "export --match up", "query up" })
        {
            var (refused, _, why) = await TokaProcess.RunAsync([.. line.Split(' '), "--data", data]);
            Assert.Equal(2, refused);
            Assert.Contains($"{data}/metrics is in use by another process", why, StringComparison.Ordinal);
        }

        var (exitCode, output, errors) = await TokaProcess.RunAsync("cardinality", "--url", toka.Url, "--by", "metric", "--output", "csv", "--limit", "1000");
        Assert.True(exitCode == 0, errors);
        Assert.Contains("metric,command_value,3,", output, StringComparison.Ordinal);

        foreach (var (format, start) in new[] { ("openmetrics", "# TYPE command_value gauge"), ("csv", "time,__name__,series,value"), ("parquet", "PAR1") })
        {
            var file = Path.Combine(work.Path, "export." + format);
            (exitCode, _, errors) = await TokaProcess.RunAsync("export", "--match", "command_value", "--url", toka.Url, "--format", format, "--output", file);
            Assert.Equal("toka: 300 samples of 3 series exported\n", errors);
            Assert.Equal(0, exitCode);
            Assert.StartsWith(start, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
        }

        (exitCode, output, errors) = await TokaProcess.RunAsync("delete", "series", "--match", "command_value{series=\"1\"}", "--url", toka.Url);
        Assert.True(exitCode == 0, errors);
        Assert.Equal("100 samples deleted\n", output);
        Assert.Equal(200, await toka.NumberAsync("sum(count_over_time(command_value[1h]))"));
        (exitCode, output, _) = await TokaProcess.RunAsync("delete", "series", "--match", "there_is_no_such_series", "--url", toka.Url);
        Assert.Equal((0, "0 samples deleted\n"), (exitCode, output));
    }
}
