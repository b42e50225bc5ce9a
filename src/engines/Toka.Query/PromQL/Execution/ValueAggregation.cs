using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Histograms;

namespace Toka.Query.PromQL.Execution;

/// <summary><c>quantile</c> and <c>count_values</c>: they need all values of a step.</summary>
internal static class ValueAggregation
{
    public static ColumnVector Quantile(
        QueryContext context, AggregateExpr aggregate, StepGrid grid, ScalarColumn parameter, VectorSource source, Groups groups)
    {
        var input = context.Materialize(source, grid, aggregate.Operand);
        for (var i = 0; i < input.Series.Length; i++)
        {
            Aggregation.InformOfHistograms(context, aggregate, input[i], aggregate.Operand);
        }

        var members = groups.Members();
        var columns = Array.ConvertAll(members, _ => context.AbsentColumn(grid.Count, aggregate));
        var values = new List<double>();
        for (var step = 0; step < grid.Count; step++)
        {
            context.CheckCancelled();
            var q = parameter[step];
            for (var group = 0; group < members.Length; group++)
            {
                values.Clear();
                foreach (var index in members[group])
                {
                    var value = input[index].Floats[step];
                    if (!Absent.Is(value))
                    {
                        values.Add(value);
                    }
                }

                if (values.Count > 0)
                {
                    columns[group].Floats[step] = Quantiles.Of(q, values);
                }
            }

            Quantiles.CheckRange(context.Annotations, q, aggregate.Parameter!);
        }

        return new ColumnVector(groups.Series, columns);
    }

    public static ColumnVector CountValues(
        QueryContext context, AggregateExpr aggregate, StepGrid grid, TextValue parameter, VectorSource source, Groups groups)
    {
        var label = parameter.Text;
        if (label.Length == 0 || !LooseText.IsUtf8(label))
        {
            throw QueryContext.Fail($"invalid label name {ExprPrinter.Quote(label)}", aggregate.Parameter!);
        }

        // By bits: zero and minus zero read differently.
        var outputs = new Dictionary<(int Group, long Bits, NativeHistogram? Histogram), StepColumn>();
        ColumnReader.ReadAll(context, source, grid.Count, (i, input) =>
        {
            for (var step = 0; step < input.Length; step++)
            {
                if (input.IsAbsent(step))
                {
                    continue;
                }

                var histogram = input.HistogramAt(step);
                var key = (groups.IdOf[i], histogram is null ? BitConverter.DoubleToInt64Bits(input.Floats[step]) : 0, histogram);
                if (!outputs.TryGetValue(key, out var column))
                {
                    outputs.Add(key, column = context.AbsentColumn(grid.Count, aggregate));
                }

                var count = column.Floats[step];
                column.Floats[step] = Absent.Is(count) ? 1 : count + 1;
            }
        });

        // Two groups become one when the label they differ in is the one that is written over, and values do when without
        // removes that label again: their counts add up.
        var isRemoved = aggregate.IsWithout && aggregate.Grouping.Contains(label);
        var joined = new Dictionary<SeriesMeta, StepColumn>();
        foreach (var ((group, bits, histogram), column) in outputs)
        {
            var text = isRemoved ? "" : histogram is null ? NumberFormat.Print(BitConverter.Int64BitsToDouble(bits)) : HistogramText.Of(histogram);
            var meta = groups.Series[group] with { Labels = context.Labels.With(groups.Series[group].Labels, label, text, aggregate) };
            if (!joined.TryAdd(meta, column))
            {
                AddUp(column.Floats, joined[meta].Floats);
            }
        }

        return new ColumnVector([.. joined.Keys], [.. joined.Values]);
    }

    private static void AddUp(ReadOnlySpan<double> counts, Span<double> into)
    {
        for (var step = 0; step < counts.Length; step++)
        {
            if (!Absent.Is(counts[step]))
            {
                into[step] = Absent.Is(into[step]) ? counts[step] : into[step] + counts[step];
            }
        }
    }
}

/// <summary>Quantiles of values.</summary>
internal static class Quantiles
{
    /// <summary>The φ-quantile, interpolated between the two nearest ranks; sorts the values, NaN first.</summary>
    /// <remarks>Source: R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages" (1996), definition 7.</remarks>
    public static double Of(double q, List<double> values)
    {
        if (values.Count == 0 || double.IsNaN(q))
        {
            return double.NaN;
        }

        if (q is < 0 or > 1)
        {
            return q < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        values.Sort();
        var rank = q * (values.Count - 1);
        var lower = (int)Math.Floor(rank);
        var upper = Math.Min(values.Count - 1, lower + 1);
        var weight = rank - lower;
        return (values[lower] * (1 - weight)) + (values[upper] * weight);
    }

    public static void CheckRange(Annotations annotations, double q, Expr at)
    {
        if (double.IsNaN(q) || q is < 0 or > 1)
        {
            annotations.Warn($"quantile value should be between 0 and 1, got {NumberFormat.PrintShort(q)}", at.Position);
        }
    }
}
