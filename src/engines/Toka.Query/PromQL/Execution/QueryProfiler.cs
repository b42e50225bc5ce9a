using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.Results;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// Measures what each part of a query costs. Parts are evaluated twice over: what they are is found at once, their columns are
/// computed when they are read; both count. Parts are begun and ended by the evaluating thread, read by any.
/// </summary>
internal sealed class QueryProfiler(TimeProvider time)
{
    private readonly List<MeasuredFetch> _fetches = [];
    private MeasuredNode? _root;
    private TimeSpan _finishing;
    private MeasuredNode? _current;

    public long Now() => time.GetTimestamp();

    public TimeSpan Since(long started) => time.GetElapsedTime(started);

    /// <summary>Takes the time that a selection took; the selections in their order.</summary>
    public void AddFetch(TimeSpan elapsed) => _fetches.Add(new MeasuredFetch { Elapsed = elapsed });

    /// <summary>Takes time that putting the result together took.</summary>
    public void AddFinishing(long started) => _finishing += Since(started);

    /// <summary>Begins a part inside of the one that was begun last.</summary>
    public MeasuredNode Begin(Expr expression, StepGrid grid)
    {
        var node = new MeasuredNode(expression, grid.Count, _current) { StartedAt = Now() };
        _current?.Children.Add(node);
        _root ??= node;
        return _current = node;
    }

    /// <summary>Ends it.</summary>
    /// <returns>The value, which measures how it is read.</returns>
    public EvalValue End(MeasuredNode node, EvalValue value, bool isInvariant)
    {
        _current = node.Parent;
        node.AddTime(Since(node.StartedAt));
        if (isInvariant)
        {
            node.MarkInvariant();
        }

        if (value is RangeSource range)
        {
            node.Series = range.Series.Length;
        }

        if (value is not VectorSource source)
        {
            return value;
        }

        node.Series = source.Series.Length;
        return source is ColumnVector ? source : new MeasuredSource(this, node, source);
    }

    /// <summary>The series of a fetch as the part begun last reads them.</summary>
    public SeriesSet Measured(SeriesSet set, int fetch) => new MeasuredSet(this, set, _current!, _fetches[fetch]);

    public QueryProfile Finish(QueryContext context, TimeSpan preparing, TimeSpan selecting, TimeSpan rest)
    {
        var fetches = new List<FetchProfile>();
        for (var i = 0; i < context.Sets.Count; i++)
        {
            var (request, selector) = context.Plan.Fetches[i];
            var set = context.Sets[i];
            fetches.Add(new FetchProfile(
                selector.ToString(), request.FromMs, request.ToMs, set.Count, _fetches[i].Samples, set.BlockCount, set.ResolutionMs, _fetches[i].Elapsed));
        }

        return new QueryProfile(preparing, selecting, rest - _finishing, _finishing, fetches, _root!.ToProfile());
    }

    /// <summary>What is found out about a selection.</summary>
    internal sealed class MeasuredFetch
    {
        private long _samples;

        public TimeSpan Elapsed { get; init; }

        public long Samples => Interlocked.Read(ref _samples);

        public void AddSamples(long count) => Interlocked.Add(ref _samples, count);
    }

    /// <summary>Series whose decoding is measured.</summary>
    private sealed class MeasuredSet(QueryProfiler profiler, SeriesSet inner, MeasuredNode node, MeasuredFetch fetch) : SeriesSet
    {
        public override int Count => inner.Count;

        public override IReadOnlyList<string> Warnings => inner.Warnings;

        public override IReadOnlyList<string> Infos => inner.Infos;

        public override long ResolutionMs => inner.ResolutionMs;

        public override bool MayHaveHistograms => inner.MayHaveHistograms;

        public override int BlockCount => inner.BlockCount;

        public override long ResolutionAt(long timeMs) => inner.ResolutionAt(timeMs);

        public override Core.Labels.LabelSet LabelsOf(int index) => inner.LabelsOf(index);

        public override void ReadFloats(int index, FloatColumn into)
        {
            var (before, started) = (into.Count, profiler.Now());
            inner.ReadFloats(index, into);
            Add(into.Count - before, started);
        }

        public override void ReadSummaries(int index, SummaryColumn into)
        {
            var (before, started) = (into.Count, profiler.Now());
            inner.ReadSummaries(index, into);
            Add(into.Count - before, started);
        }

        public override void ReadHistograms(int index, HistogramColumn into)
        {
            var (before, started) = (into.Count, profiler.Now());
            inner.ReadHistograms(index, into);
            Add(into.Count - before, started);
        }

        public override void ReadExemplars(int index, ExemplarColumn into) => inner.ReadExemplars(index, into);

        public override void ReadCreated(int index, CreatedColumn into) => inner.ReadCreated(index, into);

        private void Add(int samples, long started)
        {
            // An instant vector's own reading is measured around this already.
            if (node.Expression.Type != ExprType.InstantVector)
            {
                node.AddTime(profiler.Since(started));
            }

            node.AddSamples(samples);
            fetch.AddSamples(samples);
        }
    }
}

/// <summary>What is found out about a part.</summary>
internal sealed class MeasuredNode(Expr expression, int steps, MeasuredNode? parent)
{
    private long _ticks;
    private long _samples;
    private bool _isShared;
    private bool _isInvariant;

    public Expr Expression { get; } = expression;

    public MeasuredNode? Parent { get; } = parent;

    public List<MeasuredNode> Children { get; } = [];

    public long StartedAt { get; init; }

    public int Series { get; set; }

    public void AddTime(TimeSpan elapsed) => Interlocked.Add(ref _ticks, elapsed.Ticks);

    public void AddSamples(long count) => Interlocked.Add(ref _samples, count);

    public void MarkShared() => _isShared = true;

    public void MarkInvariant() => _isInvariant = true;

    public NodeProfile ToProfile()
    {
        if (Expression is ParenExpr && Children is [var inside])
        {
            inside._isShared |= _isShared;
            inside._isInvariant |= _isInvariant;
            return inside.ToProfile();
        }

        var children = Children.ConvertAll(static child => child.ToProfile());

        // Below it several threads may have worked at the same time, and what a range vector reads is not measured around.
        var below = children.Aggregate(TimeSpan.Zero, static (sum, child) => sum + child.Elapsed);
        var own = TimeSpan.FromTicks(Interlocked.Read(ref _ticks));
        var elapsed = Expression.Type == ExprType.RangeVector && Children.Count > 0 ? own + below : own > below ? own : below;
        return new NodeProfile(
            KindOf(Expression), Expression.ToString(), Series, _isInvariant ? Math.Min(1, steps) : steps, Interlocked.Read(ref _samples), elapsed, Note(), children);
    }

    private string Note() => (_isShared, _isInvariant) switch
    {
        (true, true) => Children.Count > 0 ? "shared, once for all steps" : "shared",
        (true, false) => "shared",
        (false, true) => "once for all steps",
        _ => "",
    };

    private static string KindOf(Expr expression) => expression switch
    {
        NumberLiteral => "number",
        StringLiteral => "text",
        ParenExpr => "()",
        UnaryExpr unary => unary.IsNegative ? "-" : "+",
        BinaryExpr binary => Names.Of(binary.Operator),
        AggregateExpr aggregate => Names.Of(aggregate.Operator),
        CallExpr call => call.Function,
        MatrixSelector => "range selector",
        VectorSelector => "selector",
        SubqueryExpr => "subquery",
        _ => "expression",
    };
}

/// <summary>A vector whose reading is measured.</summary>
internal sealed class MeasuredSource(QueryProfiler profiler, MeasuredNode node, VectorSource inner) : VectorSource(inner.Series)
{
    public VectorSource Inner { get; } = inner;

    public override void Read(int index, StepColumn into)
    {
        var started = profiler.Now();
        Inner.Read(index, into);
        node.AddTime(profiler.Since(started));
    }
}
