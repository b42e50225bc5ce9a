using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Query.Results;

namespace Toka.Conformance.Differential.Answers;

/// <summary>One series of an answer.</summary>
internal sealed record AnswerSeries(LabelSet Labels, long[] Times, double[] Values);

/// <summary>What an engine answers: a failure, or a value in the words of the HTTP interface.</summary>
/// <param name="Error">The kind of failure, such as <c>bad_data</c>; empty for none.</param>
/// <param name="Message">What the engine said of it.</param>
/// <param name="Type">The value's type: <c>scalar</c>, <c>vector</c>, <c>matrix</c>.</param>
/// <param name="Series">The value; a scalar is one series without labels.</param>
internal sealed record Answer(string Error, string Message, string Type, IReadOnlyList<AnswerSeries> Series)
{
    private const int SeriesShown = 12;
    private const int PointsShown = 12;

    public bool Failed => Error.Length > 0;

    public bool IsEmpty => !Failed && Series.Count == 0;

    public static Answer Failure(string error, string message) => new(error, message, "", []);

    public static Answer Of(QueryValue value) => value switch
    {
        ScalarValue scalar => new("", "", "scalar", [new AnswerSeries(LabelSet.Empty, [scalar.TimestampMs], [scalar.Value])]),
        VectorValue vector => new("", "", "vector", [.. vector.Samples.Select(static sample => new AnswerSeries(sample.Labels, [sample.TimestampMs], [sample.Value]))]),
        MatrixValue matrix => new("", "", "matrix", [.. matrix.Series.Select(static series => new AnswerSeries(series.Labels, series.Timestamps.ToArray(), series.Values.ToArray()))]),
        _ => throw new InvalidOperationException($"No query gives a {value.GetType().Name}."),
    };

    public override string ToString()
    {
        if (Failed)
        {
            return $"{Error}: {Message}";
        }

        var text = new StringBuilder(Type);
        text.Append(CultureInfo.InvariantCulture, $" of {Series.Count} series");
        foreach (var series in Series.Take(SeriesShown))
        {
            text.Append("\n      ").Append(series.Labels);
            for (var i = 0; i < Math.Min(series.Times.Length, PointsShown); i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {series.Values[i]:R} @{series.Times[i] / 1000.0:R}");
            }

            text.Append(series.Times.Length > PointsShown ? " …" : "");
        }

        return text.Append(Series.Count > SeriesShown ? "\n      …" : "").ToString();
    }
}
