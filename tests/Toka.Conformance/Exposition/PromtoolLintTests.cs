using System.Diagnostics;
using System.Text;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Conformance.Exposition;

/// <summary>Warnings beside those of promtool, where it is installed: the same metrics have the same number of them.</summary>
public sealed class PromtoolLintTests
{
    private static readonly string[] s_names =
    [
        "jobs", "jobs_total", "a_count", "a_sum", "a_bucket", "a_gauge", "a_counter_b", "histogram_a", "a_ms", "a_s_b", "s_a", "a_MB", "a_sec", "a_b", "a:b", "a:b_ms", "fooBar",
        "a_milliseconds", "a_minutes", "a_days", "a_kilobytes_used", "a_mibibytes", "a_bits", "a_centimeters", "a_metres", "a_kelvin", "a_celsius", "a_fahrenheit", "a_millivolts", "a_seconds", "a_grams_total",
    ];

    [Fact]
    public async Task The_same_metrics_have_as_many_warnings_as_promtool_gives()
    {
        var path = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Select(static folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "promtool is not installed: warnings cannot be compared with its.");

        var body = new StringBuilder();
        var number = 0;
        foreach (var name in s_names)
        {
            foreach (var type in (ReadOnlySpan<string>)["counter", "gauge", "untyped"])
            {
                // The number makes each name its own; it is no word that a lint looks for.
                var metric = name[..1] + FormattableString.Invariant($"{number++}x_") + name;
                body.Append(number % 4 == 0 ? "" : $"# HELP {metric} h\n").Append($"# TYPE {metric} {type}\n{metric}{{{(number % 5) switch { 0 => "le=\"1\"", 1 => "quantile=\"1\"", 2 => "someLabel=\"x\"", _ => "l=\"x\"" }}}} 1\n");
            }
        }

        using var promtool = Process.Start(new ProcessStartInfo(path!, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await promtool.StandardInput.WriteAsync(body.ToString());
        promtool.StandardInput.Close();
        var output = promtool.StandardOutput.ReadToEndAsync();
        var theirs = (await promtool.StandardError.ReadToEndAsync() + await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await promtool.WaitForExitAsync();
        var ours = TextChecker.Check(Encoding.UTF8.GetBytes(body.ToString()), isLinting: true).Findings;

        Assert.All(ours, static finding => Assert.True(finding.IsLint));
        Assert.Equal(
            theirs.GroupBy(static line => line.Split(' ')[0]).Select(static group => $"{group.Key} {group.Count()}").Order(StringComparer.Ordinal),
            ours.GroupBy(static finding => finding.Message[..finding.Message.IndexOf(": ", StringComparison.Ordinal)]).Select(static group => $"{group.Key} {group.Count()}").Order(StringComparer.Ordinal));
    }
}
