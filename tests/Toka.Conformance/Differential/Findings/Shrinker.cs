using Toka.Conformance.Differential.Data;
using Toka.Conformance.Differential.Queries;
using Toka.Core.Labels;

namespace Toka.Conformance.Differential.Findings;

/// <summary>Makes a question on which the engines disagree as small as it can be while they do.</summary>
internal sealed class Shrinker(Judge judge, DataSet data)
{
    /// <summary>Enough for the deepest queries; a millisecond or two each.</summary>
    private const int AttemptsMax = 3000;

    private int _attempts;

    public async Task<Question> ShrinkAsync(Question question, CancellationToken cancellationToken)
    {
        var smallest = question;
        for (var smaller = question; smaller is not null;)
        {
            smallest = smaller;
            smaller = await FirstAsync(Smaller(smallest), cancellationToken);
        }

        // One series a selector, the first that will do.
        foreach (var selector in smallest.Root.All().OfType<SelectorNode>().ToArray())
        {
            var narrowed = data.Series.Where(series => selector.Name.Length == 0 || series.Labels[LabelSet.MetricName] == selector.Name)
                .Select(series => smallest with { Root = Replace(smallest.Root, selector, Only(selector, series.Labels)) });
            smallest = await FirstAsync(narrowed, cancellationToken) ?? smallest;
        }

        return smallest;
    }

    private async Task<Question?> FirstAsync(IEnumerable<Question> questions, CancellationToken cancellationToken)
    {
        foreach (var question in questions)
        {
            if (++_attempts > AttemptsMax)
            {
                return null;
            }

            if ((await judge.AskAsync(question, cancellationToken)).Difference is not null)
            {
                return question;
            }
        }

        return null;
    }

    private static IEnumerable<Question> Smaller(Question question)
    {
        var isRange = question.IsRange;
        foreach (var part in question.Root.All().Skip(1).Where(part => part.Kind != Kind.Text && !(isRange && part.Kind == Kind.Range)).OrderBy(static part => part.Size))
        {
            yield return question with { Root = part };
        }

        if (isRange)
        {
            for (var time = question.StartMs; time <= question.EndMs; time += question.StepMs)
            {
                yield return question.At(time);
            }

            for (var steps = (question.EndMs - question.StartMs) / question.StepMs / 2; steps > 0; steps /= 2)
            {
                yield return question with { EndMs = question.EndMs - (steps * question.StepMs) };
                yield return question with { StartMs = question.StartMs + (steps * question.StepMs) };
            }
        }

        foreach (var root in Variants(question.Root))
        {
            yield return question with { Root = root };
        }
    }

    /// <summary>A node of the same kind with one thing less, here or below.</summary>
    private static IEnumerable<Node> Variants(Node node)
    {
        foreach (var child in node.Children.Where(child => child.Kind == node.Kind))
        {
            yield return child;
        }

        foreach (var simpler in node.Simpler())
        {
            yield return simpler;
        }

        for (var i = 0; i < node.Children.Count; i++)
        {
            foreach (var variant in Variants(node.Children[i]))
            {
                yield return node.With([.. node.Children.Select((child, j) => j == i ? variant : child)]);
            }
        }
    }

    private static SelectorNode Only(SelectorNode selector, LabelSet labels) =>
        selector with { Conditions = [.. labels.ToPairs().Where(pair => pair.Key != LabelSet.MetricName || selector.Name.Length == 0).Select(static pair => new Condition(pair.Key, "=", pair.Value))] };

    private static Node Replace(Node node, Node old, Node replacement) => ReferenceEquals(node, old)
        ? replacement
        : node.Children.Count == 0 ? node : node.With([.. node.Children.Select(child => Replace(child, old, replacement))]);
}
