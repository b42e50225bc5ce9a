using Toka.Conformance.Differential.Answers;
using Toka.Conformance.Differential.Peers;
using Toka.Conformance.Differential.Queries;
using Toka.Core.Labels;

namespace Toka.Conformance.Differential.Findings;

/// <summary>What came of a question.</summary>
/// <param name="Theirs">The answer of 2.42.</param>
/// <param name="Ours">Our answer.</param>
/// <param name="Difference">What differs and no known difference explains; null where the engines agree.</param>
/// <param name="Known">The known differences that were met.</param>
internal sealed record Judgement(Answer Theirs, Answer Ours, string? Difference, IReadOnlyList<KnownDifference> Known);

/// <summary>Asks both engines and compares.</summary>
internal sealed class Judge(PrometheusServer prometheus, TokaStore toka)
{
    public async Task<Judgement> AskAsync(Question question, CancellationToken cancellationToken)
    {
        var theirs = await prometheus.AskAsync(question, cancellationToken);
        var ours = await toka.AskAsync(question, cancellationToken);
        var difference = Comparison.Difference(theirs, ours, IsSorted(question));
        if (difference is null)
        {
            return new Judgement(theirs, ours, null, []);
        }

        var known = await ExplainAsync(question, theirs, cancellationToken);
        return new Judgement(theirs, ours, known.Count > 0 ? null : difference, known);
    }

    private static bool IsSorted(Question question) => !question.IsRange && question.Root is CallNode { Name: "sort" or "sort_desc" };

    /// <summary>
    /// The known differences that, put back into our engine, make it answer as 2.42 does: the fewest that do. A difference of
    /// rounding is looked for last, on top of each of them.
    /// </summary>
    private async Task<IReadOnlyList<KnownDifference>> ExplainAsync(Question question, Answer theirs, CancellationToken cancellationToken)
    {
        var rules = KnownDifference.All.Where(known => known.Rule != Rule.None && question.Root.All().Any(known.MayConcern)).ToArray();
        var sets = Enumerable.Range(1, (1 << rules.Length) - 1).OrderBy(int.PopCount)
            .Select(set => rules.Where((_, i) => (set & (1 << i)) != 0).ToArray()).ToArray();
        foreach (var set in sets)
        {
            if (Comparison.Difference(await TheirsAsync(question, theirs, set, cancellationToken), await toka.AskAsync(question, new Dialect(false, RulesOf(set)), cancellationToken), IsSorted(question)) is null)
            {
                return set;
            }
        }

        foreach (var set in sets.Prepend([]))
        {
            if (await Rounding.ExplainsAsync(toka, question, RulesOf(set), await TheirsAsync(question, theirs, set, cancellationToken), cancellationToken))
            {
                return [.. set, KnownDifference.Rounding];
            }
        }

        return theirs.Failed && await HidesAsync(question, theirs, cancellationToken) ? [KnownDifference.Unread] : [];
    }

    /// <summary>Whether a part of the query, asked alone, fails in our engine as the whole does in 2.42.</summary>
    private async Task<bool> HidesAsync(Question question, Answer theirs, CancellationToken cancellationToken)
    {
        var pinned = question.Root.Pinned(question);
        foreach (var part in pinned.All().Skip(1).Where(static part => part.Kind == Kind.Vector))
        {
            if ((await toka.AskAsync(question with { Root = part }, cancellationToken)).Error == theirs.Error)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<Answer> TheirsAsync(Question question, Answer theirs, KnownDifference[] set, CancellationToken cancellationToken) =>
        (RulesOf(set) & Rule.ByStep) != 0 && question.IsRange ? await ByStepAsync(question, RulesOf(set), cancellationToken)
        : question.Root.Text(Dialect.Prometheus) == question.Root.Pinned(question).Text(new Dialect(true, RulesOf(set)))
            ? theirs
            : await prometheus.AskAsync(question, new Dialect(true, RulesOf(set)), cancellationToken);

    /// <summary>What 2.42 answers to a range query, made of what it answers at each of its steps.</summary>
    private async Task<Answer> ByStepAsync(Question question, Rule rules, CancellationToken cancellationToken)
    {
        var pinned = question with { Root = question.Root.Pinned(question) };
        var series = new Dictionary<LabelSet, (List<long> Times, List<double> Values)>();
        for (var time = question.StartMs; time <= question.EndMs; time += question.StepMs)
        {
            var answer = await prometheus.AskAsync(pinned.At(time), new Dialect(true, rules), cancellationToken);
            if (answer.Failed)
            {
                return answer;
            }

            foreach (var sample in answer.Series)
            {
                var (times, values) = series.TryGetValue(sample.Labels, out var known) ? known : series[sample.Labels] = ([], []);
                times.Add(time);
                values.Add(sample.Values[0]);
            }
        }

        return new Answer("", "", "matrix", [.. series.Select(static pair => new AnswerSeries(pair.Key, [.. pair.Value.Times], [.. pair.Value.Values]))]);
    }

    private static Rule RulesOf(IEnumerable<KnownDifference> set) => set.Aggregate(Rule.None, static (rules, known) => rules | known.Rule);
}
