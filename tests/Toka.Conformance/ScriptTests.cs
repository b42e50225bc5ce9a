using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Toka.Query.PromQL.Functions;
using Toka.Query.PromQL.Scripts;

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
        var script = PromQlScript.Parse(name, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        var outcomes = await new ScriptRunner(TimeProvider.System).RunAsync(script, TestContext.Current.CancellationToken);

        Assert.NotEmpty(outcomes);
        var faults = outcomes.Where(static outcome => !outcome.HasPassed)
            .Select(static outcome => string.Create(CultureInfo.InvariantCulture, $"{outcome.Script}:{outcome.Line}: {outcome.Failure!.Query}: {outcome.Failure.Message}"));
        Assert.Empty(faults);
    }
}
