using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>What columns stream into: one running value for each group and step.</summary>
internal abstract class Accumulator
{
    public static Accumulator For(AggregateExpr aggregate, QueryContext context, int groups, int steps)
    {
        var columns = new StepColumn[groups];
        for (var i = 0; i < groups; i++)
        {
            columns[i] = context.AbsentColumn(steps, aggregate);
        }

        return aggregate.Operator switch
        {
            AggregationOperator.Sum => new Sum(columns, Array.ConvertAll(columns, _ => Zeros(context, steps, aggregate)), new(context, aggregate, steps)),
            AggregationOperator.Avg => new Avg(Held(context, columns, steps, aggregate), steps, new(context, aggregate, steps)),
            AggregationOperator.Min => new Extreme(columns, false),
            AggregationOperator.Max => new Extreme(columns, true),
            AggregationOperator.Count => new Count(columns),
            AggregationOperator.Group => new Group(columns),
            _ => new Variance(Held(context, columns, steps, aggregate), steps, aggregate.Operator == AggregationOperator.Stddev),
        };
    }

    /// <summary>Whether native histograms count; else they are left out.</summary>
    public virtual bool TakesHistograms => false;

    /// <summary>Adds a series' column to its group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="column">The column.</param>
    /// <param name="labels">The series, for what is to be told of it.</param>
    public abstract void Add(int group, StepColumn column, LabelSet labels);

    /// <summary>The groups' columns.</summary>
    public abstract StepColumn[] Finish();

    /// <summary>Counts the states that are kept beside the columns: three numbers for each step.</summary>
    private static StepColumn[] Held(QueryContext context, StepColumn[] columns, int steps, Expr at)
    {
        context.Hold(3L * sizeof(double) * columns.Length * steps, at);
        return columns;
    }

    private static StepColumn Zeros(QueryContext context, int steps, Expr at)
    {
        var column = context.Column(steps, at);
        column.Floats.Clear();
        return column;
    }

    private sealed class Sum(StepColumn[] sums, StepColumn[] errors, HistogramSums histograms) : Accumulator
    {
        public override bool TakesHistograms => true;

        public override void Add(int group, StepColumn input, LabelSet labels)
        {
            histograms.Add(group, input, labels);
            var column = input.Floats;
            var sum = sums[group].Floats;
            var error = errors[group].Floats;
            for (var step = 0; step < column.Length; step++)
            {
                var value = column[step];
                if (Absent.Is(value))
                {
                    continue;
                }

                if (Absent.Is(sum[step]))
                {
                    sum[step] = value;
                }
                else
                {
                    KahanSum.Add(value, ref sum[step], ref error[step]);
                }
            }
        }

        public override StepColumn[] Finish()
        {
            for (var group = 0; group < sums.Length; group++)
            {
                var sum = sums[group].Floats;
                var error = errors[group].Floats;
                for (var step = 0; step < sum.Length; step++)
                {
                    sum[step] = Absent.Is(sum[step]) || double.IsInfinity(sum[step]) ? sum[step] : sum[step] + error[step];
                }

                histograms.Finish(group, sums[group]);
            }

            return sums;
        }
    }

    private sealed class Avg(StepColumn[] columns, int steps, HistogramSums histograms) : Accumulator
    {
        private readonly RunningMean[] _means = new RunningMean[columns.Length * steps];

        public override bool TakesHistograms => true;

        public override void Add(int group, StepColumn input, LabelSet labels)
        {
            histograms.Add(group, input, labels);
            var column = input.Floats;
            var means = _means.AsSpan(group * steps, steps);
            for (var step = 0; step < column.Length; step++)
            {
                if (!Absent.Is(column[step]))
                {
                    means[step].Add(column[step]);
                }
            }
        }

        public override StepColumn[] Finish()
        {
            for (var group = 0; group < columns.Length; group++)
            {
                var column = columns[group].Floats;
                for (var step = 0; step < steps; step++)
                {
                    ref readonly var mean = ref _means[(group * steps) + step];
                    column[step] = mean.Count == 0 ? Absent.Value : mean.Value;
                }

                histograms.Finish(group, columns[group]);
            }

            return columns;
        }
    }

    /// <summary>min and max: NaN only where there is nothing else.</summary>
    private sealed class Extreme(StepColumn[] columns, bool isMax) : Accumulator
    {
        public override void Add(int group, StepColumn input, LabelSet labels)
        {
            var column = input.Floats;
            var best = columns[group].Floats;
            for (var step = 0; step < column.Length; step++)
            {
                var value = column[step];
                if (Absent.Is(value))
                {
                    continue;
                }

                // A column's absent place is a NaN too, so that one test covers both.
                if (double.IsNaN(best[step]) || (isMax ? value > best[step] : value < best[step]))
                {
                    best[step] = value;
                }
            }
        }

        public override StepColumn[] Finish() => columns;
    }

    private sealed class Count(StepColumn[] columns) : Accumulator
    {
        public override bool TakesHistograms => true;

        public override void Add(int group, StepColumn input, LabelSet labels)
        {
            var column = input.Floats;
            var count = columns[group].Floats;
            for (var step = 0; step < column.Length; step++)
            {
                if (!Absent.Is(column[step]) || input.HistogramAt(step) is not null)
                {
                    count[step] = Absent.Is(count[step]) ? 1 : count[step] + 1;
                }
            }
        }

        public override StepColumn[] Finish() => columns;
    }

    private sealed class Group(StepColumn[] columns) : Accumulator
    {
        public override bool TakesHistograms => true;

        public override void Add(int group, StepColumn input, LabelSet labels)
        {
            var ones = columns[group].Floats;
            for (var step = 0; step < input.Length; step++)
            {
                ones[step] = input.IsAbsent(step) ? ones[step] : 1;
            }
        }

        public override StepColumn[] Finish() => columns;
    }

    /// <summary>stddev and stdvar of the population.</summary>
    /// <remarks>Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and products" (1962).</remarks>
    private sealed class Variance(StepColumn[] columns, int steps, bool isDeviation) : Accumulator
    {
        private readonly (double Count, double Mean, double Squares)[] _states = new (double, double, double)[columns.Length * steps];

        public override void Add(int group, StepColumn input, LabelSet labels)
        {
            var column = input.Floats;
            var states = _states.AsSpan(group * steps, steps);
            for (var step = 0; step < column.Length; step++)
            {
                var value = column[step];
                if (Absent.Is(value))
                {
                    continue;
                }

                ref var state = ref states[step];
                state.Count++;
                var delta = value - state.Mean;
                state.Mean += delta / state.Count;
                state.Squares += delta * (value - state.Mean);
            }
        }

        public override StepColumn[] Finish()
        {
            for (var group = 0; group < columns.Length; group++)
            {
                var column = columns[group].Floats;
                for (var step = 0; step < steps; step++)
                {
                    var (count, _, squares) = _states[(group * steps) + step];
                    column[step] = count == 0 ? Absent.Value : isDeviation ? Math.Sqrt(squares / count) : squares / count;
                }
            }

            return columns;
        }
    }
}
