using System.Collections.Concurrent;
using Toka.Core.Limits;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Planning;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>What one query's evaluation shares: its plan, data, limits, annotations and memory. Disposing gives all back.</summary>
internal sealed class QueryContext(QueryPlan plan, QueryOptions options, Annotations annotations, CancellationToken cancellationToken) : IDisposable
{
    private readonly List<StepColumn> _columns = [];
    private readonly ConcurrentBag<Scratch> _idle = [];
    private long _points;
    private long _samples;

    public QueryPlan Plan { get; } = plan;

    public QueryOptions Options { get; } = options;

    public Annotations Annotations { get; } = annotations;

    public LabelOperations Labels { get; } = new(options.TypeAndUnitLabels);

    /// <summary>The selected series, at the places of <see cref="QueryPlan.Fetches"/>.</summary>
    public List<SeriesSet> Sets { get; } = [];

    public long Samples => Interlocked.Read(ref _samples);

    /// <summary>The points held by the columns of this query, which live as long as it.</summary>
    public long Points => Interlocked.Read(ref _points);

    public void CheckCancelled() => cancellationToken.ThrowIfCancellationRequested();

    public SeriesSet SetOf(VectorSelector selector) => Sets[Plan.FetchOf(selector)];

    /// <summary>Counts decoded samples against the limit. Thread-safe.</summary>
    public void CountSamples(long count, Expr culprit)
    {
        CheckLimit(Interlocked.Add(ref _samples, count), culprit);
        CheckCancelled();
    }

    /// <summary>Counts points that the query holds until its end against the limit. Thread-safe.</summary>
    public void CountPoints(long count, Expr culprit)
    {
        CheckLimit(Interlocked.Add(ref _points, count), culprit);
        CheckCancelled();
    }

    /// <summary>A column that lives as long as the query; its content is undefined. Thread-safe.</summary>
    public StepColumn Column(int length, Expr culprit)
    {
        CountPoints(length, culprit);
        var column = new StepColumn(length);
        lock (_columns)
        {
            _columns.Add(column);
        }

        return column;
    }

    /// <summary>A column without samples that lives as long as the query. Thread-safe.</summary>
    public StepColumn AbsentColumn(int length, Expr culprit)
    {
        var column = Column(length, culprit);
        column.Clear();
        return column;
    }

    /// <summary>What reading a series needs for the moment; disposing gives it back. Thread-safe.</summary>
    public Scratch Rent() => _idle.TryTake(out var scratch) ? scratch : new Scratch(this);

    /// <summary>Takes back what was lent. Thread-safe.</summary>
    public void Return(Scratch scratch) => _idle.Add(scratch);

    /// <summary>Brings a vector into memory, for consumers that need all series of a step at once.</summary>
    public ColumnVector Materialize(VectorSource source, StepGrid grid, Expr culprit)
    {
        if (source is ColumnVector already)
        {
            return already;
        }

        var columns = new StepColumn[source.Series.Length];
        ColumnReader.ReadAll(this, source, grid.Count, (i, column) =>
        {
            columns[i] = Column(grid.Count, culprit);
            columns[i].CopyFrom(column);
        });
        return new ColumnVector(source.Series, columns);
    }

    public static QueryException Fail(string message, Expr at) => new(QueryErrorType.Execution, message, at.Position.Start);

    public void Dispose()
    {
        _columns.ForEach(static column => column.Dispose());
        _columns.Clear();
        while (_idle.TryTake(out var scratch))
        {
            scratch.Free();
        }

        Sets.ForEach(static set => set.Dispose());
        Sets.Clear();
    }

    private void CheckLimit(long count, Expr culprit)
    {
        if (count > Options.SamplesMax)
        {
            throw Fail($"query processing would load too many samples into memory in query execution: the limit samples_max is {Options.SamplesMax}, reached by {culprit}; narrow the selector, the range or the step", culprit);
        }

        if (count > Options.HeavySamples && Options.Memory is { Level: MemoryLevel.Critical } memory)
        {
            throw Fail($"{memory}, so queries of more than {Options.HeavySamples} samples are refused until it falls: reached by {culprit}; narrow the selector, the range or the step, or give toka more (--memory)", culprit);
        }
    }
}
