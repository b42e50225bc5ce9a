using Toka.Alerting.Rules;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Alerting.Lifecycle;

/// <summary>What a rule's expression gave: its series, or why it gave nothing.</summary>
/// <param name="Samples">The series; empty on failure.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
/// <param name="Elapsed">How long that took; zero where another rule's answer was shared.</param>
internal readonly record struct RuleOutcome(IReadOnlyList<VectorSample> Samples, string? Error, TimeSpan Elapsed = default);

/// <summary>Asks the query engine for the rules' expressions, each expression once an evaluation.</summary>
internal sealed class RuleEvaluator(IQueryEngine engine, SelfMetrics metrics, TimeProvider time)
{
    /// <summary>How long one expression may take: 10 s, so that a heavy one cannot hold up all others for long.</summary>
    public static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(10);

    private readonly SelfCounter _failures = metrics.Counter("toka_rule_evaluation_failures_total", "Rule evaluations that failed; the alerts stayed as they were.");
    private readonly SelfCounter _evaluations = metrics.Counter("toka_rule_evaluations_total", "Rule evaluations, the failed ones included.");

    public async ValueTask<RuleOutcome[]> EvaluateAsync(IReadOnlyList<AlertRule> rules, long nowMs, CancellationToken cancellationToken)
    {
        var outcomes = new RuleOutcome[rules.Count];
        var asked = new Dictionary<string, RuleOutcome>(StringComparer.Ordinal);
        for (var i = 0; i < rules.Count; i++)
        {
            if (!asked.TryGetValue(rules[i].Expression, out outcomes[i]))
            {
                var started = time.GetTimestamp();
                var outcome = await AskAsync(rules[i], nowMs, cancellationToken);
                asked[rules[i].Expression] = outcome;
                outcomes[i] = outcome with { Elapsed = time.GetElapsedTime(started) };
            }

            _evaluations.Add();
            _failures.Add(outcomes[i].Error is null ? 0 : 1);
        }

        return outcomes;
    }

    private async ValueTask<RuleOutcome> AskAsync(AlertRule rule, long nowMs, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(QueryTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var result = await engine.RunAsync(QueryRequest.Instant(rule.Expression, nowMs) with { Origin = QueryOrigin.OfRule(rule.Name) }, either.Token);
            return result.Value switch
            {
                VectorValue vector => new RuleOutcome(vector.Samples, null),
                ScalarValue scalar => new RuleOutcome([new VectorSample(Core.Labels.LabelSet.Empty, nowMs, scalar.Value)], null),
                _ => new RuleOutcome([], "the expression gives neither an instant vector nor a scalar; a rule needs one of them"),
            };
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception) when (timeout.IsCancellationRequested)
        {
            return new RuleOutcome([], $"the query took longer than {QueryTimeout.TotalSeconds:0} s");
        }
        catch (Exception e)
        {
            return new RuleOutcome([], e.Message);
        }
    }
}
