using System.Globalization;
using Toka.Query.PromQL.Scripts;

namespace Toka.Conformance;

public sealed class ScriptTests
{
    public static TheoryData<string> Names => [.. typeof(ScriptTests).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".test", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_evaluation_of_our_scripts_gives_what_it_says(string name)
    {
        using var stream = typeof(ScriptTests).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        var script = PromQlScript.Parse(name, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        var outcomes = await new ScriptRunner(TimeProvider.System).RunAsync(script, TestContext.Current.CancellationToken);

        Assert.NotEmpty(outcomes);
        var faults = outcomes.Where(static outcome => !outcome.HasPassed)
            .Select(static outcome => string.Create(CultureInfo.InvariantCulture, $"{outcome.Script}:{outcome.Line}: {outcome.Failure!.Query}: {outcome.Failure.Message}"));
        Assert.Empty(faults);
    }
}
