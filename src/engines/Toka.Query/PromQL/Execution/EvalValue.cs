using Toka.Core.Labels;

namespace Toka.Query.PromQL.Execution;

/// <summary>What an expression's evaluation over a grid gives. Lives as long as its query; one thread at a time.</summary>
internal abstract class EvalValue;

/// <summary>A text.</summary>
internal sealed class TextValue(string text) : EvalValue
{
    public string Text { get; } = text;
}

/// <summary>A number at each step; a constant is held once.</summary>
internal sealed class ScalarColumn : EvalValue
{
    private readonly StepColumn? _values;
    private readonly double _constant;

    public ScalarColumn(double constant) => _constant = constant;

    public ScalarColumn(StepColumn values) => _values = values;

    public bool IsConstant => _values is null;

    public double this[int step] => _values is null ? _constant : _values.Floats[step];
}

/// <summary>A series of a vector: its labels, and whether its metric name goes away at the end of the query.</summary>
internal readonly record struct SeriesMeta(LabelSet Labels, bool DropName);

/// <summary>
/// An instant vector over a grid: the series are known, each one's column is computed when it is read. Different series may be
/// read from different threads at the same time. Consumers read every series once and in order where they can, so that a chain
/// of functions below an aggregation needs no more memory than a column a thread.
/// </summary>
internal abstract class VectorSource(SeriesMeta[] series) : EvalValue
{
    public SeriesMeta[] Series { get; } = series;

    /// <summary>Whether the series are known to be different ones even without their metric names.</summary>
    public virtual bool AreDistinctWithoutNames => false;

    /// <summary>Computes a column.</summary>
    /// <param name="index">The series.</param>
    /// <param name="into">Filled at each step, as long as the grid; what was in it goes.</param>
    public abstract void Read(int index, StepColumn into);
}

/// <summary>A vector whose columns lie in memory.</summary>
internal sealed class ColumnVector(SeriesMeta[] series, StepColumn[] columns) : VectorSource(series)
{
    public StepColumn this[int index] => columns[index];

    public override void Read(int index, StepColumn into) => into.CopyFrom(columns[index]);
}

/// <summary>
/// A range vector over a grid: each series' samples in time order, and the window's end at each step. Different series may be
/// read from different threads at the same time.
/// </summary>
internal abstract class RangeSource(SeriesMeta[] series, StepGrid grid, long rangeMs) : EvalValue
{
    public SeriesMeta[] Series { get; } = series;

    /// <inheritdoc cref="VectorSource.AreDistinctWithoutNames"/>
    public virtual bool AreDistinctWithoutNames => false;

    public StepGrid Grid { get; } = grid;

    /// <summary>The window at a step is (end − this, end].</summary>
    public long RangeMs { get; } = rangeMs;

    /// <summary>The window's end; never decreases from step to step.</summary>
    public abstract long EndAt(int step);

    /// <summary>Reads the samples of all windows, stale markers left out, into a scratch's floats and histograms.</summary>
    public abstract void Read(int index, Scratch into);
}
