using Toka.Core.Series;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>The samples that a range function sees at one step, stale markers left out.</summary>
public readonly ref struct RangeWindow
{
    internal RangeWindow(SeriesChanges changes) => Changes = changes;

    /// <summary>What a kernel returns where the window has no value, such as a rate of one sample.</summary>
    public static double NoValue => Absent.Value;

    /// <summary>The samples' times, ms since the Unix epoch, ascending.</summary>
    public ReadOnlySpan<long> Timestamps { get; internal init; }

    /// <summary>The samples' values.</summary>
    public ReadOnlySpan<double> Values { get; internal init; }

    /// <summary>The window's left end, itself outside, ms since the Unix epoch.</summary>
    public long StartMs { get; internal init; }

    /// <summary>The window's right end, itself inside, ms since the Unix epoch.</summary>
    public long EndMs { get; internal init; }

    /// <summary>The step's time, which offsets move the window away from, ms since the Unix epoch.</summary>
    public long TimeMs { get; internal init; }

    /// <summary>The window's first sample among all samples of <see cref="Changes"/>.</summary>
    internal int First { get; init; }

    /// <summary>What was found once for the whole series.</summary>
    internal SeriesChanges Changes { get; }

    /// <summary>When the counter began; null where that is not known or not asked for.</summary>
    internal StartTimes? Starts { get; init; }
}

/// <summary>
/// A function of a range vector and scalars. A series is decoded once; the window's two ends only ever move forward.
/// </summary>
/// <remarks>
/// Counting functions work on what was found once for the series. Sums, means and fits go over each window's samples anew:
/// taking the samples that leave off a running sum would lose digits, and the answers would depend on the step.
/// </remarks>
internal sealed class RangeFunction(FunctionSignature signature, RangeKernel kernel) : PromQlFunction(signature)
{
    /// <summary>Whether the result is still the metric itself, such as <c>last_over_time</c>'s.</summary>
    public bool KeepsName { get; init; }

    /// <summary>Which argument is the range vector.</summary>
    public int RangeArgument { get; init; }

    /// <summary>Whether the function looks at when a counter began, where <see cref="QueryOptions.StartTimestamps"/> says so.</summary>
    public bool WantsStarts { get; init; }

    /// <summary>Whether the function makes sense of counters only.</summary>
    public bool WantsCounter { get; init; }

    /// <summary>Checks the scalar arguments of a step: the call, its position, the values.</summary>
    public Action<FunctionCall, double[]>? Check { get; init; }

    /// <summary>
    /// Computes the value of a window that has native histograms; null where the function leaves them out and tells so.
    /// </summary>
    public MixedKernel? OfHistograms { get; init; }

    /// <summary>Computes the value of summaries instead of samples; null where the function has no use for them.</summary>
    public SummaryKernel? OfSummaries { get; init; }

    /// <summary>Computes the value of an anchored or smoothed range; null where such a range is refused.</summary>
    public ExtendedKernel? OfExtended { get; init; }

    internal override EvalValue Evaluate(FunctionCall call)
    {
        var range = call.Evaluator.Range(call.Arguments[RangeArgument], call.Grid);
        if (range is MatrixSource { Mode: not SelectorMode.Plain } extended)
        {
            return SeriesNames.JoinSame(call.Context, new ExtendedRangeSource(this, call, extended), call.Call);
        }

        var scalars = new ScalarColumn[call.Arguments.Count - 1];
        for (var i = 0; i < scalars.Length; i++)
        {
            scalars[i] = call.Scalar(i < RangeArgument ? i : i + 1);
        }

        VectorSource source = new Source(this, call, range, scalars);
        if (OfSummaries is not null && range is MatrixSource { ResolutionMs: > 0 } matrix)
        {
            source = new SummaryRangeSource(this, call, matrix, source);
        }

        return SeriesNames.JoinSame(call.Context, source, call.Call);
    }

    private sealed class Source : VectorSource
    {
        /// <summary>Some milliseconds of the slowest kernel.</summary>
        private const long SamplesBetweenChecks = 1_000_000;

        /// <summary>What a step costs beside its samples, in samples.</summary>
        private const int StepCost = 16;

        private readonly RangeFunction _function;
        private readonly FunctionCall _call;
        private readonly RangeSource _range;
        private readonly double[][] _arguments;

        public Source(RangeFunction function, FunctionCall call, RangeSource range, ScalarColumn[] scalars)
            : base(function.KeepsName ? range.Series : SeriesNames.Drop(call.Context, range.Series))
        {
            _function = function;
            _call = call;
            _range = range;
            _arguments = Arguments(function, call, scalars);
        }

        public override void Read(int index, StepColumn into)
        {
            using var scratch = _call.Context.Rent();
            _range.Read(index, scratch);
            into.DropHistograms();
            var starts = Starts(index, scratch);
            if (scratch.Histograms.Count > 0)
            {
                MixedRange.Read(_function, _call, _range, index, scratch, starts, _arguments, into);
                TellOverlap(starts, index);
                return;
            }

            var values = into.Floats;
            var column = scratch.Floats;
            var changes = scratch.Changes.Over(column);
            var window = new MovingWindow(column.Timestamps);
            var sinceCheck = 0L;
            for (var step = 0; step < values.Length; step++)
            {
                var end = _range.EndAt(step);
                var start = end - _range.RangeMs;
                var hasSamples = window.MoveTo(start, end);

                // One series with long windows can be minutes of work: the timeout must be seen in between.
                sinceCheck += StepCost + window.Behind - window.First;
                if (sinceCheck > SamplesBetweenChecks)
                {
                    _call.Context.CheckCancelled();
                    sinceCheck = 0;
                }

                if (!hasSamples)
                {
                    values[step] = Absent.Value;
                    continue;
                }

                values[step] = _function.Kernel(new RangeWindow(changes)
                {
                    Timestamps = column.Timestamps[window.First..window.Behind],
                    Values = column.Values[window.First..window.Behind],
                    StartMs = start,
                    EndMs = end,
                    TimeMs = _call.Grid.TimeAt(step),
                    First = window.First,
                    Starts = starts,
                }, _arguments[_arguments.Length == 1 ? 0 : step]);
            }

            if (window.Behind > 0)
            {
                _function.InformOfGauge(_call, _range.Series[index].Labels);
            }

            TellOverlap(starts, index);
        }

        /// <summary>When the counter began; null where nothing is known of it, where nobody asks, and for a subquery's values.</summary>
        private StartTimes? Starts(int index, Scratch scratch) => _function.WantsStarts && _call.Context.Options.StartTimestamps
            && _range is MatrixSource matrix && matrix.TryReadStarts(index, scratch.Starts) ? scratch.Starts : null;

        private void TellOverlap(StartTimes? starts, int index)
        {
            if (starts is { HasOverlap: true })
            {
                new RangeNotes(_call, _function.RangeArgument, _range.Series[index].Labels).StartOverlap();
            }
        }

        /// <summary>The scalar arguments of each step; of one step where they are the same at all.</summary>
        private static double[][] Arguments(RangeFunction function, FunctionCall call, ScalarColumn[] scalars)
        {
            var arguments = new double[Array.TrueForAll(scalars, static scalar => scalar.IsConstant) ? 1 : call.Grid.Count][];
            for (var step = 0; step < arguments.Length; step++)
            {
                arguments[step] = Array.ConvertAll(scalars, scalar => scalar[step]);
                function.Check?.Invoke(call, arguments[step]);
            }

            return arguments;
        }
    }

    /// <summary>Says, where the function wants a counter, that a metric's name is not one's.</summary>
    public void InformOfGauge(FunctionCall call, LabelSet labels)
    {
        if (WantsCounter && labels.TryGet("__name__"u8, out var name) && !(name.EndsWith("_total"u8) || name.EndsWith("_sum"u8)
            || name.EndsWith("_count"u8) || name.EndsWith("_bucket"u8)))
        {
            call.Context.Annotations.Inform($"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {ExprPrinter.Quote(labels[LabelSet.MetricName])}", call.Arguments[RangeArgument].Position);
        }
    }

    /// <summary>Computes the value of a window of floats.</summary>
    public RangeKernel Kernel { get; } = kernel;
}

/// <summary>Where a series' value falls and where it changes, found at first need and once a series.</summary>
internal sealed class SeriesChanges
{
    private readonly List<int> _falls = [];
    private int[] _changesUpTo = [];
    private FloatColumn? _column;
    private int _fallsFrom;
    private int _fallsTo;
    private bool _hasFalls;
    private bool _hasChanges;

    /// <summary>Begins with another series.</summary>
    public SeriesChanges Over(FloatColumn column)
    {
        _column = column;
        (_hasFalls, _hasChanges) = (false, false);
        return this;
    }

    /// <summary>
    /// The places of samples that are less than the one before, among those of a window behind its first. Windows must only
    /// move forward.
    /// </summary>
    public ReadOnlySpan<int> FallsIn(int first, int count)
    {
        if (!_hasFalls)
        {
            FindFalls();
        }

        var falls = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_falls);
        while (_fallsFrom < falls.Length && falls[_fallsFrom] <= first)
        {
            _fallsFrom++;
        }

        _fallsTo = Math.Max(_fallsTo, _fallsFrom);
        while (_fallsTo < falls.Length && falls[_fallsTo] < first + count)
        {
            _fallsTo++;
        }

        return falls[_fallsFrom.._fallsTo];
    }

    /// <summary>How often the value changes within a window.</summary>
    public int ChangesIn(int first, int count)
    {
        if (!_hasChanges)
        {
            FindChanges();
        }

        return _changesUpTo[first + count - 1] - _changesUpTo[first];
    }

    public double ValueBefore(int place) => _column!.Values[place - 1];

    private void FindFalls()
    {
        _falls.Clear();
        var values = _column!.Values;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1])
            {
                _falls.Add(i);
            }
        }

        (_fallsFrom, _fallsTo, _hasFalls) = (0, 0, true);
    }

    private void FindChanges()
    {
        var values = _column!.Values;
        if (_changesUpTo.Length < values.Length)
        {
            _changesUpTo = new int[values.Length];
        }

        _changesUpTo[0] = 0;
        for (var i = 1; i < values.Length; i++)
        {
            var isChange = values[i] != values[i - 1] && !(double.IsNaN(values[i]) && double.IsNaN(values[i - 1]));
            _changesUpTo[i] = _changesUpTo[i - 1] + (isChange ? 1 : 0);
        }

        _hasChanges = true;
    }
}
