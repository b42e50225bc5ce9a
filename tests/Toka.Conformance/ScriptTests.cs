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
        var text = await AllAsync();
        string[] wanted = [.. FunctionRegistry.BuiltIn.Signatures.Select(signature => signature.Name), "sum", "avg", "min", "max", "count", "group",
            "stddev", "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"];
        var missing = wanted.Where(name => !Regex.IsMatch(text, $@"(?i)\b{name}\s*(by[^)]*\)|without[^)]*\))?\s*\(")).ToArray();
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Our_scripts_use_every_operator_and_every_modifier()
    {
        var text = await AllAsync();
        string[] wanted = ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", ">/", "</", "and", "or", "unless", "bool", "on",
            "ignoring", "group_left", "group_right", "fill", "fill_left", "fill_right", "by", "without", "offset", "@", "anchored", "smoothed"];
        var missing = wanted.Where(word => !Regex.IsMatch(text, char.IsLetter(word[0])
            ? $@"(?m)^eval .*[\s)\]}}]{word}[\s()]"
            : $@"(?m)^eval .*[\w)\]}}""]\s*{Regex.Escape(word)}\s*[\w({{""]")).ToArray();
        Assert.Empty(missing);
    }

    /// <summary>The texts are found in the engine's sources, so that a new one is missing here until a script expects it.</summary>
    [Fact]
    public async Task Our_scripts_expect_every_annotation()
    {
        var expected = string.Join('\n', (await AllAsync()).Split('\n').Where(static line => line.TrimStart().StartsWith("expect ", StringComparison.Ordinal)));
        var sources = Directory.GetFiles(Path.Combine(Root(), "src", "engines", "Toka.Query", "PromQL"), "*.cs", SearchOption.AllDirectories);
        var texts = new List<string>();
        foreach (var source in sources)
        {
            var code = await File.ReadAllTextAsync(source, TestContext.Current.CancellationToken);
            texts.AddRange(Regex.Matches(code, @"\b(?:Warn|Inform)\(\s*\$?""([^""{\\]+)").Select(static match => match.Groups[1].Value.TrimEnd()));
        }

        Assert.True(texts.Count > 15, $"only {texts.Count} annotations were found in the sources");
        var missing = texts.Where(text => !expected.Contains(text.Split(" (see ")[0], StringComparison.Ordinal)).ToArray();
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

    private static async Task<string> AllAsync()
    {
        var all = new StringBuilder();
        foreach (var row in Names)
        {
            using var reader = new StreamReader(typeof(ScriptTests).Assembly.GetManifestResourceStream(row.Data)!);
            all.Append(await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Append('\n');
        }

        return all.ToString();
    }

    private static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Toka.slnx")))
        {
            at = Path.GetDirectoryName(at) ?? throw new DirectoryNotFoundException("The sources are not above the test's program.");
        }

        return at;
    }
}
