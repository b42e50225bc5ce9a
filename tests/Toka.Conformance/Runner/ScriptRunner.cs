using System.Text.RegularExpressions;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query;
using Toka.Query.Results;

namespace Toka.Conformance.Runner;

internal enum Outcome
{
    Passed,
    Failed,

    /// <summary>The script speaks of native histograms or start timestamps, which the engine does not have yet.</summary>
    Unsupported,
}

/// <summary>How one <c>eval</c> went.</summary>
internal sealed record EvalOutcome(EvalCommand Command, Outcome Outcome, string Message);

/// <summary>Runs scripts against an engine, and each instant query a second time as the middle of a range query.</summary>
internal sealed class ScriptRunner
{
    private const long RangeStepMs = 60_000;

    private readonly MemoryReader _reader = new();
    private readonly QueryEngine _engine;

    public ScriptRunner() => _engine = new QueryEngine(
        _reader,
        QueryOptions.Default with
        {
            ExperimentalFunctions = true,
            DelayedNameRemoval = true,
            ExtendedRangeSelectors = true,
            FillModifiers = true,
            StartTimestamps = true,
            TypeAndUnitLabels = true,
        },
        TimeProvider.System);

    public async Task<List<EvalOutcome>> RunAsync(Script script)
    {
        var outcomes = new List<EvalOutcome>();
        foreach (var command in script.Commands)
        {
            switch (command)
            {
                case ClearCommand:
                    _reader.Clear();
                    break;
                case LoadCommand load:
                    Load(load);
                    break;
                case EvalCommand eval:
                    outcomes.Add(await EvaluateAsync(eval));
                    break;
            }
        }

        return outcomes;
    }

    private void Load(LoadCommand load)
    {
        foreach (var line in load.Series)
        {
            if (load.IsWithHistograms && line.Labels["__name__"].EndsWith("_bucket", StringComparison.Ordinal))
            {
                var builder = line.Labels.ToBuilder();
                builder.Set("__name__", line.Labels["__name__"][..^"_bucket".Length]);
                builder.Remove("le");
                _reader.AddHistogram(builder.Build());
            }

            for (var i = 0; i < line.Points.Count; i++)
            {
                switch (line.Points[i].Kind)
                {
                    case PointKind.Float:
                        _reader.Add(line.Labels, i * load.StepMs, line.Points[i].Value);
                        break;
                    case PointKind.Stale:
                        _reader.Add(line.Labels, i * load.StepMs, StaleMarker.Value);
                        break;
                    case PointKind.Histogram or PointKind.Unknown:
                        _reader.AddHistogram(line.Labels);
                        break;
                }
            }
        }
    }

    private async Task<EvalOutcome> EvaluateAsync(EvalCommand eval)
    {
        _reader.MetHistogram = false;
        var fault = await FaultOfAsync(eval);
        if (fault is null)
        {
            return new EvalOutcome(eval, Outcome.Passed, "");
        }

        var isHistogram = _reader.MetHistogram || eval.Expected.Exists(line => line.Points.Exists(point => point.Kind is PointKind.Histogram or PointKind.Unknown));
        return new EvalOutcome(eval, isHistogram ? Outcome.Unsupported : Outcome.Failed, fault);
    }

    private async Task<string?> FaultOfAsync(EvalCommand eval)
    {
        QueryResult result;
        try
        {
            result = eval.IsRange
                ? await _engine.RangeAsync(eval.Expression, eval.StartMs, eval.EndMs, eval.StepMs, CancellationToken.None)
                : await _engine.InstantAsync(eval.Expression, eval.StartMs, CancellationToken.None);
        }
        catch (QueryException e)
        {
            return FaultOfFailure(eval, e);
        }

        if (eval.Expects("fail"))
        {
            return "the query should have failed";
        }

        var fault = AnnotationChecks.Fault(eval, "warn", result.Warnings)
            ?? AnnotationChecks.Fault(eval, "info", result.Infos)
            ?? ResultChecks.Fault(eval, result.Value);
        return fault is null && !eval.IsRange && result.Value is VectorValue vector ? await FaultOfRangeAsync(eval, vector) : fault;
    }

    private static string? FaultOfFailure(EvalCommand eval, QueryException failure)
    {
        if (!eval.Expects("fail"))
        {
            return $"the query failed: {failure.Message}";
        }

        foreach (var expectation in eval.Expectations)
        {
            if (expectation.Type != "fail" || expectation.Text.Length == 0)
            {
                continue;
            }

            var text = AnnotationChecks.Unquote(expectation.Text);
            var fits = expectation.Match == "regex" ? Regex.IsMatch(failure.Message, text) : failure.Message == text;
            if (!fits)
            {
                return $"failed with \"{failure.Message}\" instead of \"{text}\"";
            }
        }

        return null;
    }

    /// <summary>The same expression over a grid that has the instant in its middle must say the same there.</summary>
    private async Task<string?> FaultOfRangeAsync(EvalCommand eval, VectorValue instant)
    {
        // These mean the query's own bounds, which are others for a range.
        if (Regex.IsMatch(eval.Expression, @"\b(start|end|step|range)\s*\(\s*\)"))
        {
            return null;
        }

        QueryResult range;
        try
        {
            range = await _engine.RangeAsync(eval.Expression, eval.StartMs - RangeStepMs, eval.StartMs + RangeStepMs, RangeStepMs, CancellationToken.None);
        }
        catch (QueryException e) when (e.Message.Contains("labelset", StringComparison.Ordinal) || e.Message.Contains("match", StringComparison.Ordinal)
            || e.Message.Contains("NaN", StringComparison.Ordinal))
        {
            // A neighbouring step may rightly be ambiguous where this one is not.
            return null;
        }
        catch (QueryException e)
        {
            return $"as a range query it failed: {e.Message}";
        }

        var found = new Dictionary<LabelSet, double>();
        foreach (var series in ((MatrixValue)range.Value).Series)
        {
            var at = series.Timestamps.Span.IndexOf(eval.StartMs);
            if (at >= 0)
            {
                found.Add(series.Labels, series.Values.Span[at]);
            }
        }

        foreach (var sample in instant.Samples)
        {
            if (!found.Remove(sample.Labels, out var value) || !ResultChecks.AlmostEqual(sample.Value, value))
            {
                return $"as a range query {sample.Labels} is {value} instead of {sample.Value}";
            }
        }

        return found.Count == 0 ? null : $"as a range query there is also {found.Keys.First()}";
    }
}
