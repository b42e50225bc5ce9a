using Toka.Conformance.Differential.Answers;
using Toka.Conformance.Differential.Peers;
using Toka.Conformance.Differential.Queries;
using Toka.Core.Labels;

namespace Toka.Conformance.Differential.Findings;

/// <summary>
/// Tells whether an answer is ours but for rounding: our engine is asked several times with each computed value changed by
/// chance by some units of its last places, and what these answers leave open, 2.42 may decide.
/// </summary>
/// <remarks>
/// So a difference of two equal sums may be 0 or 1e-17, and a comparison of them may hold or not; but where no value of the
/// query is computed, or the small changes stay small, nothing is left open.
/// </remarks>
internal static class Rounding
{
    /// <summary>With 24 answers, a coin that fell the same way each time is one in eight million.</summary>
    private const int Answers = 24;

    /// <summary>How far beyond the answers, in their width, a value may lie: the least and the greatest of so many are near the true ends.</summary>
    private const double Width = 2;

    public static async Task<bool> ExplainsAsync(TokaStore toka, Question question, Rule rules, Answer theirs, CancellationToken cancellationToken)
    {
        if (!question.Root.All().Any(static node => node.Rounds && node.Kind == Kind.Vector))
        {
            return false;
        }

        var nudged = new List<Answer>();
        for (var seed = 1; seed <= Answers; seed++)
        {
            nudged.Add(await toka.AskAsync(question, new Dialect(false, rules, seed), cancellationToken));
        }

        if (theirs.Failed)
        {
            return nudged.Any(answer => answer.Error == theirs.Error);
        }

        nudged.RemoveAll(static answer => answer.Failed);
        return nudged.Count > 0 && IsBetween(Points(theirs), [.. nudged.Select(Points)]);
    }

    private static bool IsBetween(Dictionary<(LabelSet Labels, long Time), double> theirs, Dictionary<(LabelSet Labels, long Time), double>[] nudged)
    {
        foreach (var key in nudged.SelectMany(static answer => answer.Keys).Concat(theirs.Keys).Distinct())
        {
            var values = nudged.Where(answer => answer.ContainsKey(key)).Select(answer => answer[key]).ToArray();
            if (!theirs.TryGetValue(key, out var value) ? values.Length == nudged.Length : !IsBetween(value, values))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsBetween(double value, double[] values)
    {
        if (values.Any(nudged => Comparison.IsSame(nudged, value)))
        {
            return true;
        }

        var finite = values.Where(double.IsFinite).ToArray();
        if (!double.IsFinite(value) || finite.Length == 0)
        {
            return false;
        }

        var (least, greatest) = (finite.Min(), finite.Max());
        var slack = Width * (greatest - least);
        if (greatest - least > Math.Max(Math.Abs(least), Math.Abs(greatest)) / 2)
        {
            // Not even the first digit is determined, such as of the tangent of 10^15.
            return true;
        }

        return value >= least - slack && value <= greatest + slack;
    }

    private static Dictionary<(LabelSet Labels, long Time), double> Points(Answer answer)
    {
        var points = new Dictionary<(LabelSet, long), double>();
        foreach (var series in answer.Series)
        {
            for (var i = 0; i < series.Times.Length; i++)
            {
                points[(series.Labels, series.Times[i])] = series.Values[i];
            }
        }

        return points;
    }
}
