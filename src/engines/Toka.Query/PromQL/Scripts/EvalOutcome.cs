namespace Toka.Query.PromQL.Scripts;

/// <summary>How one <c>eval</c> of a script went.</summary>
/// <param name="Script">The script's name.</param>
/// <param name="Line">The line of the command, from 1.</param>
/// <param name="Expression">The query as the script writes it.</param>
/// <param name="Failure">What was not as it must be; null where all was.</param>
public sealed record EvalOutcome(string Script, int Line, string Expression, EvalFailure? Failure)
{
    /// <summary>Whether everything was as it must be.</summary>
    public bool HasPassed => Failure is null;
}

/// <summary>What was not as a script says. Series, points and histograms are written as scripts write them.</summary>
/// <param name="Query">
/// What was asked, with its time. Instant queries are asked again with their selectors fixed to the moment, and as the middle of
/// a range query, so it may be another expression than the script's.
/// </param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Expected">All that must come, a line each.</param>
/// <param name="Actual">All that came, a line each.</param>
public sealed record EvalFailure(string Query, string Message, IReadOnlyList<string> Expected, IReadOnlyList<string> Actual);
