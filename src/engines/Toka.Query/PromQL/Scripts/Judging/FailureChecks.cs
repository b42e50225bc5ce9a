using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Judges whether a query may, or must, fail.</summary>
internal static class FailureChecks
{
    /// <summary>Of a query that failed.</summary>
    public static Fault? Fault(EvalCommand eval, QueryException failure)
    {
        var expectations = eval.Expectations.FindAll(static expectation => expectation.Kind == ExpectationKind.Fail);
        if (expectations.Count == 0)
        {
            return new Fault("the query fails", ExpectedText.Value(eval), [failure.Message]);
        }

        return expectations.TrueForAll(expectation => expectation.Fits(failure.Message))
            ? null
            : new Fault("the query fails with another message", [.. expectations.Select(static expectation => expectation.ToString())], [failure.Message]);
    }

    /// <summary>Of a query that did not fail.</summary>
    public static Fault? Fault(EvalCommand eval)
    {
        var expectations = eval.Expectations.FindAll(static expectation => expectation.Kind == ExpectationKind.Fail);
        return expectations.Count == 0
            ? null
            : new Fault("the query does not fail", [.. expectations.Select(static expectation => expectation.ToString())], ["an answer"]);
    }
}
