namespace Toka.Query.PromQL.Ast;

/// <summary>What is wrong with a computed duration, and where.</summary>
internal readonly record struct DurationFault(string Message, int Position);

/// <summary>Computes durations, in seconds as PromQL's numbers are.</summary>
internal static class DurationMath
{
    /// <summary>31,000 years: sums of as many as an expression can nest still fit 64 bits.</summary>
    private const double MillisecondsMax = 1e15;

    /// <summary>Computes a duration in ms, less than one cut off as Prometheus does.</summary>
    /// <param name="duration">The duration.</param>
    /// <param name="stepMs">What <c>step()</c> is.</param>
    /// <param name="rangeMs">What <c>range()</c> is.</param>
    /// <param name="mustBePositive">Whether it is a range or a step, not an offset.</param>
    /// <param name="ms">The duration.</param>
    /// <returns>What is wrong; null where nothing is.</returns>
    public static DurationFault? TryCompute(DurationExpr duration, long stepMs, long rangeMs, bool mustBePositive, out long ms)
    {
        DurationFault? fault = null;
        var seconds = Compute(duration, stepMs / 1000.0, rangeMs / 1000.0, ref fault);
        var exact = duration is DurationLiteral ? Math.Round(seconds * 1000, MidpointRounding.AwayFromZero) : Math.Truncate(seconds * 1000);
        var fits = Math.Abs(exact) <= MillisecondsMax;
        ms = fits ? (long)exact : 0;
        return fault
            ?? (!fits ? new DurationFault($"duration out of range: {NumberFormat.PrintShort(seconds)} s", duration.Position.Start)
                : mustBePositive && ms <= 0 ? new DurationFault("duration must be greater than 0", duration.Position.Start) : null);
    }

    private static double Compute(DurationExpr duration, double step, double range, ref DurationFault? fault)
    {
        switch (duration)
        {
            case DurationLiteral literal:
                return literal.Seconds;
            case QueryDuration query:
                return query.IsStep ? step : range;
            case NegatedDuration negated:
                return -Compute(negated.Operand, step, range, ref fault);
            case DurationOperation operation:
                var left = Compute(operation.Left, step, range, ref fault);
                var right = Compute(operation.Right, step, range, ref fault);
                if (right == 0 && operation.Operator is DurationOperator.Divide or DurationOperator.Modulo)
                {
                    fault ??= new DurationFault(operation.Operator == DurationOperator.Divide ? "division by zero" : "modulo by zero", operation.Right.Position.Start);
                }

                return operation.Operator switch
                {
                    DurationOperator.Add => left + right,
                    DurationOperator.Subtract => left - right,
                    DurationOperator.Multiply => left * right,
                    DurationOperator.Divide => left / right,
                    DurationOperator.Modulo => left % right,
                    DurationOperator.Power => Math.Pow(left, right),
                    DurationOperator.MinOf => Math.Min(left, right),
                    _ => Math.Max(left, right),
                };
            default:
                throw new InvalidOperationException($"No value for {duration.GetType().Name}.");
        }
    }
}
