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
        if (value is VectorSource source and not ColumnVector)
        {
            var (options, progress) = (context.Options, context.Progress);
            var room = new SharedRoom(Math.Min(PointsMax, (options.SamplesMax - progress.Samples) / Spare), (options.MemoryMax - progress.Bytes) / Spare);
            var points = (long)source.Series.Length * grid.Count;
            if (room.TryTake(points, points * sizeof(double)))
            {
                value = new SharedSource(context, source, context.Evaluating, room);
            }
        }

        return _known[(part, grid)] = value;
    }
}

/// <summary>What may be kept of a part's value. What native histograms take is known only once they are computed. Thread-safe.</summary>
internal sealed class SharedRoom(long points, long bytes)
{
    private long _points = points;
    private long _bytes = bytes;

    /// <summary>Takes room; where there is not as much, nothing fits any more.</summary>
    public bool TryTake(long points, long bytes) =>
        Interlocked.Add(ref _points, -points) >= 0 & Interlocked.Add(ref _bytes, -bytes) >= 0;

    /// <summary>Takes room for the histograms of a column.</summary>
    public bool TryTake(StepColumn column)
    {
        var (points, bytes) = (0L, 0L);
        foreach (var histogram in column.Histograms)
        {
            if (histogram is not null)
            {
                points += Footprint.PointsOf(histogram);
                bytes += Footprint.Of(histogram);
            }
        }

        return points == 0 || TryTake(points, bytes);
    }
}

/// <summary>A vector whose columns are computed at the first reading and kept for the next ones, as long as there is room.</summary>
internal sealed class SharedSource(QueryContext context, VectorSource inner, Ast.Expr part, SharedRoom room) : VectorSource(inner.Series)
{
    public override bool AreDistinctWithoutNames => inner.AreDistinctWithoutNames;

    private readonly StepColumn?[] _columns = new StepColumn?[inner.Series.Length];

    /// <summary>Whether every column has been read.</summary>
    public bool IsWhole => Array.TrueForAll(_columns, static column => column is not null);

    /// <summary>The column of a series that has been read and kept; null for none.</summary>
    public StepColumn? KeptAt(int index) => Volatile.Read(ref _columns[index]);

    /// <summary>All of it, once every column has been read.</summary>
    public ColumnVector Whole() => new(Series, _columns!);

    /// <summary>The shared vector that a vector is, a measured one too; null where it is none.</summary>
    public static SharedSource? Of(VectorSource source) => (source is MeasuredSource measured ? measured.Inner : source) as SharedSource;

    public override void Read(int index, StepColumn into)
    {
        if (KeptAt(index) is { } known)
        {
            into.CopyFrom(known);
            return;
        }

        inner.Read(index, into);
        if (!room.TryTake(into))
        {
            return;
        }

        var kept = context.Column(into.Length, part);
        kept.CopyFrom(into);
        context.HoldHistograms(kept, part);
        Volatile.Write(ref _columns[index], kept);
    }
}
