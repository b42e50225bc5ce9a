using System.Text.Json;
using Toka.Protocols.Exposition.Checks;

namespace Toka.Conformance.Exposition;

public sealed class ReferenceExpositionTests
{
    private static string Folder => Path.Combine(Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA") ?? "", "openmetrics");

    /// <summary>The cases; one without a name where they are not here.</summary>
    public static TheoryData<string> Names => Directory.Exists(Folder)
        ? [.. Directory.GetDirectories(Folder).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [""];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_reference_case_of_OpenMetrics_is_judged_as_it_says(string name)
    {
        Assert.SkipWhen(name.Length == 0, "TOKA_REFERENCE_DATA is not set: the reference cases of OpenMetrics are not here.");

        using var test = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, name, "test.json")));
        var shouldParse = test.RootElement.GetProperty("shouldParse").GetBoolean();
        var body = File.ReadAllBytes(Path.Combine(Folder, name, test.RootElement.GetProperty("file").GetString()!));

        var report = OpenMetricsChecker.Check(body);

        Assert.True(report.IsValid == shouldParse, $"{name} should be {(shouldParse ? "valid" : "refused")}; found: {string.Join("; ", report.Findings)}");
    }
}
