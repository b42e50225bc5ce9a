using Toka.Analysis.Statistics;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Tracing.CriticalPath;
using Toka.Tracing.Trees;

namespace Toka.Tracing.Comparing;

/// <summary>
/// Compares two sets of traces, such as slow and normal ones, or those before and after a release: which operations take more time, on
/// the critical path and of their own, which are called more often, and which attributes go with it, each with how sure that is. The
/// same traces always give the same answer. Thread-safe.
/// </summary>
public static class SetComparer
{
    /// <summary>Operations that are compared: those with the most own time.</summary>
    public const int OperationsMax = 200;

    /// <summary>Attributes that are told.</summary>
    public const int AttributesMax = 50;

    /// <summary>Drawn samples for an interval of an operation.</summary>
    private const int Draws = 500;

    private const int Seed = 42;

    /// <summary>Compares two sets.</summary>
    /// <param name="first">The traces of the first set: the normal ones, or version A.</param>
    /// <param name="second">The traces of the second set: the slow ones, or version B.</param>
    /// <param name="cost">What it took to read them.</param>
    public static SetDifference Compare(IReadOnlyList<TraceTree> first, IReadOnlyList<TraceTree> second, SearchCost cost = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var totals = new Dictionary<(string Service, string Name), double>();
        AddUp(first, totals);
        AddUp(second, totals);
        var kept = totals.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key).Take(OperationsMax)
            .Select(pair => KeyValuePair.Create(pair.Key, new Tally(first.Count + second.Count))).ToArray();
        var tallies = kept.ToDictionary();
        var firstDurations = Collect(first, tallies, 0);
        var secondDurations = Collect(second, tallies, first.Count);
        var duration = MannWhitney.Test(firstDurations, secondDurations).P;
        var attributes = AttributeFrequencies.Compare(first, second, AttributesMax);
        return new SetDifference(
            first.Count,
            second.Count,
            Quantiles(firstDurations),
            Quantiles(secondDurations),
            Bootstrap.Difference(firstDurations, secondDurations, Bootstrap.Median, Seed),
            Bootstrap.Difference(firstDurations, secondDurations, static values => values.Average(), Seed),
            new Significance(duration, duration, Certainties.Of(duration)),
            CompareOperations(kept, first.Count),
            totals.Count - kept.Length,
            attributes.Attributes,
            attributes.Tested,
            attributes.KeysLeftOut,
            cost);
    }

    private static List<ComparedOperation> CompareOperations(KeyValuePair<(string Service, string Name), Tally>[] kept, int first)
    {
        var self = Array.ConvertAll(kept, pair => MannWhitney.Test(pair.Value.Self.AsSpan(0, first), pair.Value.Self.AsSpan(first)));
        var counts = Array.ConvertAll(kept, pair => MannWhitney.Test(pair.Value.Counts.AsSpan(0, first), pair.Value.Counts.AsSpan(first)).P);
        var selfAdjusted = BenjaminiHochberg.Adjust(Array.ConvertAll(self, static result => result.P));
        var countsAdjusted = BenjaminiHochberg.Adjust(counts);
        var operations = new List<ComparedOperation>();
        for (var i = 0; i < kept.Length; i++)
        {
            var ((service, name), tally) = kept[i];
            operations.Add(new ComparedOperation(
                service,
                name,
                tally.Counts.AsSpan(0, first).ToArray().Count(static count => count > 0),
                tally.Counts.AsSpan(first).ToArray().Count(static count => count > 0),
                ShareAboveZero(tally.Critical.AsSpan(0, first)),
                ShareAboveZero(tally.Critical.AsSpan(first)),
                Bootstrap.Difference(tally.Critical.AsSpan(0, first), tally.Critical.AsSpan(first), static values => values.Average(), Seed, Draws),
                Bootstrap.Difference(tally.Self.AsSpan(0, first), tally.Self.AsSpan(first), static values => values.Average(), Seed, Draws),
                self[i].Superiority,
                new Significance(self[i].P, selfAdjusted[i], Certainties.Of(selfAdjusted[i])),
                Mean(tally.Counts.AsSpan(0, first)),
                Mean(tally.Counts.AsSpan(first)),
                new Significance(counts[i], countsAdjusted[i], Certainties.Of(countsAdjusted[i])),
                tally.ErrorShare(0, first),
                tally.ErrorShare(first, tally.Counts.Length)));
        }

        return [.. operations.OrderByDescending(static operation => Math.Abs(operation.CriticalSeconds.Value)).ThenBy(static operation => operation.SelfSignificance.AdjustedP)];
    }

    /// <summary>Adds up the own time of each operation: what each trace has of it is kept of the largest alone.</summary>
    private static void AddUp(IReadOnlyList<TraceTree> trees, Dictionary<(string Service, string Name), double> totals)
    {
        foreach (var tree in trees)
        {
            for (var at = 0; at < tree.Count; at++)
            {
                var key = (tree.Spans[at].Origin.Service, tree.Spans[at].Name);
                totals[key] = totals.GetValueOrDefault(key) + (tree.SelfNs[at] / 1e9);
            }
        }
    }

    /// <summary>Adds up what each trace has of each operation, and gives the durations of the roots in seconds.</summary>
    private static double[] Collect(IReadOnlyList<TraceTree> trees, Dictionary<(string Service, string Name), Tally> tallies, int from)
    {
        var durations = new double[trees.Count];
        for (var i = 0; i < trees.Count; i++)
        {
            var tree = trees[i];
            var path = CriticalPaths.TimeBySpan(tree, CriticalPaths.Of(tree));
            durations[i] = tree.Count == 0 ? 0 : tree.Spans[tree.Root].DurationNs / 1e9;
            for (var at = 0; at < tree.Count; at++)
            {
                var span = tree.Spans[at];
                if (tallies.TryGetValue((span.Origin.Service, span.Name), out var tally))
                {
                    tally.Counts[from + i]++;
                    tally.Self[from + i] += tree.SelfNs[at] / 1e9;
                    tally.Critical[from + i] += path[at] / 1e9;
                    tally.Errors[from + i] += span.Status == SpanStatus.Error ? 1 : 0;
                }
            }
        }

        return durations;
    }

    private static double[] Quantiles(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? [double.NaN, double.NaN, double.NaN] : [Bootstrap.Quantile(sorted, 0.5), Bootstrap.Quantile(sorted, 0.95), Bootstrap.Quantile(sorted, 0.99)];
    }

    private static double Mean(ReadOnlySpan<double> values) => values.IsEmpty ? double.NaN : values.ToArray().Average();

    private static double ShareAboveZero(ReadOnlySpan<double> values) => values.IsEmpty ? double.NaN : values.ToArray().Count(static value => value > 0) / (double)values.Length;

    /// <summary>What each trace has of one operation; the traces of the first set before those of the second.</summary>
    private sealed class Tally(int traces)
    {
        public double[] Counts { get; } = new double[traces];

        public double[] Self { get; } = new double[traces];

        public double[] Critical { get; } = new double[traces];

        public double[] Errors { get; } = new double[traces];

        public double ErrorShare(int from, int to)
        {
            var spans = Counts.AsSpan(from, to - from).ToArray().Sum();
            return spans > 0 ? Errors.AsSpan(from, to - from).ToArray().Sum() / spans : 0;
        }
    }
}
