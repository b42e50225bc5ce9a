using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>
/// Asks what an <c>eval</c> asks and judges the answers. An instant query is asked again at other times with its selectors fixed
/// to the moment, and each time also as the middle of a range query: the answer must be the same.
/// </summary>
internal sealed partial class EvalJudge(IQueryEngine engine)
{
    private const long NeighbourMs = 60_000;

    public async ValueTask<EvalFailure?> JudgeAsync(EvalCommand eval, CancellationToken cancellationToken)
    {
        if (eval.IsRange)
        {
            return await JudgeRangeAsync(eval, cancellationToken);
        }

        foreach (var (expression, timeMs) in FixedSelectors.Variants(eval.Expression, eval.AtMs).Prepend((eval.Expression, eval.AtMs)))
        {
            if (await JudgeInstantAsync(eval, expression, timeMs, cancellationToken) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private async ValueTask<EvalFailure?> JudgeRangeAsync(EvalCommand eval, CancellationToken cancellationToken)
    {
        var query = RangeText(eval.Expression, eval.StartMs, eval.EndMs, eval.StepMs);
        QueryResult result;
        try
        {
            result = await engine.RangeAsync(eval.Expression, eval.StartMs, eval.EndMs, eval.StepMs, cancellationToken);
        }
        catch (QueryException e) when (!cancellationToken.IsCancellationRequested)
        {
            return FailureChecks.Fault(eval, e)?.Of(query);
        }

        return (FailureChecks.Fault(eval) ?? AnnotationChecks.Fault(eval, result) ?? ValueChecks.Fault(eval, result.Value))?.Of(query);
    }

    private async ValueTask<EvalFailure?> JudgeInstantAsync(EvalCommand eval, string expression, long timeMs, CancellationToken cancellationToken)
    {
        var query = $"{expression} at {NumberFormat.PrintDuration(timeMs)}";
        QueryResult result;
        try
        {
            result = await engine.InstantAsync(expression, timeMs, cancellationToken);
        }
        catch (QueryException e) when (!cancellationToken.IsCancellationRequested)
        {
            return FailureChecks.Fault(eval, e)?.Of(query);
        }

        var fault = FailureChecks.Fault(eval) ?? AnnotationChecks.Fault(eval, result) ?? ValueChecks.Fault(eval, result.Value);
        if (fault is not null)
        {
            return fault.Of(query);
        }

        // These are other things in a range query.
        return eval.IsRangeVector || eval.Text is not null || BoundsPattern().IsMatch(expression)
            ? null
            : await JudgeAsRangeAsync(eval, expression, timeMs, result.Value is ScalarValue, cancellationToken);
    }

    private async ValueTask<EvalFailure?> JudgeAsRangeAsync(EvalCommand eval, string expression, long timeMs, bool isScalar, CancellationToken cancellationToken)
    {
        var (startMs, endMs) = (timeMs - NeighbourMs, timeMs + NeighbourMs);
        var query = RangeText(expression, startMs, endMs, NeighbourMs);
        QueryResult result;
        try
        {
            result = await engine.RangeAsync(expression, startMs, endMs, NeighbourMs, cancellationToken);
        }
        catch (QueryException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new Fault("as a range query it fails, and as an instant query it does not", ExpectedText.Value(eval), [e.Message]).Of(query);
        }

        if (eval.Expects(ExpectationKind.Ordered))
        {
            return null;
        }

        var matrix = (MatrixValue)result.Value;
        var fault = ValueChecks.OrderFault(matrix) ?? ValueChecks.Fault(eval, MiddleOf(matrix, timeMs, isScalar));
        return fault?.Of(query);
    }

    private static QueryValue MiddleOf(MatrixValue matrix, long timeMs, bool isScalar)
    {
        var samples = new List<VectorSample>();
        foreach (var series in matrix.Series)
        {
            var at = series.Timestamps.Span.IndexOf(timeMs);
            if (at >= 0)
            {
                samples.Add(new VectorSample(series.Labels, timeMs, series.Values.Span[at]));
            }

            at = series.HistogramTimestamps.Span.IndexOf(timeMs);
            if (at >= 0)
            {
                samples.Add(new VectorSample(series.Labels, timeMs, 0, series.Histograms.Span[at]));
            }
        }

        return isScalar && samples is [{ Histogram: null } scalar] && scalar.Labels == LabelSet.Empty
            ? new ScalarValue(timeMs, scalar.Value)
            : new VectorValue(samples);
    }

    private static string RangeText(string expression, long startMs, long endMs, long stepMs) =>
        $"{expression} from {NumberFormat.PrintDuration(startMs)} to {NumberFormat.PrintDuration(endMs)} step {NumberFormat.PrintDuration(stepMs)}";

    [GeneratedRegex(@"(start|end|range|step)\(\)", RegexOptions.CultureInvariant)]
    private static partial Regex BoundsPattern();
}

/// <summary>What an answer has wrong.</summary>
/// <param name="Message">In a sentence.</param>
/// <param name="Expected">All that must come.</param>
/// <param name="Actual">All that came.</param>
internal sealed record Fault(string Message, IReadOnlyList<string> Expected, IReadOnlyList<string> Actual)
{
    public EvalFailure Of(string query) => new(query, Message, Expected, Actual);
}
