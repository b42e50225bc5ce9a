using Toka.Core.Errors;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Parsing;
using Toka.Query.PromQL.Planning;
using Toka.Query.Results;

namespace Toka.Query;

/// <summary>Answers PromQL from a reader of series: parse, plan, select, evaluate. Thread-safe; holds nothing between queries.</summary>
/// <param name="reader">Where the samples are.</param>
/// <param name="options">Limits and functions.</param>
/// <param name="time">The clock of the timeout and of the statistics.</param>
public sealed class QueryEngine(ISeriesReader reader, QueryOptions options, TimeProvider time) : IQueryEngine
{
    /// <summary>Times beyond this (31 million years) are refused: sums of times and durations must fit 64 bits.</summary>
    private const long TimeMaxMs = 1_000_000_000_000_000_000;

    /// <inheritdoc/>
    public async ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var started = time.GetTimestamp();
        var asked = OptionsOf(request);
        var grid = GridOf(request, asked);
        var root = DurationResolution.Resolve(
            PromQlParser.Parse(request.Expression, asked),
            request.Expression,
            request.IsRange ? request.StepMs : 0,
            request.IsRange ? request.EndMs - request.StartMs : 0);
        if (request.IsRange && root.Type is not (ExprType.Scalar or ExprType.InstantVector))
        {
            throw new QueryException(QueryErrorType.BadData, $"invalid expression type \"{Names.Of(root.Type)}\" for range query, must be Scalar or instant Vector", 0);
        }

        var plan = QueryPlan.Build(root, grid, request.IsRange ? request.EndMs : request.StartMs, request.IsRange, asked);
        using var timeout = new CancellationTokenSource(asked.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var annotations = new Annotations(request.Expression);
        using var context = new QueryContext(plan, asked, annotations, request.Progress ?? new QueryProgress(), either.Token)
        {
            Profiler = request.WantsProfile ? new QueryProfiler(time) : null,
        };
        try
        {
            var preparing = time.GetElapsedTime(started);
            await SelectAsync(context, asked, either.Token);
            var selecting = time.GetElapsedTime(started) - preparing;
            var value = new Evaluator(context).Evaluate(root, context.Plan.Grid);
            QueryValue answer = context.Plan.IsRange ? ResultBuilder.Range(context, value) : ResultBuilder.Instant(context, value);
            var elapsed = time.GetElapsedTime(started);
            TakeNotes(context);
            var statistics = new QueryStatistics(context.Progress.Series, context.Samples, elapsed)
            {
                PeakPoints = context.Progress.PeakPoints,
                Profile = context.Profiler?.Finish(context, preparing, selecting, elapsed - preparing - selecting),
            };
            return new QueryResult(answer, annotations.Warnings, annotations.Infos, statistics);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested || time.GetElapsedTime(started) >= asked.Timeout)
        {
            // Whoever else gave up by now, the time was over before.
            throw LimitErrors.Timeout(asked.Timeout, asked.Timeout < options.Timeout, context.LastWork);
        }
        catch (OperationCanceledException)
        {
            throw new QueryException(QueryErrorType.Canceled, "query was canceled by its caller");
        }
    }

    private QueryOptions OptionsOf(QueryRequest request)
    {
        if (request.LookbackDelta is { } lookback && lookback <= TimeSpan.Zero)
        {
            throw new QueryException(QueryErrorType.BadData, "lookback_delta must be above 0");
        }

        return options with
        {
            LookbackDelta = request.LookbackDelta ?? options.LookbackDelta,
            Timeout = request.Timeout is { } timeout && timeout < options.Timeout ? timeout : options.Timeout,
            PrefersRaw = options.PrefersRaw || request.PrefersRaw,
        };
    }

    private static StepGrid GridOf(QueryRequest request, QueryOptions options)
    {
        CheckTime(request.StartMs);
        if (!request.IsRange)
        {
            return new StepGrid(request.StartMs, 1, 1);
        }

        CheckTime(request.EndMs);
        if (request.StepMs <= 0)
        {
            throw new QueryException(QueryErrorType.BadData, "zero or negative query resolution step widths are not accepted. Try a positive integer");
        }

        if (request.EndMs < request.StartMs)
        {
            throw new QueryException(QueryErrorType.BadData, "end timestamp must not be before start time");
        }

        var steps = ((request.EndMs - request.StartMs) / request.StepMs) + 1;
        // As Prometheus counts: a range of just so many steps has one point more.
        return steps - 1 <= options.PointsPerSeriesMax
            ? new StepGrid(request.StartMs, request.StepMs, (int)steps)
            : throw new QueryException(
                QueryErrorType.BadData,
                FormattableString.Invariant($"exceeded maximum resolution of {options.PointsPerSeriesMax:N0} points per timeseries: the range has {steps - 1:N0} steps. Try a larger step (?step=XX), a shorter range, or raise the limit query.points_per_series_max"))
            { Limit = "points_per_series_max" };
    }

    private static long CheckTime(long timeMs) => Math.Abs((decimal)timeMs) <= TimeMaxMs
        ? timeMs
        : throw new QueryException(QueryErrorType.BadData, $"time {timeMs} ms is out of bounds; it is counted in milliseconds since the Unix epoch");

    private async ValueTask SelectAsync(QueryContext context, QueryOptions asked, CancellationToken cancellationToken)
    {
        foreach (var (request, selector) in context.Plan.Fetches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Evaluating = selector;
            var started = time.GetTimestamp();
            try
            {
                var narrowed = context.Plan.InfoCallOf(context.Sets.Count) is { } info ? InfoSelection.Narrow(request, info, context) : request;
                var set = await reader.SelectAsync(narrowed, cancellationToken);
                context.Sets.Add(set);
                context.Progress.AddSeries(set.Count);
                if (set.Count > asked.SeriesMax)
                {
                    throw LimitErrors.Series(asked.SeriesMax, FormattableString.Invariant($"{set.Count}"), selector);
                }
            }
            catch (LimitExceededException e)
            {
                throw e.Needed is { } needed
                    ? LimitErrors.Series(asked.SeriesMax, FormattableString.Invariant($"at least {needed}"), selector)
                    : QueryContext.Fail($"selector {LimitErrors.Shown(selector)}: {e.Message}", selector);
            }

            context.Profiler?.AddFetch(time.GetElapsedTime(started));
        }

        context.Evaluating = context.Plan.Root;
    }

    /// <summary>What the store has to say. Damage is found when series are read, so this comes after the evaluation.</summary>
    private static void TakeNotes(QueryContext context)
    {
        foreach (var set in context.Sets)
        {
            foreach (var warning in set.Warnings)
            {
                context.Annotations.FromStore(warning);
            }

            foreach (var info in set.Infos)
            {
                context.Annotations.InformFromStore(info);
            }
        }
    }
}
