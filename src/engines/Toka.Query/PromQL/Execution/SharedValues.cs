using Toka.Query.PromQL.Planning;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// The values of the parts that stand in an expression more than once (<see cref="RepeatedParts"/>), each evaluated once over a
/// grid. Of the evaluating thread.
/// </summary>
/// <remarks>
/// What lies in memory anyway, such as an aggregation, is shared as it is. Of what is computed when it is read, the columns are
/// kept for the next reader, where they are few enough; else each reader computes them anew, as streaming is worth more.
/// </remarks>
internal sealed class SharedValues(QueryContext context)
{
    /// <summary>The most points kept of one part: 32 MiB, a sixteenth of what a query may hold.</summary>
    private const long PointsMax = 4L << 20;

    /// <summary>A part is kept only while it fits what is left of the query's limits this many times: keeping must not fail a query.</summary>
    private const int Spare = 4;

    private readonly Dictionary<(int Part, StepGrid Grid), EvalValue> _known = [];

    /// <summary>The value of a part that was evaluated over this grid before; null for none.</summary>
    public EvalValue? Find(int part, StepGrid grid) => _known.GetValueOrDefault((part, grid));

    /// <summary>Takes a part's value.</summary>
    /// <returns>The value to use from now on.</returns>
    public EvalValue Add(int part, StepGrid grid, EvalValue value)
    {
        if (value is VectorSource source and not ColumnVector && Fits((long)source.Series.Length * grid.Count))
        {
            value = new SharedSource(context, source, context.Evaluating);
        }

        return _known[(part, grid)] = value;
    }

    private bool Fits(long points)
    {
        var (options, progress) = (context.Options, context.Progress);
        return points <= PointsMax
            && points * Spare <= options.SamplesMax - progress.Samples
            && points * Spare * sizeof(double) <= options.MemoryMax - progress.Bytes;
    }
}

/// <summary>A vector whose columns are computed at the first reading and kept for the next ones.</summary>
internal sealed class SharedSource(QueryContext context, VectorSource inner, Ast.Expr part) : VectorSource(inner.Series)
{
    private readonly StepColumn?[] _columns = new StepColumn?[inner.Series.Length];

    /// <summary>Whether every column has been read.</summary>
    public bool IsWhole => Array.TrueForAll(_columns, static column => column is not null);

    /// <summary>All of it, once every column has been read.</summary>
    public ColumnVector Whole() => new(Series, _columns!);

    /// <summary>The shared vector that a vector is, a measured one too; null where it is none.</summary>
    public static SharedSource? Of(VectorSource source) => (source is MeasuredSource measured ? measured.Inner : source) as SharedSource;

    public override void Read(int index, StepColumn into)
    {
        if (Volatile.Read(ref _columns[index]) is { } known)
        {
            into.CopyFrom(known);
            return;
        }

        inner.Read(index, into);
        var kept = context.Column(into.Length, part);
        kept.CopyFrom(into);
        context.HoldHistograms(kept, part);
        Volatile.Write(ref _columns[index], kept);
    }
}
