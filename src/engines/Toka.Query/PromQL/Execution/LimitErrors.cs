using System.Globalization;
using Toka.Core.Limits;
using Toka.Query.PromQL.Ast;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>The refusals of queries that reached a limit: which one by its key in the configuration, its value, who reached it, what to do.</summary>
internal static class LimitErrors
{
    /// <summary>The most characters of an expression that a message shows.</summary>
    private const int ShownMax = 300;

    private const string ByLess = "narrow the selector, the range or the step";

    public static QueryException Samples(long max, long needed, Expr culprit) => Of(
        "samples_max", culprit,
        $"query processing would load too many samples into memory in query execution: at least {needed} are needed and the limit query.samples_max is {max}, reached by {Shown(culprit)}; {ByLess}, or raise the limit");

    public static QueryException SubquerySteps(long max, long needed, Expr culprit) => Of(
        "samples_max", culprit,
        $"subquery {Shown(culprit)} has {needed} steps; the limit query.samples_max is {max}; use a longer step or a shorter range");

    public static QueryException Memory(long max, long needed, Expr culprit) => Of(
        "memory_max", culprit,
        $"the query would hold {Mebibytes(needed)} or more; the limit query.memory_max is {Mebibytes(max)}, reached by {Shown(culprit)}; {ByLess}, aggregate earlier, or raise the limit");

    public static QueryException Series(int max, string found, Expr culprit) => Of(
        "series_max", culprit,
        $"selector {Shown(culprit)} finds {found} series; the limit query.series_max is {max}; narrow it by a label, or raise the limit");

    public static QueryException Pressure(MemoryBudget memory, long heavy, Expr culprit) => Of(
        "memory", culprit,
        $"{memory}, so queries of more than {heavy} samples are refused until it falls: reached by {Shown(culprit)}; {ByLess}, or give toka more (--memory)");

    public static QueryException Timeout(TimeSpan max, bool isAskedFor, Expr? culprit)
    {
        var limit = isAskedFor ? "the timeout that the request asked for" : "the limit query.timeout";
        var at = culprit is null ? "" : $" at {Shown(culprit)}";
        return new QueryException(
            QueryErrorType.Timeout,
            string.Create(CultureInfo.InvariantCulture, $"query timed out after {max.TotalSeconds:0.###} s, {limit}, in expression evaluation{at}; narrow the selector or the range{(isAskedFor ? "" : ", or raise the limit")}"),
            culprit?.Position.Start ?? -1) { Limit = "timeout" };
    }

    /// <summary>An expression as messages show it: cut where it is long.</summary>
    public static string Shown(Expr expression)
    {
        var text = expression.ToString();
        return text.Length <= ShownMax ? text : string.Concat(text.AsSpan(0, ShownMax), "…");
    }

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.##} MiB");

    private static QueryException Of(string limit, Expr culprit, FormattableString message) =>
        new(QueryErrorType.Execution, FormattableString.Invariant(message), culprit.Position.Start) { Limit = limit };
}
