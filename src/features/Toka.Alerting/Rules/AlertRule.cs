using Toka.Core.Alerts;

namespace Toka.Alerting.Rules;

/// <summary>A rule ready to be evaluated.</summary>
/// <param name="Name">Its name, which is unique.</param>
/// <param name="Expression">PromQL without the comparison.</param>
/// <param name="Condition">When it holds.</param>
/// <param name="Severity">The severity of its alerts.</param>
/// <param name="ForMs">How long the condition must hold, in ms.</param>
/// <param name="CooldownMs">For how long after an alert's end nobody is notified of its return, in ms.</param>
/// <param name="Title">What its value is called in a sentence.</param>
/// <param name="Unit">The value's unit; may be empty.</param>
/// <param name="Subject">The label that a sentence names first; may be empty.</param>
/// <param name="Summary">A user's own sentence; null for the standard one.</param>
/// <param name="YieldsTo">The name of the rule whose active alert about the same thing silences this one's; null where there is none.</param>
internal sealed record AlertRule(
    string Name, string Expression, Condition Condition, Severity Severity, long ForMs, long CooldownMs,
    string Title, string Unit, string Subject, string? Summary, string? YieldsTo)
{
    /// <summary>The whole rule as PromQL.</summary>
    public string PromQL => Condition.ToPromQL(Expression);
}
