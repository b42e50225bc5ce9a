using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Toka.Edges.Tests.Cli;

public sealed class ImportTests : IDisposable
{
    private const int Steps = 240;
    private static readonly long FirstSecond = CliRun.Now.AddHours(-4).ToUnixTimeSeconds();

    private static readonly string[] Expressions =
    [
        "requests_total", "sum by (code) (rate(requests_total[5m]))", "increase(requests_total{code=\"500\"}[1h])", "temperature_celsius * 2",
        "quantile_over_time(0.9, temperature_celsius[30m])", "count({__name__=~\".+\"})", "absent(deleted)", "odd{text=\"a\\\"b\\\\c\\nd\"}",
    ];

    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("toka-import-");

    private string Blocks => Path.Combine(_work.FullName, "prometheus");

    private string Data => Path.Combine(_work.FullName, "toka");

    public void Dispose() => _work.Delete(recursive: true);

    [Fact]
    public async Task Blocks_of_a_real_prometheus_answer_the_same_after_the_import()
    {
        PrometheusServer.SkipWhereMissing();
        await CreateBlocksAsync();
        var expected = new List<string>();
        await using (var prometheus = await PrometheusServer.StartAsync(Blocks))
        {
            using var deleted = await prometheus.Client.PostAsync("api/v1/admin/tsdb/delete_series?match[]=deleted", null);
            deleted.EnsureSuccessStatusCode();
            foreach (var (expression, second) in Questions())
            {
                expected.Add(Canonical(await prometheus.QueryAsync(expression, second)));
            }
        }

        var import = await CliRun.Of(["import", "prometheus", Blocks, "--data", Data, "--output", "csv"]);

        Assert.Equal("", string.Join('\n', import.Error.Split('\n').Where(static line => line.Length > 0 && !line.Contains(": block ", StringComparison.Ordinal) && !line.Contains("the log (wal/) is not read", StringComparison.Ordinal))));
        Assert.Equal(0, import.Status);
        Assert.Contains($"samples stored,{Steps * 5}\r\n", import.Out, StringComparison.Ordinal);
        var actual = new List<string>();
        foreach (var (expression, second) in Questions())
        {
            var answer = await CliRun.Of(["query", expression, "--data", Data, "--time", second, "--output", "json"]);
            Assert.Equal(0, answer.Status);
            actual.Add(Canonical(answer.Out));
        }

        Assert.Equal(expected, actual);
        Assert.Contains(actual, static answer => answer.Contains("requests_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_import_of_the_same_blocks_finds_everything_there()
    {
        PrometheusServer.SkipWhereMissing();
        await CreateBlocksAsync();
        await CliRun.Of(["import", "prometheus", Blocks, "--data", Data]);

        var again = await CliRun.Of(["import", "prometheus", Blocks, "--data", Data, "--output", "csv"]);

        Assert.Equal(0, again.Status);
        Assert.Contains("samples stored,0\r\n", again.Out, StringComparison.Ordinal);
        Assert.Contains($"samples that were there already,{Steps * 6}\r\n", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_beyond_retention_are_refused_counted_and_named()
    {
        PrometheusServer.SkipWhereMissing();
        var text = Path.Combine(_work.FullName, "old.om");
        await File.WriteAllTextAsync(text, $"old 1 {CliRun.Now.AddDays(-400).ToUnixTimeSeconds()}\n# EOF\n");
        await PrometheusServer.CreateBlocksAsync(text, Blocks);

        var run = await CliRun.Of(["import", "prometheus", Blocks, "--data", Data, "--output", "csv"]);

        Assert.Equal(1, run.Status);
        Assert.Contains("refused: older than storage.retention,1\r\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("toka: not stored: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_chunk_is_named_and_the_rest_is_imported()
    {
        PrometheusServer.SkipWhereMissing();
        await CreateBlocksAsync();
        var file = Directory.GetFiles(Blocks, "000001", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var run = await CliRun.Of(["import", "prometheus", Blocks, "--data", Data, "--output", "csv"]);

        Assert.Equal(2, run.Status);
        Assert.Contains($"toka: {file}: offset ", run.Error, StringComparison.Ordinal);
        Assert.Contains("damaged places,1\r\n", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("samples stored,0\r\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_blocks_is_refused_and_nothing_is_made()
    {
        var run = await CliRun.Of(["import", "prometheus", _work.FullName, "--data", Data]);

        Assert.Equal(2, run.Status);
        Assert.Contains("holds no block of Prometheus", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    /// <summary>Between samples: Debian's Prometheus 2 takes a sample at the very beginning of a range in, Prometheus 3 does not.</summary>
    private static IEnumerable<(string Expression, string Second)> Questions() =>
        from expression in Expressions
        from minutes in new[] { 1, 63, 200 }
        select (expression, (FirstSecond + (minutes * 60) + 29).ToString(CultureInfo.InvariantCulture));

    /// <summary>The series of an answer of Prometheus's API or of <c>toka query</c>, in an order of their own.</summary>
    [Fact]
    public async Task Faults_of_the_configuration_are_named_a_line_each_as_check_config_does()
    {
        var config = Path.Combine(_work.FullName, "bad.yaml");
        await File.WriteAllTextAsync(config, "storage:\n  retention: never\n  nonsense: 1\nwhat: 2\n");
        var check = await CliRun.Of(["check", "config", config]);

        var run = await CliRun.Of(["import", "prometheus", _work.FullName, "--data", Data, "--config", config]);

        Assert.Equal(2, run.Status);
        Assert.Equal(check.Error, run.Error);
        Assert.True(run.Error.TrimEnd().Split('\n').Length >= 2, run.Error);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task What_opening_the_folder_finds_damaged_and_what_the_store_refuses_meanwhile_is_told()
    {
        PrometheusServer.SkipWhereMissing();
        await CreateBlocksAsync();
        Assert.Equal(0, (await CliRun.Of(["import", "prometheus", Blocks, "--data", Data])).Status);
        var block = Directory.GetFiles(Path.Combine(Data, "metrics", "blocks"), "*.tkb").Order(StringComparer.Ordinal).First();
        await File.WriteAllTextAsync(block, "not a block");
        var config = Path.Combine(_work.FullName, "one.yaml");
        await File.WriteAllTextAsync(config, "storage: {series_max: 1}\n");

        var run = await CliRun.Of(["import", "prometheus", Blocks, "--data", Data, "--config", config]);

        Assert.Equal(1, run.Status);
        Assert.Contains($"toka: {block}: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("toka: the store: samples of new series are refused: the store has as many series in memory as it may (1, storage.series_max)\n", run.Error, StringComparison.Ordinal);
    }

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        var data = document.RootElement.TryGetProperty("data", out var inner) ? inner : document.RootElement;
        return string.Join('\n', data.GetProperty("result").EnumerateArray()
            .Select(static item => string.Join(",", item.GetProperty("metric").EnumerateObject().Select(static label => $"{label.Name}={label.Value}").Order(StringComparer.Ordinal)) + " " + BitConverter.DoubleToInt64Bits(double.Parse(item.GetProperty("value")[1].GetString()!.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)).ToString("x", CultureInfo.InvariantCulture))
            .Order(StringComparer.Ordinal));
    }

    private async Task CreateBlocksAsync()
    {
        var text = new StringBuilder();
        var random = new Random(11);
        Append("requests_total{code=\"200\",job=\"api\"}", i => i * 7);
        Append("requests_total{code=\"500\",job=\"api\"}", static i => i % 100);
        Append("temperature_celsius", _ => 20 + random.NextDouble());
        Append("odd{text=\"a\\\"b\\\\c\\nd\"}", static i => i % 3 == 0 ? -0.0 : 1e-300);
        Append("unset", static i => double.NaN);
        Append("deleted", static i => i);
        var file = Path.Combine(_work.FullName, "in.om");
        await File.WriteAllTextAsync(file, text.Append("# EOF\n").ToString());
        await PrometheusServer.CreateBlocksAsync(file, Blocks);

        void Append(string series, Func<int, double> value)
        {
            for (var i = 0; i < Steps; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{series} {value(i):R} {FirstSecond + (i * 60)}\n");
            }
        }
    }
}
