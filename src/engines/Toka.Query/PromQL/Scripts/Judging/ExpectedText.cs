namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Writes what a script expects as an answer, a line a series.</summary>
internal static class ExpectedText
{
    public static IReadOnlyList<string> Value(EvalCommand eval) =>
        eval.Text is { } text ? [Ast.ExprPrinter.Quote(text)]
        : eval.Scalar is { } scalar ? [ScriptText.Number(scalar)]
        : [.. eval.Series.Select(static series => $"{ScriptText.Labels(series.Labels)} {string.Join(' ', series.Points.Select(static point => ScriptText.Point(point)))}")];
}
