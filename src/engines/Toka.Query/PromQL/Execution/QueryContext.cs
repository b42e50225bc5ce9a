using System.Buffers;
using Toka.Core.Limits;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Planning;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>What one query's evaluation shares: its plan, data, limits, annotations and memory. Disposing gives all back.</summary>
internal sealed class QueryContext(QueryPlan plan, QueryOptions options, Annotations annotations, CancellationToken cancellationToken) : IDisposable
{
    private readonly List<double[]> _rented = [];
    private readonly List<IDisposable> _owned = [];
    private long _points;

    public QueryPlan Plan { get; } = plan;

    public QueryOptions Options { get; } = options;

    public Annotations Annotations { get; } = annotations;

    public LabelOperations Labels { get; } = new();

    /// <summary>The selected series, at the places of <see cref="QueryPlan.Fetches"/>.</summary>
    public List<SeriesSet> Sets { get; } = [];

    public long Samples { get; private set; }

    public void CheckCancelled() => cancellationToken.ThrowIfCancellationRequested();

    public SeriesSet SetOf(VectorSelector selector) => Sets[Plan.FetchOf(selector)];

    /// <summary>Counts decoded samples against the limit.</summary>
    public void CountSamples(long count, Expr culprit)
    {
        Samples += count;
        CheckLimit(Samples, culprit);
        CheckCancelled();
    }

    /// <summary>A column that lives as long as the query; its content is undefined.</summary>
    public Memory<double> Column(int length, Expr culprit)
    {
        _points += length;
        CheckLimit(_points, culprit);
        CheckCancelled();
        var array = ArrayPool<double>.Shared.Rent(length);
        _rented.Add(array);
        return array.AsMemory(0, length);
    }

    public Memory<double> AbsentColumn(int length, Expr culprit)
    {
        var column = Column(length, culprit);
        column.Span.Fill(Absent.Value);
        return column;
    }

    /// <summary>A column of samples that lives as long as the query.</summary>
    public FloatColumn SampleColumn()
    {
        var column = new FloatColumn();
        _owned.Add(column);
        return column;
    }

    /// <summary>A column of summaries that lives as long as the query.</summary>
    public SummaryColumn SummaryColumn()
    {
        var column = new SummaryColumn();
        _owned.Add(column);
        return column;
    }

    /// <summary>Brings a vector into memory, for consumers that need all series of a step at once.</summary>
    public ColumnVector Materialize(VectorSource source, StepGrid grid, Expr culprit)
    {
        if (source is ColumnVector already)
        {
            return already;
        }

        var columns = new Memory<double>[source.Series.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Column(grid.Count, culprit);
            source.Read(i, columns[i].Span);
        }

        return new ColumnVector(source.Series, columns);
    }

    public static QueryException Fail(string message, Expr at) => new(QueryErrorType.Execution, message, at.Position.Start);

    public void Dispose()
    {
        foreach (var array in _rented)
        {
            ArrayPool<double>.Shared.Return(array);
        }

        _rented.Clear();
        _owned.ForEach(static owned => owned.Dispose());
        _owned.Clear();
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
