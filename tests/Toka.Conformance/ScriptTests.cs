using System.Globalization;
using Toka.Conformance.Runner;

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
        var outcomes = await new ScriptRunner().RunAsync(Script.Parse(name, await reader.ReadToEndAsync(TestContext.Current.CancellationToken)));

        Assert.NotEmpty(outcomes);
        var faults = outcomes.Where(outcome => outcome.Outcome != Outcome.Passed)
            .Select(outcome => string.Create(CultureInfo.InvariantCulture, $"{name}:{outcome.Command.Line}: {outcome.Command.Expression}: {outcome.Message}"));
        Assert.Empty(faults);
    }
}
