using Toka.Core.Labels;

namespace Toka.Conformance.Differential.Answers;

/// <summary>Whether two answers say the same.</summary>
internal static class Comparison
{
    /// <summary>
    /// Relative. Sums are compensated in 3.x and are not in 2.42, functions of mathematics are Go's there and the C library's
    /// here: results of some hundred operations differ from the tenth digit on at most, and no wrong rule is as near as that.
    /// </summary>
    public const double Tolerance = 1e-9;

    /// <summary>
    /// The mean of values around 1 that cancel out is zero here and some 1e-16 in 2.42, which moves a mean by each value.
    /// </summary>
    private const double Floor = 1e-14;

    /// <summary>What differs, or null.</summary>
    /// <param name="theirs">The answer of 2.42.</param>
    /// <param name="ours">Our answer.</param>
    /// <param name="isSorted">Whether the order of an instant vector's samples counts.</param>
    public static string? Difference(Answer theirs, Answer ours, bool isSorted)
    {
        if (theirs.Failed || ours.Failed)
        {
            return theirs.Error == ours.Error ? null : $"the kinds of failure: \"{theirs.Error}\" and \"{ours.Error}\"";
        }

        if (theirs.Type != ours.Type)
        {
            return "the types";
        }

        var mine = new Dictionary<LabelSet, AnswerSeries>();
        foreach (var series in ours.Series)
        {
            if (!mine.TryAdd(series.Labels, series))
            {
                return $"{series.Labels} comes twice";
            }
        }

        foreach (var series in theirs.Series)
        {
            if (!mine.Remove(series.Labels, out var same))
            {
                return $"{series.Labels} is missing";
            }

            if (Difference(series, same) is { } difference)
            {
                return difference;
            }
        }

        return mine.Count > 0 ? $"{mine.Keys.First()} is too much" : isSorted ? Disorder(theirs, ours) : null;
    }

    public static bool IsSame(double one, double other) =>
        one.Equals(other) || one == other || Math.Abs(one - other) <= Math.Max(Floor, Tolerance * Math.Max(Math.Abs(one), Math.Abs(other)));

    private static string? Difference(AnswerSeries theirs, AnswerSeries ours)
    {
        if (!theirs.Times.AsSpan().SequenceEqual(ours.Times))
        {
            return $"the times of {theirs.Labels}";
        }

        for (var i = 0; i < theirs.Values.Length; i++)
        {
            if (!IsSame(theirs.Values[i], ours.Values[i]))
            {
                return FormattableString.Invariant($"{theirs.Labels} at {theirs.Times[i] / 1000.0:R}: {theirs.Values[i]:R} and {ours.Values[i]:R}");
            }
        }

        return null;
    }

    /// <summary>Samples of the same value may stand in any order, others not.</summary>
    private static string? Disorder(Answer theirs, Answer ours)
    {
        for (var i = 0; i < theirs.Series.Count; i++)
        {
            if (!IsSame(theirs.Series[i].Values[0], ours.Series[i].Values[0]))
            {
                return FormattableString.Invariant($"the order: place {i + 1} has {theirs.Series[i].Values[0]:R} and {ours.Series[i].Values[0]:R}");
            }
        }

        return null;
    }
}
