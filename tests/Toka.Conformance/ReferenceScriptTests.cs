using Toka.Query.PromQL.Scripts;

namespace Toka.Conformance;

public sealed class ReferenceScriptTests
{
    private static string Folder => Path.Combine(Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA") ?? "", "promql");

    /// <summary>The scripts; one without a name where they are not here.</summary>
    public static TheoryData<string> Names => Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "*.test").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [""];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_evaluation_of_the_reference_scripts_gives_what_it_says(string name)
    {
        Assert.SkipWhen(name.Length == 0, "TOKA_REFERENCE_DATA is not set: the reference scripts of PromQL are not here.");

        var cancellationToken = TestContext.Current.CancellationToken;
        var script = PromQlScript.Parse(name, await File.ReadAllTextAsync(Path.Combine(Folder, name), cancellationToken));
        var outcomes = await new ScriptRunner(TimeProvider.System).RunAsync(script, cancellationToken);

        Assert.NotEmpty(outcomes);
        Assert.Empty(outcomes.Where(static outcome => !outcome.HasPassed)
            .Select(outcome => FormattableString.Invariant($"{name}:{outcome.Line}: {outcome.Failure!.Query}: {outcome.Failure.Message}")));
    }
}
