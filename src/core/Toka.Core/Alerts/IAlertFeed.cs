namespace Toka.Core.Alerts;

/// <summary>The alerts as other parts and pages see them. Thread-safe.</summary>
public interface IAlertFeed
{
    /// <summary>Alerts which are pending, active, acknowledged or lately resolved; the worst and newest first.</summary>
    IReadOnlyList<Alert> Current { get; }

    /// <summary>The rules in force, for display.</summary>
    IReadOnlyList<AlertRuleStatus> Rules { get; }

    /// <summary>How often all rules are evaluated.</summary>
    TimeSpan Interval { get; }

    /// <summary>Counts up with every change of <see cref="Current"/>.</summary>
    long Version { get; }

    /// <summary>Takes an active alert on.</summary>
    /// <param name="id">The alert's id.</param>
    /// <param name="by">Who; not empty.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The alert afterwards, or null where no active alert has this id.</returns>
    ValueTask<Alert?> AcknowledgeAsync(string id, string by, CancellationToken cancellationToken);

    /// <summary>What happened to alerts, newest first: every change of state.</summary>
    /// <param name="id">Of one alert; null for all.</param>
    /// <param name="fromMs">Not older than this, ms since the Unix epoch.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<Alert>> HistoryAsync(string? id, long fromMs, int limit, CancellationToken cancellationToken);
}

/// <summary>A rule and how its last evaluation went.</summary>
/// <param name="Name">The rule's name.</param>
/// <param name="Severity">The severity of its alerts.</param>
/// <param name="Expression">The whole PromQL expression.</param>
/// <param name="ForMs">How long the condition must hold, in ms.</param>
/// <param name="Matched">How many series its expression found before the comparison: with none the rule is blind.</param>
/// <param name="LastEvaluationMs">When it was last evaluated, ms since the Unix epoch; 0 for never.</param>
/// <param name="LastError">Why the last evaluation failed; null where it did not.</param>
public sealed record AlertRuleStatus(
    string Name, Severity Severity, string Expression, long ForMs, int Matched, long LastEvaluationMs, string? LastError)
{
    /// <summary>How long the last evaluation took; rules with the same expression share one, and then it is told once.</summary>
    public TimeSpan LastElapsed { get; init; }
}
