using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Functions;

/// <summary><c>histogram_quantile</c> and its kin, of native histograms and of classic ones.</summary>
internal static class HistogramFunctions
{
    public static EvalValue Quantile(FunctionCall call)
    {
        var q = call.Scalar(0);
        for (var step = 0; step < (q.IsConstant ? Math.Min(1, call.Grid.Count) : call.Grid.Count); step++)
        {
            Quantiles.CheckRange(call.Context.Annotations, q[step], call.Arguments[0]);
        }

        var groups = HistogramGroups.Of(call, call.Vector(1), 1);
        var source = new HistogramGroupSource(groups, new QuantileKernel(call, q, 1));
        return SeriesNames.JoinSame(call.Context, source, call.Call);
    }

    /// <summary>Several quantiles at once, told apart by a label.</summary>
    public static EvalValue SeveralQuantiles(FunctionCall call)
    {
        var label = call.Text(1);
        var groups = HistogramGroups.Of(call, call.Context.Materialize(call.Vector(0), call.Grid, call.Arguments[0]), 0);
        var series = new List<SeriesMeta>();
        var sources = new List<VectorSource>();
        for (var argument = 2; argument < call.Arguments.Count && call.Grid.Count > 0; argument++)
        {
            var q = call.Scalar(argument);
            Quantiles.CheckRange(call.Context.Annotations, q[0], call.Arguments[argument]);
            sources.Add(new HistogramGroupSource(groups, new QuantileKernel(call, q, 0)));
            foreach (var meta in groups.Series)
            {
                series.Add(meta with { Labels = call.Context.Labels.With(meta.Labels, label, PrintWithPoint(q[0]), call.Call) });
            }
        }

        return SeriesNames.JoinSame(call.Context, new ConcatenatedSource([.. series], [.. sources]), call.Call);
    }

    public static EvalValue Fraction(FunctionCall call)
    {
        var groups = HistogramGroups.Of(call, call.Vector(2), 2);
        var source = new HistogramGroupSource(groups, new FractionKernel(call, call.Scalar(0), call.Scalar(1)));
        return SeriesNames.JoinSame(call.Context, source, call.Call);
    }

    /// <summary>As a label's value: whole numbers keep a decimal point.</summary>
    private static string PrintWithPoint(double value)
    {
        var text = NumberFormat.Print(value);
        return double.IsFinite(value) && !text.Contains('.', StringComparison.Ordinal) ? text + ".0" : text;
    }

    /// <summary>A metric's name as annotations may have it; nothing where the name is gone already.</summary>
    private static string NameFor(FunctionCall call, string name) => call.Context.Options.DelayedNameRemoval ? name : "";

    private static string ForMetric(string name) => name.Length > 0 ? $" for metric name {ExprPrinter.Quote(name)}" : "";

    private sealed class QuantileKernel(FunctionCall call, ScalarColumn q, int vectorArgument) : IHistogramGroupKernel
    {
        public double OfNative(in HistogramView histogram, int step, string name)
        {
            var value = HistogramStatistics.Quantile(q[step], histogram, out var notes);
            if (notes.HasFlag(HistogramQuantileNotes.NaNResult))
            {
                call.Context.Annotations.Inform(
                    static name => $"input to histogram_quantile has NaN observations, result is NaN{ForMetric(name)}", NameFor(call, name), call.Arguments[vectorArgument].Position);
            }
            else if (notes != HistogramQuantileNotes.None)
            {
                call.Context.Annotations.Inform(
                    static name => $"input to histogram_quantile has NaN observations, result is skewed higher{ForMetric(name)}", NameFor(call, name), call.Arguments[vectorArgument].Position);
            }

            return value;
        }

        public double OfClassic(List<Bucket> buckets, int step, string name)
        {
            var value = ClassicHistogram.Quantile(q[step], buckets, out var wasForced);
            if (wasForced)
            {
                call.Context.Annotations.Inform(
                    static name => $"input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){ForMetric(name)}",
                    NameFor(call, name), call.Arguments[vectorArgument].Position);
            }

            return value;
        }
    }

    private sealed class FractionKernel(FunctionCall call, ScalarColumn lower, ScalarColumn upper) : IHistogramGroupKernel
    {
        public double OfNative(in HistogramView histogram, int step, string name)
        {
            var value = HistogramStatistics.Fraction(lower[step], upper[step], histogram, out var hasNaNs);
            if (hasNaNs)
            {
                call.Context.Annotations.Inform(
                    static name => $"input to histogram_fraction has NaN observations, which are excluded from all fractions{ForMetric(name)}",
                    NameFor(call, name), call.Arguments[2].Position);
            }

            return value;
        }

        public double OfClassic(List<Bucket> buckets, int step, string name) => ClassicHistogram.Fraction(lower[step], upper[step], buckets);
    }

    /// <summary>One vector behind the other.</summary>
    private sealed class ConcatenatedSource(SeriesMeta[] series, VectorSource[] parts) : VectorSource(series)
    {
        public override void Read(int index, StepColumn into)
        {
            var part = 0;
            for (; index >= parts[part].Series.Length; part++)
            {
                index -= parts[part].Series.Length;
            }

            parts[part].Read(index, into);
        }
    }
}
