using System.Text;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Functions;

/// <summary>Functions of classic histograms: series of cumulative counts that differ in <c>le</c>.</summary>
internal static class HistogramFunctions
{
    private const string BucketLabel = "le";

    public static EvalValue Quantile(FunctionCall call)
    {
        var q = call.Scalar(0);
        for (var step = 0; step < (q.IsConstant ? Math.Min(1, call.Grid.Count) : call.Grid.Count); step++)
        {
            Quantiles.CheckRange(call.Context.Annotations, q[step], call.Arguments[0]);
        }

        var histograms = Histograms.Of(call, 1);
        var columns = histograms.Evaluate(call, 1, (buckets, step, group) => QuantileOf(call, 1, q[step], buckets, histograms.NameOf(group)));
        return SeriesNames.JoinSame(call.Context, new ColumnVector(histograms.Series, columns), call.Call);
    }

    /// <summary>Several quantiles at once, told apart by a label.</summary>
    public static EvalValue SeveralQuantiles(FunctionCall call)
    {
        var label = call.Text(1);
        var histograms = Histograms.Of(call, 0);
        var series = new List<SeriesMeta>();
        var columns = new List<StepColumn>();
        for (var argument = 2; argument < call.Arguments.Count; argument++)
        {
            var q = call.Scalar(argument);
            var at = call.Arguments[argument];
            if (call.Grid.Count == 0)
            {
                continue;
            }

            Quantiles.CheckRange(call.Context.Annotations, q[0], at);
            columns.AddRange(histograms.Evaluate(call, 0, (buckets, step, group) => QuantileOf(call, 0, q[step], buckets, histograms.NameOf(group))));
            foreach (var meta in histograms.Series)
            {
                series.Add(meta with { Labels = call.Context.Labels.With(meta.Labels, label, PrintWithPoint(q[0]), call.Call) });
            }
        }

        return SeriesNames.JoinSame(call.Context, new ColumnVector([.. series], [.. columns]), call.Call);
    }

    public static EvalValue Fraction(FunctionCall call)
    {
        var (lower, upper) = (call.Scalar(0), call.Scalar(1));
        var histograms = Histograms.Of(call, 2);
        var columns = histograms.Evaluate(call, 2, (buckets, step, _) => ClassicHistogram.Fraction(lower[step], upper[step], buckets));
        return SeriesNames.JoinSame(call.Context, new ColumnVector(histograms.Series, columns), call.Call);
    }

    private static double QuantileOf(FunctionCall call, int argument, double q, List<Bucket> buckets, string name)
    {
        var value = ClassicHistogram.Quantile(q, buckets, out var wasForced);
        if (wasForced)
        {
            call.Context.Annotations.Inform($"input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name {ExprPrinter.Quote(name)}", call.Arguments[argument].Position);
        }

        return value;
    }

    /// <summary>As a label's value: whole numbers keep a decimal point.</summary>
    private static string PrintWithPoint(double value)
    {
        var text = NumberFormat.Print(value);
        return double.IsFinite(value) && !text.Contains('.', StringComparison.Ordinal) ? text + ".0" : text;
    }

    /// <summary>The bucket series of a vector, put together to histograms once.</summary>
    private sealed class Histograms
    {
        private readonly ColumnVector _input;
        private readonly List<List<(double UpperBound, int Index)>> _buckets = [];

        private Histograms(ColumnVector input) => _input = input;

        public SeriesMeta[] Series { get; private set; } = [];

        public static Histograms Of(FunctionCall call, int argument)
        {
            var histograms = new Histograms(call.Context.Materialize(call.Vector(argument), call.Grid, call.Call));
            var ids = new Dictionary<LabelSet, int>();
            var series = new List<SeriesMeta>();
            byte[][] bucketLabel = LabelOperations.Encode([BucketLabel]);
            for (var i = 0; i < histograms._input.Series.Length; i++)
            {
                var labels = histograms._input.Series[i].Labels;
                if (!TryBound(labels, out var bound))
                {
                    histograms.WarnOfBound(call, argument, i);
                    continue;
                }

                var key = call.Context.Labels.Without(labels, bucketLabel);
                if (!ids.TryGetValue(key, out var id))
                {
                    ids.Add(key, id = series.Count);
                    series.Add(SeriesNames.Drop(call.Context, key));
                    histograms._buckets.Add([]);
                }

                histograms._buckets[id].Add((bound, i));
            }

            histograms._buckets.ForEach(static buckets => buckets.Sort(static (a, b) => a.UpperBound.CompareTo(b.UpperBound)));
            histograms.Series = [.. series];
            return histograms;
        }

        public string NameOf(int group) => _input.Series[_buckets[group][0].Index].Labels[LabelSet.MetricName];

        public StepColumn[] Evaluate(FunctionCall call, int argument, Func<List<Bucket>, int, int, double> valueOf)
        {
            var columns = new StepColumn[Series.Length];
            var buckets = new List<Bucket>();
            for (var group = 0; group < columns.Length; group++)
            {
                call.Context.CheckCancelled();
                columns[group] = call.Context.AbsentColumn(call.Grid.Count, call.Arguments[argument]);
                for (var step = 0; step < call.Grid.Count; step++)
                {
                    if ((step & StepGrid.CheckMask) == StepGrid.CheckMask)
                    {
                        call.Context.CheckCancelled();
                    }

                    buckets.Clear();
                    foreach (var (bound, index) in _buckets[group])
                    {
                        var count = _input[index].Floats[step];
                        if (!Absent.Is(count))
                        {
                            buckets.Add(new Bucket(bound, count));
                        }
                    }

                    if (buckets.Count > 0)
                    {
                        columns[group].Floats[step] = valueOf(buckets, step, group);
                    }
                }
            }

            return columns;
        }

        private static bool TryBound(LabelSet labels, out double bound)
        {
            bound = 0;
            return labels.TryGet("le"u8, out var text) && NumberFormat.TryParse(Encoding.UTF8.GetString(text), out bound);
        }

        private void WarnOfBound(FunctionCall call, int argument, int index)
        {
            if (HasSample(_input[index].Floats))
            {
                var labels = _input.Series[index].Labels;
                call.Context.Annotations.Warn($"bucket label \"{BucketLabel}\" is missing or has a malformed value of {ExprPrinter.Quote(labels[BucketLabel])} for metric name {ExprPrinter.Quote(labels[LabelSet.MetricName])}", call.Arguments[argument].Position);
            }
        }

        private static bool HasSample(ReadOnlySpan<double> column)
        {
            foreach (var value in column)
            {
                if (!Absent.Is(value))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
