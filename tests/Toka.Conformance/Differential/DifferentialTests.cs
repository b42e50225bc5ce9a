using System.Diagnostics;
using System.Globalization;
using System.Text;
using Toka.Conformance.Differential.Data;
using Toka.Conformance.Differential.Findings;
using Toka.Conformance.Differential.Peers;
using Toka.Conformance.Differential.Queries;
using Toka.Core.Labels;

namespace Toka.Conformance.Differential;

/// <summary>
/// Our engine on our store beside Debian's prometheus 2.42, with the same samples and random queries. Native histograms are
/// left out: in 2.42 they are experimental and have other rules.
/// </summary>
/// <remarks>
/// TOKA_DIFFERENTIAL_SEED (of a report) takes the place of the random seed, TOKA_DIFFERENTIAL_QUERIES of both counts of queries.
/// </remarks>
public sealed class DifferentialTests
{
    private const int FixedSeed = 1;
    private const int FixedQueries = 5_000;
    private const int RandomQueries = 50_000;

    /// <summary>As many connections keep two processes busy on two cores.</summary>
    private const int Connections = 4;

    /// <summary>The disagreements that are shrunk and told.</summary>
    private const int ToldMax = 5;

    /// <summary>Samples of a series in a report.</summary>
    private const int SamplesShown = 40;

    [Fact]
    public Task The_engines_agree_on_five_thousand_queries() => CompareAsync(FixedSeed, Number("TOKA_DIFFERENTIAL_QUERIES") ?? FixedQueries);

    [Fact]
    public Task The_engines_agree_on_other_queries_each_time()
    {
        // One query in some ten thousands meets a difference of the two that nobody has described yet: for a person to look at.
        var seed = Number("TOKA_DIFFERENTIAL_SEED");
        Assert.SkipUnless(seed is not null || Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1", "Other seeds are for ./test --long and TOKA_DIFFERENTIAL_SEED.");
        return CompareAsync(seed ?? Random.Shared.Next(1_000_000), Number("TOKA_DIFFERENTIAL_QUERIES") ?? RandomQueries);
    }

    /// <summary>The comparison is not blind, and what it tells is small.</summary>
    [Fact]
    public async Task A_planted_fault_is_found_and_shrunk_to_the_call_that_has_it()
    {
        PrometheusServer.SkipWhereMissing();
        var cancellation = TestContext.Current.CancellationToken;
        var data = new DataSet(FixedSeed);
        await using var prometheus = await PrometheusServer.StartAsync(data, cancellation);
        await using var toka = await TokaStore.OpenAsync(data, OldRules.Functions.WithRange("count_over_time", 0, static (in window, _) => window.Values.Length + (window.Values.Length > 9 ? 1 : 0)), cancellation);
        var judge = new Judge(prometheus, toka);
        var grammar = new Grammar(data, FixedSeed);
        for (var number = 0; number < FixedQueries; number++)
        {
            var question = grammar.Question(number);
            if (question.Root.Size > 8 && question.Root.All().Any(static node => node is CallNode { Name: "count_over_time" })
                && (await judge.AskAsync(question, cancellation)).Difference is not null)
            {
                var smallest = await new Shrinker(judge, data).ShrinkAsync(question, cancellation);
                Assert.False(smallest.IsRange);
                Assert.Equal("count_over_time", Assert.IsType<CallNode>(smallest.Root).Name);
                Assert.Single(smallest.Root.All().OfType<SelectorNode>());
                return;
            }
        }

        Assert.Fail("no query met the fault");
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static async Task CompareAsync(int seed, int queries)
    {
        PrometheusServer.SkipWhereMissing();
        var cancellation = TestContext.Current.CancellationToken;
        var watch = Stopwatch.StartNew();
        var data = new DataSet(seed);
        await using var prometheus = await PrometheusServer.StartAsync(data, cancellation);
        await using var toka = await TokaStore.OpenAsync(data, cancellation);
        var judge = new Judge(prometheus, toka);
        var tally = new Tally();
        var grammar = new Grammar(data, seed);
        var questions = Enumerable.Range(0, queries).Select(number => (Number: number, Question: grammar.Question(number))).ToArray();
        await Parallel.ForEachAsync(questions, new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = cancellation }, async (asked, token) =>
            tally.Add(asked.Number, asked.Question, await judge.AskAsync(asked.Question, token)));

        var report = new StringBuilder();
        foreach (var (number, question, _) in tally.Disagreements.Take(ToldMax))
        {
            report.Append(CultureInfo.InvariantCulture, $"\nseed {seed}, query {number}: {question}\n");
            await TellAsync(report, await new Shrinker(judge, data).ShrinkAsync(question, cancellation), judge, data, cancellation);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figures: differential, seed {seed}: {tally} in {watch.Elapsed.TotalSeconds:N0} s"));
        Assert.True(tally.Disagreements.Count == 0, string.Create(CultureInfo.InvariantCulture, $"{tally.Disagreements.Count} disagreements of {queries} (TOKA_DIFFERENTIAL_SEED={seed}):{report}"));
        Assert.True(tally.WithResult * 2 > queries, $"less than half of the queries have a result: {tally}");
    }

    private static async Task TellAsync(StringBuilder report, Question question, Judge judge, DataSet data, CancellationToken cancellationToken)
    {
        var judgement = await judge.AskAsync(question, cancellationToken);
        report.Append(CultureInfo.InvariantCulture, $"  smallest: {question}\n    differs in {judgement.Difference}\n    2.42: {judgement.Theirs}\n    ours: {judgement.Ours}\n");
        var selectors = question.Root.All().OfType<SelectorNode>().ToArray();
        foreach (var series in data.Series.Where(series => selectors.Any(selector => Concerns(selector, series.Labels))).Take(4))
        {
            report.Append(CultureInfo.InvariantCulture, $"    {series.Labels}:");
            var near = Enumerable.Range(0, series.Times.Length).Where(i => series.Times.Span[i] <= question.EndMs).TakeLast(SamplesShown);
            report.AppendJoin("", near.Select(i => string.Create(CultureInfo.InvariantCulture, $" {series.Values.Span[i]:R}@{series.Times.Span[i] / 1000.0:R}"))).Append('\n');
        }
    }

    private static bool Concerns(SelectorNode selector, LabelSet labels) =>
        (selector.Name.Length == 0 || labels[LabelSet.MetricName] == selector.Name)
        && selector.Conditions.All(condition => condition.Operator != "=" || labels[condition.Label] == condition.Value);
}
