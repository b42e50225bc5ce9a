using Toka.Query.PromQL.Scripts.Data;
using Toka.Query.PromQL.Scripts.Judging;

namespace Toka.Query.PromQL.Scripts;

/// <summary>Runs scripts straight on the query engine, each from an empty store. Thread-safe.</summary>
/// <param name="time">The clock of the queries' timeout.</param>
public sealed class ScriptRunner(TimeProvider time)
{
    /// <summary>What scripts assume of the engine: every feature that a server has a switch for is on.</summary>
    public static QueryOptions Options { get; } = QueryOptions.Default with
    {
        LookbackDelta = TimeSpan.FromMinutes(5),
        DefaultSubqueryStep = TimeSpan.FromMinutes(1),
        SamplesMax = 10_000,
        ExperimentalFunctions = true,
        DelayedNameRemoval = true,
        ExtendedRangeSelectors = true,
        FillModifiers = true,
        StartTimestamps = true,
        TypeAndUnitLabels = true,
    };

    /// <summary>Runs a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>What became of each <c>eval</c>, in the order of the script.</returns>
    public async ValueTask<IReadOnlyList<EvalOutcome>> RunAsync(PromQlScript script, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(script);
        var storage = new ScriptStorage(script.Name);
        var judge = new EvalJudge(new QueryEngine(storage, Options, time));
        var outcomes = new List<EvalOutcome>();
        foreach (var command in script.Commands)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (command)
            {
                case ClearCommand:
                    storage.Clear();
                    break;
                case LoadCommand load:
                    storage.Load(load);
                    break;
                case EvalCommand eval:
                    outcomes.Add(new EvalOutcome(script.Name, eval.Line, eval.Expression, await judge.JudgeAsync(eval, cancellationToken)));
                    break;
            }
        }

        return outcomes;
    }
}
