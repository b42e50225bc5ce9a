using System.Text;

namespace Toka.Query.PromQL.Ast;

/// <summary>Writes computed durations as Prometheus prints them.</summary>
internal static class DurationPrinter
{
    public static void Write(StringBuilder text, DurationExpr duration)
    {
        text.Append(duration.IsWrapped ? "(" : "");
        switch (duration)
        {
            case DurationLiteral { IsDuration: true } literal:
                text.Append(NumberFormat.PrintDuration((long)Math.Round(literal.Seconds * 1000)));
                break;
            case DurationLiteral literal:
                text.Append(NumberFormat.Print(literal.Seconds));
                break;
            case QueryDuration query:
                text.Append(query.IsStep ? "step()" : "range()");
                break;
            case NegatedDuration negated:
                text.Append('-');
                Write(text, negated.Operand);
                break;
            case DurationOperation { Operator: DurationOperator.MinOf or DurationOperator.MaxOf } choice:
                text.Append(choice.Operator == DurationOperator.MinOf ? "min_of(" : "max_of(");
                Write(text, choice.Left);
                text.Append(", ");
                Write(text, choice.Right);
                text.Append(')');
                break;
            case DurationOperation operation:
                WriteLeft(text, operation);
                text.Append(' ').Append(SpellingOf(operation.Operator)).Append(' ');
                Write(text, operation.Right);
                break;
            default:
                throw new InvalidOperationException($"No spelling for {duration.GetType().Name}.");
        }

        text.Append(duration.IsWrapped ? ")" : "");
    }

    /// <summary>The parentheses of a literal are not kept, but those of a negative one before a power mean something.</summary>
    private static void WriteLeft(StringBuilder text, DurationOperation operation)
    {
        if (operation is { Operator: DurationOperator.Power, Left: DurationLiteral literal } && double.IsNegative(literal.Seconds))
        {
            text.Append('(');
            Write(text, literal);
            text.Append(')');
            return;
        }

        Write(text, operation.Left);
    }

    private static char SpellingOf(DurationOperator op) => op switch
    {
        DurationOperator.Add => '+',
        DurationOperator.Subtract => '-',
        DurationOperator.Multiply => '*',
        DurationOperator.Divide => '/',
        DurationOperator.Modulo => '%',
        _ => '^',
    };
}
