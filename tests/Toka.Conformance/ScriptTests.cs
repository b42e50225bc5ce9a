using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Toka.Conformance.Runner;
using Toka.Query.PromQL.Functions;

namespace Toka.Conformance;

public sealed class ScriptTests
{
    public static TheoryData<string> Names => [.. typeof(ScriptTests).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".test", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Our_scripts_call_every_function_and_every_aggregation()
    {
        var all = new StringBuilder();
        foreach (var row in Names)
        {
            using var reader = new StreamReader(typeof(ScriptTests).Assembly.GetManifestResourceStream(row.Data)!);
            all.Append(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        }

        var text = all.ToString();
        string[] wanted = [.. FunctionRegistry.BuiltIn.Signatures.Select(signature => signature.Name), "sum", "avg", "min", "max", "count", "group",
            "stddev", "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"];
        var missing = wanted.Where(name => !Regex.IsMatch(text, $@"(?i)\b{name}\s*(by[^)]*\)|without[^)]*\))?\s*\(")).ToArray();
        Assert.Empty(missing);
    }

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
