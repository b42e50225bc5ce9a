using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Holds an answer against what a script expects.</summary>
internal static class ValueChecks
{
    public static Fault? Fault(EvalCommand eval, QueryValue value)
    {
        var message = KindMessage(eval, value) ?? value switch
        {
            ScalarValue scalar => ScalarMessage(eval.Scalar!.Value, scalar.Value),
            StringValue text => eval.Text == text.Value ? null : "the string is another",
            VectorValue vector => VectorMessage(eval, vector),
            MatrixValue matrix => OrderFault(matrix)?.Message ?? MatrixMessage(eval, matrix),
            _ => throw new InvalidOperationException($"No check for {value.GetType().Name}."),
        };
        return message is null ? null : new Fault(message, ExpectedText.Value(eval), ActualText.Value(eval, value));
    }

    /// <summary>The series of a matrix must be in the order of their labels.</summary>
    public static Fault? OrderFault(MatrixValue matrix)
    {
        for (var i = 1; i < matrix.Series.Count; i++)
        {
            var (before, after) = (matrix.Series[i - 1].Labels, matrix.Series[i].Labels);
            if (before.CompareTo(after) >= 0)
            {
                return new Fault(
                    before == after ? $"{ScriptText.Labels(after)} is there twice" : "the series are not in the order of their labels",
                    [ScriptText.Labels(after), ScriptText.Labels(before)],
                    [ScriptText.Labels(before), ScriptText.Labels(after)]);
            }
        }

        return null;
    }

    /// <summary>Whether the answer is of the kind expected.</summary>
    private static string? KindMessage(EvalCommand eval, QueryValue value)
    {
        var actual = value switch
        {
            ScalarValue => "a scalar",
            StringValue => "a string",
            VectorValue => "an instant vector",
            _ => "a matrix",
        };

        // A range query's scalar is a matrix with one series without labels, and is written as such.
        var expected = eval.Text is not null ? "a string"
            : eval.Scalar is not null ? "a scalar"
            : eval.IsRange || eval.IsRangeVector ? "a matrix"
            : "an instant vector";
        return actual == expected ? null : $"the answer is {actual}, not {expected}";
    }

    private static string? ScalarMessage(double expected, double actual) =>
        Nearly.Equal(expected, actual) ? null : $"the scalar is {ScriptText.Number(actual)}, not {ScriptText.Number(expected)}";

    private static string? VectorMessage(EvalCommand eval, VectorValue vector)
    {
        var isOrdered = eval.Expects(ExpectationKind.Ordered);
        var missing = eval.Series.ToDictionary(static series => series.Labels);
        for (var i = 0; i < vector.Samples.Count; i++)
        {
            var sample = vector.Samples[i];
            if (!missing.Remove(sample.Labels, out var expected))
            {
                var isTwice = eval.Series.Exists(series => series.Labels == sample.Labels);
                return $"{ScriptText.Labels(sample.Labels)} is there {(isTwice ? "twice" : "too")}";
            }

            if (isOrdered && eval.Series.IndexOf(expected) != i)
            {
                return $"{ScriptText.Labels(sample.Labels)} is at place {i + 1}, not at {eval.Series.IndexOf(expected) + 1}";
            }

            if (!IsEqual(expected.Points[0], sample.Value, sample.Histogram))
            {
                return Differs(sample.Labels, "", ScriptText.Value(sample.Value, sample.Histogram), expected.Points[0]);
            }
        }

        return missing.Count == 0 ? null : $"{ScriptText.Labels(missing.Keys.First())} is missing";
    }

    private static string? MatrixMessage(EvalCommand eval, MatrixValue matrix)
    {
        if (eval.Expects(ExpectationKind.Ordered))
        {
            return "the answer is a matrix, which is always in the order of its labels";
        }

        var missing = eval.Series.ToDictionary(static series => series.Labels);
        foreach (var series in matrix.Series)
        {
            if (!missing.Remove(series.Labels, out var expected))
            {
                return $"{ScriptText.Labels(series.Labels)} is there too";
            }

            if (PointsMessage(eval, expected, series) is { } message)
            {
                return message;
            }
        }

        return missing.Count == 0 ? null : $"{ScriptText.Labels(missing.Keys.First())} is missing";
    }

    private static string? PointsMessage(EvalCommand eval, ExpectedSeries expected, MatrixSeries series)
    {
        var (number, histogram) = (0, 0);
        for (var i = 0; i < expected.Points.Count; i++)
        {
            var time = eval.StartMs + (i * eval.StepMs);
            var point = expected.Points[i];
            var hasNumber = number < series.Timestamps.Length && series.Timestamps.Span[number] == time;
            var hasHistogram = histogram < series.HistogramTimestamps.Length && series.HistogramTimestamps.Span[histogram] == time;
            var isFitting = point.Kind switch
            {
                PointKind.Gap => !hasNumber && !hasHistogram,
                PointKind.Histogram => !hasNumber && hasHistogram && IsEqual(point, 0, series.Histograms.Span[histogram]),
                _ => !hasHistogram && hasNumber && IsEqual(point, series.Values.Span[number], null),
            };
            if (!isFitting)
            {
                var actual = hasNumber ? ScriptText.Number(series.Values.Span[number])
                    : hasHistogram ? ScriptText.Histogram(series.Histograms.Span[histogram])
                    : "_";
                return Differs(series.Labels, $" at {ScriptText.Time(time)}", actual, point);
            }

            number += hasNumber ? 1 : 0;
            histogram += hasHistogram ? 1 : 0;
        }

        var rest = series.Timestamps.Length - number + series.HistogramTimestamps.Length - histogram;
        return rest == 0 ? null : $"{ScriptText.Labels(series.Labels)} has {rest} {(rest == 1 ? "point" : "points")} more";
    }

    private static bool IsEqual(in ScriptPoint expected, double number, NativeHistogram? histogram) =>
        expected.Kind == PointKind.Histogram
            ? histogram is not null && Nearly.Equal(expected.Histogram!, histogram, expected.IsHintGiven)
            : histogram is null && Nearly.Equal(expected.Number, number);

    private static string Differs(LabelSet labels, string at, string actual, in ScriptPoint expected) =>
        $"{ScriptText.Labels(labels)}{at} is {actual}, not {ScriptText.Point(expected)}";
}
