using System.Globalization;
using System.Text;
using System.Text.Json;
using Toka.Edges.Tests.Cli;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>The data of a real Prometheus, and its own answers beside Toka's.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task A_Prometheus_directory_is_imported_and_answers_as_Prometheus_does()
    {
        PrometheusServer.SkipWhereMissing();
        using var work = new TemporaryDirectory();
        var from = DateTimeOffset.UtcNow.AddHours(-5).ToUnixTimeSeconds();
        var blocks = StoreFixture.Data(work, "prometheus");
        await PrometheusServer.CreateBlocksAsync(work.File("in.om", Text(from)), blocks);
        Assert.True(Directory.GetDirectories(blocks).Length > 1, "the data was to span several blocks");

        var data = StoreFixture.Data(work);
        var (exitCode, output, errors) = await TokaProcess.RunAsync("import", "prometheus", blocks, "--data", data);
        Assert.True(exitCode == 0, errors + output);
        var (again, repeated, _) = await TokaProcess.RunAsync("import", "prometheus", blocks, "--data", data, "--output", "csv");
        Assert.Equal(0, again);
        Assert.Contains("samples stored,0", repeated, StringComparison.Ordinal); // The same samples again are duplicates.

        await using var prometheus = await PrometheusServer.StartAsync(blocks);
        await using var toka = await TokaProcess.StartAsync(data, StoreFixture.Quiet(work));

        // No sample lies at a range's ends: Prometheus 2 counts one at its beginning, Prometheus 3 and Toka do not.
        var time = (from + 14_992).ToString(CultureInfo.InvariantCulture);
        foreach (var query in new[]
        {
            "imported_requests_total",
            "sum by (code) (rate(imported_requests_total[5m]))",
            "max_over_time(imported_temperature[3h])",
            "histogram_quantile(0.9, sum by (le) (increase(imported_seconds_bucket[1h])))",
            "imported_temperature[10m] offset 1h",
            "count(imported_requests_total) by (instance) > 1",
            "resets(imported_requests_total[4h])",
        })
        {
            var theirs = Results(await prometheus.QueryAsync(query, time));
            Assert.NotEmpty(theirs);
            Assert.Equal(theirs, Results(await toka.Http.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}&time={time}")));
        }

        // Behind the first minutes: Prometheus 3 changed how a rate is drawn out to before a counter's first sample.
        var range = $"/api/v1/query_range?query={Uri.EscapeDataString("sum by (instance) (rate(imported_requests_total[5m]))")}&start={from + 1007}&end={from + 14_992}&step=30";
        Assert.Equal(Results(await prometheus.Client.GetStringAsync(range)), Results(await toka.Http.GetStringAsync(range)));
    }

    /// <summary>The series of an answer in one order, labels sorted.</summary>
    private static string[] Results(string body)
    {
        using var document = JsonDocument.Parse(body);
        return [.. document.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static series =>
        {
            var labels = string.Join(',', series.GetProperty("metric").EnumerateObject().Select(static label => $"{label.Name}={label.Value}").Order(StringComparer.Ordinal));
            var points = series.TryGetProperty("values", out var values) ? values.EnumerateArray().ToArray() : [series.GetProperty("value")];
            return $"{{{labels}}} " + string.Join(' ', points.Select(static point => $"{point[0].GetDouble().ToString(CultureInfo.InvariantCulture)}:{Rounded(point[1].GetString()!)}"));
        }).Order(StringComparer.Ordinal)];
    }

    /// <summary>Twelve digits: sums are taken in another order.</summary>
    private static string Rounded(string value) => double.Parse(value, CultureInfo.InvariantCulture).ToString("G12", CultureInfo.InvariantCulture);

    private static string Text(long from)
    {
        var text = new StringBuilder();
        var random = new Random(1);
        text.AppendLine("# TYPE imported_requests counter");
        for (var series = 0; series < 6; series++)
        {
            var total = 0;
            for (var i = 0; i < 1000; i++)
            {
                total = i == 500 ? 0 : total + random.Next(20);
                Line(text, "imported_requests_total", $"code=\"{200 + (series % 3)}\",instance=\"host{series / 3}\"", total, from + (i * 15));
            }
        }

        text.AppendLine("# TYPE imported_temperature gauge");
        for (var i = 0; i < 1000; i++)
        {
            Line(text, "imported_temperature", "room=\"a\\\"b\"", i % 100 == 99 ? double.NaN : 20 + random.NextDouble(), from + (i * 15));
        }

        text.AppendLine("# TYPE imported_seconds histogram");
        foreach (var (bucket, le) in new[] { "0.1", "0.5", "1.0", "+Inf" }.Index())
        {
            for (var i = 0; i < 1000; i++)
            {
                Line(text, "imported_seconds_bucket", $"le=\"{le}\"", (1 + bucket) * i, from + (i * 15));
            }
        }

        return text.AppendLine("# EOF").ToString().ReplaceLineEndings("\n");
    }

    private static void Line(StringBuilder text, string name, string labels, double value, long at) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {(double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture))} {at}");
}
