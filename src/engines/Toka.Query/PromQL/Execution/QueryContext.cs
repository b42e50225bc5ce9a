using System.Collections.Concurrent;
using Toka.Core.Limits;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Planning;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>What one query's evaluation shares: its plan, data, limits, annotations and memory. Disposing gives all back.</summary>
internal sealed class QueryContext : IDisposable
{
    private readonly CancellationToken _cancellationToken;
    private readonly List<StepColumn> _columns = [];
    private readonly ConcurrentBag<Scratch> _idle = [];
    private volatile Expr? _reading;

    public QueryContext(QueryPlan plan, QueryOptions options, Annotations annotations, QueryProgress progress, CancellationToken cancellationToken)
    {
        (Plan, Options, Annotations, Progress, _cancellationToken) = (plan, options, annotations, progress, cancellationToken);
        Evaluating = plan.Root;
        Labels = new LabelOperations(this);
        Shared = new SharedValues(this);
    }

    public QueryPlan Plan { get; }

    public QueryOptions Options { get; }

    public Annotations Annotations { get; }

    public QueryProgress Progress { get; }

    public LabelOperations Labels { get; }

    /// <summary>The values of parts that stand in the expression more than once.</summary>
    public SharedValues Shared { get; }

    /// <summary>Measures what each part costs; null where nobody asked.</summary>
    public QueryProfiler? Profiler { get; init; }

    /// <summary>The selected series, at the places of <see cref="QueryPlan.Fetches"/>.</summary>
    public List<SeriesSet> Sets { get; } = [];

    /// <summary>The part that is evaluated now: who makes labels, or what a failure was about. Of the evaluating thread.</summary>
    public Expr Evaluating { get; set; }

    /// <summary>What was worked on last: the selector that was read, or the part that was evaluated.</summary>
    public Expr LastWork => _reading ?? Evaluating;

    public long Samples => Progress.Samples;

    public void CheckCancelled() => _cancellationToken.ThrowIfCancellationRequested();

    public SeriesSet SetOf(VectorSelector selector)
    {
        var fetch = Plan.FetchOf(selector);
        return Profiler is null ? Sets[fetch] : Profiler.Measured(Sets[fetch], fetch);
    }

    /// <summary>Counts decoded samples against the limits. Thread-safe.</summary>
    public void CountSamples(long count, Expr culprit)
    {
        _reading = culprit;
        CheckSamples(Progress.AddSamples(count), culprit);
        CheckMemory(Progress.Bytes + (count * Footprint.ReadingBytes), culprit);
        CheckCancelled();
    }

    /// <summary>Counts points that the query holds until its end against the limit. Thread-safe.</summary>
    public void CountPoints(long count, Expr culprit)
    {
        CheckSamples(Progress.AddPoints(count), culprit);
        CheckCancelled();
    }

    /// <summary>Counts bytes that the query holds until its end against the limit. Thread-safe.</summary>
    public void Hold(long bytes, Expr culprit) => CheckMemory(Progress.AddBytes(bytes), culprit);

    /// <summary>Bytes that were held for a while are given back. Thread-safe.</summary>
    public void Release(long bytes) => Progress.AddBytes(-bytes);

    /// <summary>Counts a histogram that the query holds until its end. Thread-safe.</summary>
    public void Hold(NativeHistogram histogram, Expr culprit)
    {
        Hold(Footprint.Of(histogram), culprit);
        CountPoints(Footprint.PointsOf(histogram), culprit);
    }

    /// <summary>Counts the histograms that a column holds. Thread-safe.</summary>
    public void HoldHistograms(StepColumn column, Expr culprit)
    {
        foreach (var histogram in column.Histograms)
        {
            if (histogram is not null)
            {
                Hold(histogram, culprit);
            }
        }
    }

    /// <summary>A column that lives as long as the query; its content is undefined. Thread-safe.</summary>
    public StepColumn Column(int length, Expr culprit)
    {
        Hold(Footprint.OfColumn(length), culprit);
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

    /// <summary>Brings a vector into memory, for consumers that need all series of a step at once. They must not change it.</summary>
    /// <param name="source">The vector.</param>
    /// <param name="grid">Its grid.</param>
    /// <param name="culprit">
    /// What the vector is the value of: that is what fills the memory. Not who wants it: threads read ahead of the one that keeps
    /// the columns, so which of them reaches a limit first is chance, and is not to change what the refusal names.
    /// </param>
    public ColumnVector Materialize(VectorSource source, StepGrid grid, Expr culprit)
    {
        if (source is ColumnVector already)
        {
            return already;
        }

        var shared = SharedSource.Of(source);
        if (shared is { IsWhole: true })
        {
            return shared.Whole();
        }

        var columns = new StepColumn[source.Series.Length];
        ColumnReader.ReadAll(this, source, grid.Count, (i, column) =>
        {
            // A shared vector keeps its columns itself, those that somebody has read among them.
            if (shared?.KeptAt(i) is { } kept)
            {
                columns[i] = kept;
                return;
            }

            columns[i] = Column(grid.Count, culprit);
            columns[i].CopyFrom(column);
            HoldHistograms(columns[i], culprit);
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

    private void CheckMemory(long bytes, Expr culprit)
    {
        if (bytes > Options.MemoryMax)
        {
            throw LimitErrors.Memory(Options.MemoryMax, bytes, culprit);
        }
    }

    private void CheckSamples(long count, Expr culprit)
    {
        if (count > Options.SamplesMax)
        {
            throw LimitErrors.Samples(Options.SamplesMax, count, culprit);
        }

        if (count > Options.HeavySamples && Options.Memory is { Level: MemoryLevel.Critical } memory)
        {
            throw LimitErrors.Pressure(memory, Options.HeavySamples, culprit);
        }
    }
}
