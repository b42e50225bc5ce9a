using Toka.Query.Results;

namespace Toka.Query.PromQL.Scripts.Judging;

/// <summary>Holds warnings and infos against what a script expects.</summary>
internal static class AnnotationChecks
{
    public static Fault? Fault(EvalCommand eval, QueryResult result) =>
        Fault(eval, ExpectationKind.Warn, ExpectationKind.NoWarn, "warning", result.Warnings)
        ?? Fault(eval, ExpectationKind.Info, ExpectationKind.NoInfo, "info", result.Infos);

    private static Fault? Fault(EvalCommand eval, ExpectationKind kind, ExpectationKind none, string what, IReadOnlyList<string> came)
    {
        var expectations = eval.Expectations.FindAll(expectation => expectation.Kind == kind);
        string[] expected = [.. expectations.Select(static expectation => expectation.ToString())];
        if (came.Count > 0 && eval.Expects(none))
        {
            return new Fault(kind == ExpectationKind.Warn ? "there is a warning" : "there is an info", [$"expect {Expectation.NameOf(none)}"], came);
        }

        if (expectations.Count == 0)
        {
            return null;
        }

        if (came.Count == 0)
        {
            return new Fault($"there is no {what}", expected, []);
        }

        if (expectations.Find(expectation => !came.Any(expectation.Fits)) is { } missing)
        {
            return new Fault($"no {what} fits: {missing}", expected, came);
        }

        // The old form allows any, but only of its own.
        return !expectations.Exists(static expectation => expectation.AllowsOthers)
            && came.FirstOrDefault(message => !expectations.Exists(expectation => expectation.Fits(message))) is { } stray
            ? new Fault($"no line expects the {what}: {stray}", expected, came)
            : null;
    }
}
