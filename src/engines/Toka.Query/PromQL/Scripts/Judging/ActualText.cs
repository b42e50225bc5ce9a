using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Writes an answer, a line a series.</summary>
internal static class ActualText
{
    /// <summary>Points are at the steps of the command; what lies beside them is written with its time.</summary>
    public static IReadOnlyList<string> Value(EvalCommand eval, QueryValue value) => value switch
    {
        ScalarValue scalar => [ScriptText.Number(scalar.Value)],
        StringValue text => [Ast.ExprPrinter.Quote(text.Value)],
        VectorValue vector => [.. vector.Samples.Select(static sample => $"{ScriptText.Labels(sample.Labels)} {ScriptText.Value(sample.Value, sample.Histogram)}")],
        MatrixValue matrix => [.. matrix.Series.Select(series => $"{ScriptText.Labels(series.Labels)} {Points(eval, series)}")],
        _ => throw new InvalidOperationException($"No text for {value.GetType().Name}."),
    };

    private static string Points(EvalCommand eval, MatrixSeries series)
    {
        var texts = new List<string>();
        var next = eval.StartMs;
        foreach (var (time, text) in Texts(series))
        {
            if (time < next || time > eval.EndMs || (time - next) % eval.StepMs != 0 || !(eval.IsRange || eval.IsRangeVector))
            {
                texts.Add($"{text}@[{ScriptText.Time(time)}]");
                continue;
            }

            var gap = (time - next) / eval.StepMs;
            if (gap > 0)
            {
                texts.Add(gap == 1 ? "_" : $"_x{gap}");
            }

            texts.Add(text);
            next = time + eval.StepMs;
        }

        return string.Join(' ', texts);
    }

    private static IEnumerable<(long TimeMs, string Text)> Texts(MatrixSeries series)
    {
        var texts = new List<(long TimeMs, string Text)>();
        for (var i = 0; i < series.Timestamps.Length; i++)
        {
            texts.Add((series.Timestamps.Span[i], ScriptText.Number(series.Values.Span[i])));
        }

        for (var i = 0; i < series.HistogramTimestamps.Length; i++)
        {
            texts.Add((series.HistogramTimestamps.Span[i], ScriptText.Histogram(series.Histograms.Span[i])));
        }

        return texts.OrderBy(static point => point.TimeMs);
    }
}
