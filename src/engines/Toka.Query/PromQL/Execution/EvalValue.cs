using Toka.Core.Labels;
using Toka.Core.Series;

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
    private readonly ReadOnlyMemory<double> _values;
    private readonly double _constant;

    public ScalarColumn(double constant)
    {
        _constant = constant;
        IsConstant = true;
    }

    public ScalarColumn(ReadOnlyMemory<double> values) => _values = values;

    public bool IsConstant { get; }

    public double this[int step] => IsConstant ? _constant : _values.Span[step];
}

/// <summary>A series of a vector: its labels, and whether its metric name goes away at the end of the query.</summary>
internal readonly record struct SeriesMeta(LabelSet Labels, bool DropName);

/// <summary>
/// An instant vector over a grid: the series are known, each one's column is computed when it is read. Consumers read every
/// series once and in order where they can, so that a chain of functions below an aggregation needs one column's memory.
/// </summary>
internal abstract class VectorSource(SeriesMeta[] series) : EvalValue
{
    public SeriesMeta[] Series { get; } = series;

    /// <summary>Computes a column.</summary>
    /// <param name="index">The series.</param>
    /// <param name="into">One place a step; <see cref="Absent"/> where there is no sample.</param>
    public abstract void Read(int index, Span<double> into);
}

/// <summary>A vector whose columns lie in memory.</summary>
internal sealed class ColumnVector(SeriesMeta[] series, Memory<double>[] columns) : VectorSource(series)
{
    public static readonly ColumnVector Empty = new([], []);

    public ReadOnlySpan<double> this[int index] => columns[index].Span;

    public override void Read(int index, Span<double> into) => columns[index].Span.CopyTo(into);
}

/// <summary>A range vector over a grid: each series' samples in time order, and the window's end at each step.</summary>
internal abstract class RangeSource(SeriesMeta[] series, StepGrid grid, long rangeMs) : EvalValue
{
    public SeriesMeta[] Series { get; } = series;

    public StepGrid Grid { get; } = grid;

    /// <summary>The window at a step is (end − this, end].</summary>
    public long RangeMs { get; } = rangeMs;

    /// <summary>The window's end; never decreases from step to step.</summary>
    public abstract long EndAt(int step);

    /// <summary>Reads the samples of all windows, stale markers left out.</summary>
    public abstract void Read(int index, FloatColumn into);
}
