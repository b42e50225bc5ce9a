using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Functions;
using Toka.Query.PromQL.Parsing;
using Toka.Query.PromQL.Scripts;

namespace Toka.Conformance;

/// <summary>That our scripts leave nothing of the language out. Queries that must fail do not count.</summary>
public sealed class ScriptCoverageTests
{
    /// <summary>Annotations whose text is put together elsewhere, by what the engine's sources say there, and how each begins.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["incompatibleTypes"] = "incompatible sample types encountered for binary operator",
    };

    [Fact]
    public async Task Our_scripts_call_every_function_and_every_aggregation()
    {
        var nodes = await NodesAsync();
        HashSet<string> called = [.. nodes.OfType<CallExpr>().Select(static call => call.Function)];
        HashSet<AggregationOperator> aggregated = [.. nodes.OfType<AggregateExpr>().Select(static aggregate => aggregate.Operator)];

        Assert.DoesNotContain(FunctionRegistry.BuiltIn.Signatures, signature => !called.Contains(signature.Name));
        Assert.DoesNotContain(Enum.GetValues<AggregationOperator>(), op => !aggregated.Contains(op));
        Assert.Contains(nodes, static node => node is AggregateExpr { IsWithout: true, Grouping.Count: > 0 });
        Assert.Contains(nodes, static node => node is AggregateExpr { IsWithout: false, Grouping.Count: > 0 });
    }

    [Fact]
    public async Task Our_scripts_use_every_operator_between_vectors_and_with_a_number_and_every_comparison_with_bool()
    {
        var nodes = await NodesAsync();
        BinaryExpr[] binaries = [.. nodes.OfType<BinaryExpr>()];
        var operators = Enum.GetValues<BinaryOperator>();

        Assert.DoesNotContain(operators, op => !Array.Exists(binaries, binary => binary.Operator == op && binary.Matching is not null));
        Assert.DoesNotContain(operators, op => op < BinaryOperator.And
            && !Array.Exists(binaries, binary => binary.Operator == op && binary.Matching is null && binary.Type == ExprType.InstantVector));
        Assert.DoesNotContain(operators, op => op is >= BinaryOperator.Equal and <= BinaryOperator.LessOrEqual
            && !Array.Exists(binaries, binary => binary.Operator == op && binary.ReturnsBool));
        Assert.Contains(nodes, static node => node is UnaryExpr { IsNegative: true, Type: ExprType.InstantVector });
        Assert.Contains(nodes, static node => node is UnaryExpr { IsNegative: false, Type: ExprType.InstantVector });
    }

    [Fact]
    public async Task Our_scripts_match_vectors_in_every_way()
    {
        VectorMatching[] ways = [.. (await NodesAsync()).OfType<BinaryExpr>().Select(static binary => binary.Matching).OfType<VectorMatching>()];

        foreach (var cardinality in Enum.GetValues<MatchCardinality>())
        {
            Assert.Contains(ways, way => way.Cardinality == cardinality && way.IsOn);
            Assert.Contains(ways, way => way.Cardinality == cardinality && !way.IsOn);
        }

        foreach (var cardinality in (MatchCardinality[])[MatchCardinality.OneToOne, MatchCardinality.ManyToOne, MatchCardinality.OneToMany])
        {
            Assert.Contains(ways, way => way.Cardinality == cardinality && way.FillLeft is not null);
            Assert.Contains(ways, way => way.Cardinality == cardinality && way.FillRight is not null);
        }
    }

    [Fact]
    public async Task Our_scripts_use_every_modifier_and_every_condition_of_a_selector()
    {
        var nodes = await NodesAsync();
        VectorSelector[] selectors = [.. nodes.OfType<VectorSelector>()];
        TimeModifier[] ofSubqueries = [.. nodes.OfType<SubqueryExpr>().Select(static subquery => subquery.Modifier)];

        foreach (var at in Enum.GetValues<AtKind>())
        {
            Assert.Contains(selectors, selector => selector.Modifier.At == at);
            Assert.Contains(ofSubqueries, modifier => modifier.At == at);
        }

        foreach (var op in Enum.GetValues<MatchOperator>())
        {
            Assert.Contains(selectors, selector => selector.Matchers.Any(matcher => matcher.Operator == op));
        }

        foreach (var mode in Enum.GetValues<SelectorMode>())
        {
            Assert.Contains(nodes, node => node is MatrixSelector range && range.Selector.Mode == mode);
        }

        Assert.Contains(selectors, static selector => selector.Modifier.OffsetMs > 0);
        Assert.Contains(selectors, static selector => selector.Modifier.OffsetMs < 0);
        Assert.Contains(ofSubqueries, static modifier => modifier.OffsetMs > 0);
        Assert.Contains(nodes, static node => node is SubqueryExpr { StepMs: 0, StepExpression: null });
    }

    [Fact]
    public async Task Our_scripts_compute_durations_with_every_operator()
    {
        DurationExpr[] durations = [.. (await NodesAsync()).SelectMany(DurationsOf).SelectMany(All)];

        foreach (var op in Enum.GetValues<DurationOperator>())
        {
            Assert.Contains(durations, duration => duration is DurationOperation operation && operation.Operator == op);
        }

        Assert.Contains(durations, static duration => duration is NegatedDuration);
        Assert.Contains(durations, static duration => duration is QueryDuration { IsStep: true });
        Assert.Contains(durations, static duration => duration is QueryDuration { IsStep: false });
    }

    /// <summary>The texts are found in the engine's sources, so that a new one is missing here until a script expects it.</summary>
    [Fact]
    public async Task Our_scripts_expect_every_annotation()
    {
        var expected = await ExpectedAnnotationsAsync();
        var texts = await AnnotationsOfTheSourcesAsync();

        Assert.True(texts.Count > 15, $"only {texts.Count} annotations were found in the sources");
        Assert.DoesNotContain(texts, text => !expected.Contains(text, StringComparison.Ordinal));
        foreach (var operation in (string[])[HistogramNote.Addition, HistogramNote.Subtraction, HistogramNote.Aggregation])
        {
            Assert.Contains($"PromQL warning: conflicting counter resets during histogram {operation}", expected, StringComparison.Ordinal);
            Assert.Contains($"PromQL info: mismatched custom buckets were reconciled during {operation}", expected, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<DurationExpr?> DurationsOf(Expr node) => node switch
    {
        VectorSelector selector => [selector.Modifier.OffsetExpression],
        MatrixSelector range => [range.RangeExpression],
        SubqueryExpr subquery => [subquery.RangeExpression, subquery.StepExpression, subquery.Modifier.OffsetExpression],
        _ => [],
    };

    private static IEnumerable<DurationExpr> All(DurationExpr? duration) => duration switch
    {
        null => [],
        DurationOperation operation => [operation, .. All(operation.Left), .. All(operation.Right)],
        NegatedDuration negated => [negated, .. All(negated.Operand)],
        _ => [duration],
    };

    /// <summary>All nodes of all queries that must have an answer.</summary>
    private static async Task<List<Expr>> NodesAsync() =>
        [.. (await EvaluationsAsync()).Where(static eval => !eval.Expects(ExpectationKind.Fail))
            .SelectMany(static eval => ExprWalker.Nodes(PromQlParser.Parse(eval.Expression, ScriptRunner.Options)))];

    private static async Task<string> ExpectedAnnotationsAsync() => string.Join('\n', (await EvaluationsAsync())
        .SelectMany(static eval => eval.Expectations)
        .Where(static expectation => expectation.Kind is ExpectationKind.Warn or ExpectationKind.Info)
        .Select(static expectation => expectation.Message ?? expectation.Pattern?.ToString()));

    private static async Task<List<EvalCommand>> EvaluationsAsync()
    {
        var all = new List<EvalCommand>();
        foreach (var row in ScriptTests.Names)
        {
            using var reader = new StreamReader(typeof(ScriptTests).Assembly.GetManifestResourceStream(row.Data)!);
            var script = PromQlScript.Parse(row.Data, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
            all.AddRange(script.Commands.OfType<EvalCommand>());
        }

        return all;
    }

    /// <summary>How each annotation begins: its kind, and the text up to the first thing that differs from query to query.</summary>
    private static async Task<HashSet<string>> AnnotationsOfTheSourcesAsync()
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(Path.Combine(Root(), "src", "engines", "Toka.Query", "PromQL"), "*.cs", SearchOption.AllDirectories))
        {
            var code = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
            foreach (Match call in Regex.Matches(code, @"(?<!void )\b(Warn|Inform)\(\s*(?:(?:static \w+ => )?\$?""(?<text>[^""{\\(]+)|(?<other>[\w.]+\(?))"))
            {
                var other = call.Groups["other"].Value;
                Assert.True(other.Length == 0 || Elsewhere.ContainsKey(other), $"{path} tells {other}…: write its text into Elsewhere");
                var text = other.Length == 0 ? call.Groups["text"].Value.TrimEnd() : Elsewhere[other];
                texts.Add($"PromQL {(call.Groups[1].Value == "Warn" ? "warning" : "info")}: {text}");
            }
        }

        return texts;
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
