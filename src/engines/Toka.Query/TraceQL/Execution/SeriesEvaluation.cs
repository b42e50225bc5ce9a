using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Computes series of spans: by the reader where it can, else by going through the traces. One for each query.</summary>
internal sealed class SeriesEvaluation(ISpanReader reader, TraceQlOptions options, TraceQlQuery query, StepGrid grid, int exemplarsMax, TimeProvider time)
{
    // Stretches of the range that exemplars are taken from, so that not all are of its end.
    private const int ExemplarSlices = 8;

    private readonly MetricsStage _stage = query.Metrics!;
    private readonly SpanValues _values = new();

    public async ValueTask<TraceQlSeriesResult> RunAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.Timeout, time, cancellationToken);
        var plan = SearchPlan.Of(query.Spans);
        if (_stage.Function == MetricsFunction.Compare)
        {
            return await new ComparisonEvaluation(reader, options, query, grid).RunAsync(deadline);
        }

        var measure = _stage.Measure is null ? null : FieldMapping.Of(_stage.Measure);
        var by = _stage.By.Select(FieldMapping.Of).ToList();
        var isPlain = plan.ExactSpans is not null && (_stage.Measure is null || measure is not null) && by.TrueForAll(field => field is not null);
        var builder = new SeriesBuilder(_stage, grid);
        var cost = isPlain
            ? await AggregateAsync(plan.ExactSpans!, measure, [.. by.Select(field => field!.Value)], builder, deadline)
            : await WalkAsync(plan, builder, deadline);
        var (series, isCut) = builder.ToSeries(query.SeriesStages, options.SeriesMax);
        return new TraceQlSeriesResult(grid.StartNs, grid.StepNs, grid.Count, series, cost with { IsCut = cost.IsCut || isCut });
    }

    private async ValueTask<SearchCost> AggregateAsync(Condition condition, Field? measure, IReadOnlyList<Field> by, SeriesBuilder builder, Deadline deadline)
    {
        try
        {
            // Steps are counted from the first one's beginning, which may be before the range.
            var groups = await reader.AggregateAsync(
                new EventAggregation
                {
                    Condition = condition & grid.Within,
                    Range = new EventRange(grid.StartNs, grid.Range.ToNs),
                    StepNs = grid.Count == 1 ? 0 : grid.StepNs,
                    By = by,
                    Measure = measure,
                    WithBuckets = _stage.Function is MetricsFunction.QuantileOverTime or MetricsFunction.HistogramOverTime,
                    Limit = Math.Max(10_000, options.SeriesMax * grid.Count),
                },
                deadline.Token);
            builder.Add(groups.Groups);
            var cost = groups.Cost;
            foreach (var span in await ExemplarsAsync(condition, deadline.Token))
            {
                AddExemplar(builder, new TraceView([span]), 0);
            }

            return cost;
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            return new SearchCost(0, 0, 0, true);
        }
    }

    private async ValueTask<List<SpanRecord>> ExemplarsAsync(Condition condition, CancellationToken cancellationToken)
    {
        var found = new List<SpanRecord>();
        if (exemplarsMax <= 0)
        {
            return found;
        }

        var slices = Math.Min(ExemplarSlices, grid.Count);
        var each = Math.Max(1, exemplarsMax / slices);
        var length = ((grid.Range.ToNs - grid.Range.FromNs) / slices) + 1;
        for (var i = 0; i < slices; i++)
        {
            var from = grid.Range.FromNs + (i * length);
            var slice = new EventRange(from, Math.Min(from + length - 1, grid.Range.ToNs));
            found.AddRange((await reader.FindAsync(new SpanQuery { Condition = condition, Range = slice, Limit = each }, cancellationToken)).Spans);
        }

        return found;
    }

    private async ValueTask<SearchCost> WalkAsync(SearchPlan plan, SeriesBuilder builder, Deadline deadline)
    {
        var walk = new TraceWalk(reader, options, plan, grid.Range);
        var groups = new SpanGroups();
        var perStep = (exemplarsMax / Math.Min(grid.Count, ExemplarSlices)) + 1;
        var exemplars = new Dictionary<int, int>();
        var kept = new List<(TraceView Trace, int Span)>();
        var isOver = false;
        try
        {
            await foreach (var hit in walk.WalkAsync(options.TracesMax, deadline.Token))
            {
                foreach (var span in hit.Sets.SelectMany(set => set.Spans).Distinct())
                {
                    var measure = MeasureOf(hit.Trace, span);
                    if (_stage.Measure is not null && double.IsNaN(measure))
                    {
                        continue;
                    }

                    var step = grid.StepOf(hit.Trace.Spans[span].StartNs);
                    groups.Add(step, ByOf(hit.Trace, span), measure);
                    if (kept.Count < exemplarsMax && exemplars.GetValueOrDefault(step) < perStep)
                    {
                        exemplars[step] = exemplars.GetValueOrDefault(step) + 1;
                        kept.Add((hit.Trace, span));
                    }
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            isOver = true;
        }

        builder.Add(groups.ToGroups());
        kept.ForEach(one => AddExemplar(builder, one.Trace, one.Span));
        return walk.Cost with { IsCut = walk.Cost.IsCut || isOver };
    }

    private IReadOnlyList<AttributeValue> ByOf(TraceView trace, int span) => [.. _stage.By.Select(field => _values.ShownValueOf(field, trace, span))];

    private double MeasureOf(TraceView trace, int span) => _stage.Measure is null ? double.NaN : _values.ValueOf(_stage.Measure, trace, span).Number;

    private void AddExemplar(SeriesBuilder builder, TraceView trace, int span)
    {
        var record = trace.Spans[span];
        builder.AddExemplar(ByOf(trace, span), MeasureOf(trace, span), new TraceQlExemplar(record.TraceId, record.SpanId, record.StartNs, double.NaN));
    }
}
