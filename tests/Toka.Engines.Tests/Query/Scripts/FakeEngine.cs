using Toka.Query;
using Toka.Query.PromQL.Scripts;
using Toka.Query.PromQL.Scripts.Judging;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query.Scripts;

/// <summary>An engine that answers what a test says, and remembers what it was asked.</summary>
internal sealed class FakeEngine(Func<QueryRequest, QueryResult> answer) : IQueryEngine
{
    public List<QueryRequest> Requests { get; } = [];

    public ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return ValueTask.FromResult(answer(request));
    }

    /// <summary>An answer that comes for an instant query, and within a range query as its middle.</summary>
    public static FakeEngine Of(QueryValue value, string[]? warnings = null, string[]? infos = null) =>
        new(request => Result(request.IsRange && value is not MatrixValue ? AsRange(value, request.StartMs + request.StepMs) : value, warnings, infos));

    public static FakeEngine Failing(string message) => new(_ => throw new QueryException(QueryErrorType.Execution, message));

    public static QueryResult Result(QueryValue value, string[]? warnings = null, string[]? infos = null) =>
        new(value, warnings ?? [], infos ?? [], new QueryStatistics(0, 0, TimeSpan.Zero));

    /// <summary>Judges the only eval of a script.</summary>
    public async Task<EvalFailure?> JudgeAsync(string script) => await new EvalJudge(this).JudgeAsync(
        PromQlScript.Parse("x.test", script).Commands.OfType<EvalCommand>().Single(), TestContext.Current.CancellationToken);

    public static MatrixValue AsRange(QueryValue value, long timeMs) => new(value switch
    {
        ScalarValue scalar => [new MatrixSeries(Core.Labels.LabelSet.Empty, new[] { timeMs }, new[] { scalar.Value })],
        VectorValue vector => [.. vector.Samples.OrderBy(static sample => sample.Labels).Select(sample => sample.Histogram is { } histogram
            ? new MatrixSeries(sample.Labels, default, default) { HistogramTimestamps = new[] { timeMs }, Histograms = new[] { histogram } }
            : new MatrixSeries(sample.Labels, new[] { timeMs }, new[] { sample.Value }))],
        _ => [],
    });
}
