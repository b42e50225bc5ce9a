using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;
using Toka.Query.PromQL.Histograms;
using Toka.Query.PromQL.Planning;

namespace Toka.Query.PromQL.Functions;

/// <summary>PromQL's functions: one line each.</summary>
internal static class BuiltInFunctions
{
    private const ExprType Scalar = ExprType.Scalar;
    private const ExprType Vector = ExprType.InstantVector;
    private const ExprType Range = ExprType.RangeVector;
    private const ExprType Text = ExprType.String;

    public static IEnumerable<PromQlFunction> All() =>
        [.. Maths(), .. Trigonometry(), .. Rates(), .. OverTime(), .. Dates(), .. Conversions(), .. Histograms(), .. Others()];

    private static IEnumerable<PromQlFunction> Maths()
    {
        yield return Element("abs", Math.Abs);
        yield return Element("ceil", Math.Ceiling);
        yield return Element("floor", Math.Floor);
        yield return Element("exp", Math.Exp);
        yield return Element("ln", Math.Log);
        yield return Element("log2", Math.Log2);
        yield return Element("log10", Math.Log10);
        yield return Element("sqrt", Math.Sqrt);
        yield return Element("sgn", MathFunctions.Sign);
        yield return new ElementwiseFunction(new("round", Vector, [Vector, Scalar], Optional: 1), MathFunctions.Round);
        yield return new ElementwiseFunction(new("clamp", Vector, [Vector, Scalar, Scalar]), MathFunctions.Clamp);
        yield return new ElementwiseFunction(new("clamp_min", Vector, [Vector, Scalar]), MathFunctions.ClampMin);
        yield return new ElementwiseFunction(new("clamp_max", Vector, [Vector, Scalar]), MathFunctions.ClampMax);
    }

    private static IEnumerable<PromQlFunction> Trigonometry()
    {
        yield return Element("acos", Math.Acos);
        yield return Element("acosh", Math.Acosh);
        yield return Element("asin", Math.Asin);
        yield return Element("asinh", Math.Asinh);
        yield return Element("atan", Math.Atan);
        yield return Element("atanh", Math.Atanh);
        yield return Element("cos", Math.Cos);
        yield return Element("cosh", Math.Cosh);
        yield return Element("sin", Math.Sin);
        yield return Element("sinh", Math.Sinh);
        yield return Element("tan", Math.Tan);
        yield return Element("tanh", Math.Tanh);
        yield return Element("deg", static radians => radians * 180 / Math.PI);
        yield return Element("rad", static degrees => degrees * Math.PI / 180);
    }

    private static IEnumerable<PromQlFunction> Rates()
    {
        yield return new RangeFunction(new("rate", Vector, [Range]), RateFunctions.Rate)
        {
            WantsStarts = true,
            WantsCounter = true,
            AsColumn = RateKind.Rate,
            OfHistograms = HistogramRates.Rate,
            OfExtended = ExtendedRates.Rate,
            OfSummaries = SummaryFunctions.Rate,
        };
        yield return new RangeFunction(new("increase", Vector, [Range]), RateFunctions.Increase)
        {
            WantsStarts = true,
            WantsCounter = true,
            AsColumn = RateKind.Increase,
            OfHistograms = HistogramRates.Increase,
            OfExtended = ExtendedRates.Increase,
            OfSummaries = SummaryFunctions.Increase,
        };
        yield return new RangeFunction(new("delta", Vector, [Range]), RateFunctions.Delta)
        {
            AsColumn = RateKind.Delta,
            OfHistograms = HistogramRates.Delta,
            OfExtended = ExtendedRates.Delta,
            OfSummaries = SummaryFunctions.Delta,
        };
        yield return new RangeFunction(new("irate", Vector, [Range]), RateFunctions.InstantRate)
        {
            WantsStarts = true,
            OfHistograms = HistogramRates.InstantRate,
        };
        yield return OfRange("idelta", RateFunctions.InstantDelta, HistogramRates.InstantDelta);
        yield return new RangeFunction(new("changes", Vector, [Range]), RateFunctions.Changes)
        {
            OfHistograms = MixedOverTime.Changes,
            OfExtended = AnchoredCounts.Changes,
        };
        yield return new RangeFunction(new("resets", Vector, [Range]), RateFunctions.Resets)
        {
            WantsStarts = true,
            OfHistograms = MixedOverTime.Resets,
            OfExtended = AnchoredCounts.Resets,
        };
        yield return OfRange("deriv", RegressionFunctions.Derivative);
        yield return new RangeFunction(new("predict_linear", Vector, [Range, Scalar]), RegressionFunctions.PredictLinear) { DependsOnStep = true };
        yield return new RangeFunction(
            new("double_exponential_smoothing", Vector, [Range, Scalar, Scalar], IsExperimental: true),
            RegressionFunctions.DoubleExponentialSmoothing) { Check = RegressionFunctions.CheckSmoothing };
    }

    private static IEnumerable<PromQlFunction> OverTime()
    {
        yield return OfRange("avg_over_time", OverTimeFunctions.Avg, MixedOverTime.Avg, SummaryFunctions.Avg);
        yield return OfRange("count_over_time", OverTimeFunctions.Count, MixedOverTime.Count, SummaryFunctions.Count);
        yield return OfRange("max_over_time", OverTimeFunctions.Max, null, SummaryFunctions.Max);
        yield return OfRange("min_over_time", OverTimeFunctions.Min, null, SummaryFunctions.Min);
        yield return OfRange("present_over_time", OverTimeFunctions.Present, MixedOverTime.Present);
        yield return OfRange("stddev_over_time", OverTimeFunctions.Stddev);
        yield return OfRange("stdvar_over_time", OverTimeFunctions.Stdvar);
        yield return OfRange("sum_over_time", OverTimeFunctions.Sum, MixedOverTime.Sum, SummaryFunctions.Sum);
        yield return new RangeFunction(new("last_over_time", Vector, [Range]), OverTimeFunctions.Last)
        {
            KeepsName = true,
            OfHistograms = MixedOverTime.Last,
        };
        yield return new RangeFunction(new("first_over_time", Vector, [Range], IsExperimental: true), OverTimeFunctions.First)
        {
            KeepsName = true,
            OfHistograms = MixedOverTime.First,
        };
        yield return new RangeFunction(new("quantile_over_time", Vector, [Scalar, Range]), OverTimeFunctions.Quantile)
        {
            RangeArgument = 1,
            Check = static (call, arguments) => Quantiles.CheckRange(call.Context.Annotations, arguments[0], call.Arguments[0]),
        };
        yield return Experimental("mad_over_time", OverTimeFunctions.MedianDeviation);
        yield return Experimental("ts_of_first_over_time", OverTimeFunctions.TimeOfFirst, MixedOverTime.TimeOfFirst);
        yield return Experimental("ts_of_last_over_time", OverTimeFunctions.TimeOfLast, MixedOverTime.TimeOfLast);
        yield return Experimental("ts_of_max_over_time", OverTimeFunctions.TimeOfMax);
        yield return Experimental("ts_of_min_over_time", OverTimeFunctions.TimeOfMin);
    }

    private static IEnumerable<PromQlFunction> Dates()
    {
        yield return Date("minute", DateFunctions.Minute);
        yield return Date("hour", DateFunctions.Hour);
        yield return Date("day_of_week", DateFunctions.DayOfWeek);
        yield return Date("day_of_month", DateFunctions.DayOfMonth);
        yield return Date("day_of_year", DateFunctions.DayOfYear);
        yield return Date("days_in_month", DateFunctions.DaysInMonth);
        yield return Date("month", DateFunctions.Month);
        yield return Date("year", DateFunctions.Year);
    }

    private static IEnumerable<PromQlFunction> Conversions()
    {
        yield return new CustomFunction(new("scalar", Scalar, [Vector]), ConversionFunctions.Scalar);
        yield return new CustomFunction(new("vector", Vector, [Scalar]), ConversionFunctions.Vector);
        yield return new CustomFunction(new("time", Scalar, []), ConversionFunctions.Time) { DependsOnStep = true };
        yield return new CustomFunction(new("timestamp", Vector, [Vector]), ConversionFunctions.Timestamp) { DependsOnStep = true };
        yield return new CustomFunction(new("start_timestamp", Vector, [Vector], IsExperimental: true), StartTimestampFunction.Evaluate);
        yield return new CustomFunction(new("absent", Vector, [Vector]), ConversionFunctions.AbsentVector);
        yield return new CustomFunction(new("absent_over_time", Vector, [Range]), ConversionFunctions.AbsentOverTime);
        yield return new CustomFunction(new("pi", Scalar, []), static _ => new ScalarColumn(Math.PI));
        yield return OfTwoScalars("min_of", Math.Min);
        yield return OfTwoScalars("max_of", Math.Max);
        yield return OfPlan("start", static call => call.Context.Plan.StartMs);
        yield return OfPlan("end", static call => call.Context.Plan.EndMs);
        yield return OfPlan("range", static call => call.Context.Plan.EndMs - call.Context.Plan.StartMs);
        yield return OfPlan("step", static call => call.Context.Plan.IsRange ? call.Context.Plan.Grid.StepMs : 0);
    }

    private static IEnumerable<PromQlFunction> Others()
    {
        yield return new CustomFunction(new("label_replace", Vector, [Vector, Text, Text, Text, Text]), LabelFunctions.Replace);
        yield return new CustomFunction(
            new(InfoSelection.Function, Vector, [Vector, Vector], Optional: 1, IsExperimental: true) { LabelSelectorArgument = 1 }, InfoFunction.Evaluate);
        yield return new CustomFunction(new("label_join", Vector, [Vector, Text, Text, Text], IsVariadic: true), LabelFunctions.Join);
        yield return new CustomFunction(new("sort", Vector, [Vector]), static call => SortFunctions.ByValue(call, false));
        yield return new CustomFunction(new("sort_desc", Vector, [Vector]), static call => SortFunctions.ByValue(call, true));
        yield return new CustomFunction(
            new("sort_by_label", Vector, [Vector, Text], IsVariadic: true, IsExperimental: true), static call => SortFunctions.ByLabel(call, false));
        yield return new CustomFunction(
            new("sort_by_label_desc", Vector, [Vector, Text], IsVariadic: true, IsExperimental: true), static call => SortFunctions.ByLabel(call, true));
    }

    private static IEnumerable<PromQlFunction> Histograms()
    {
        yield return OfHistogram("histogram_count", static (in HistogramView histogram) => histogram.Count);
        yield return OfHistogram("histogram_sum", static (in HistogramView histogram) => histogram.Sum);
        yield return OfHistogram("histogram_avg", HistogramStatistics.Mean);
        yield return OfHistogram("histogram_stddev", static (in HistogramView histogram) => Math.Sqrt(HistogramStatistics.StandardVariance(histogram)));
        yield return OfHistogram("histogram_stdvar", HistogramStatistics.StandardVariance);
        yield return new CustomFunction(new("histogram_quantile", Vector, [Scalar, Vector]), HistogramFunctions.Quantile);
        yield return new CustomFunction(new("histogram_fraction", Vector, [Scalar, Scalar, Vector]), HistogramFunctions.Fraction);
        yield return new CustomFunction(
            new("histogram_quantiles", Vector, [Vector, Text, Scalar, Scalar], IsVariadic: true, IsExperimental: true), HistogramFunctions.SeveralQuantiles);
    }

    private static ElementwiseFunction Element(string name, Func<double, double> map) =>
        new(new(name, Vector, [Vector]), (value, _) => map(value));

    private static RangeFunction OfRange(string name, RangeKernel kernel, MixedKernel? ofHistograms = null, SummaryKernel? ofSummaries = null) =>
        new(new(name, Vector, [Range]), kernel) { OfHistograms = ofHistograms, OfSummaries = ofSummaries };

    private static RangeFunction Experimental(string name, RangeKernel kernel, MixedKernel? ofHistograms = null) =>
        new(new(name, Vector, [Range], IsExperimental: true), kernel) { OfHistograms = ofHistograms };

    private static CustomFunction OfHistogram(string name, HistogramKernel kernel) =>
        new(new(name, Vector, [Vector]), call => HistogramValues.Map(call, kernel));

    private static CustomFunction Date(string name, Func<double, double> part) =>
        new(new(name, Vector, [Vector], Optional: 1), ConversionFunctions.Date(part)) { DependsOnStep = true };

    private static CustomFunction OfTwoScalars(string name, Func<double, double, double> choose) =>
        new(new(name, Scalar, [Scalar, Scalar], IsExperimental: true), call => ConversionFunctions.Choose(call, choose));

    private static CustomFunction OfPlan(string name, Func<FunctionCall, long> milliseconds) =>
        new(new(name, Scalar, [], IsExperimental: true), call => new ScalarColumn(milliseconds(call) / 1000.0));
}
