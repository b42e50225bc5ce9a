using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Planning;

namespace Toka.Query.TraceQL.Execution;

/// <summary>Computes expressions of a span. Not thread-safe.</summary>
/// <param name="withConditions">Whether filters are checked as a reader checks them, where that is the same. False: for tests.</param>
internal sealed class SpanValues(bool withConditions = true)
{
    private readonly Dictionary<FieldExpr, ConditionEvaluator?> _exact = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether a filter holds of a span.</summary>
    public bool Holds(FieldExpr? filter, TraceView trace, int span)
    {
        if (filter is null)
        {
            return true;
        }

        if (!_exact.TryGetValue(filter, out var exact))
        {
            exact = withConditions && ConditionPlan.Exact(filter) is { } condition ? new ConditionEvaluator(condition) : null;
            _exact.Add(filter, exact);
        }

        return exact?.Holds(trace.Spans[span]) ?? filter switch
        {
            FieldBinary { Operator: FieldOperator.And } and => Holds(and.Left, trace, span) && Holds(and.Right, trace, span),
            FieldBinary { Operator: FieldOperator.Or } or => Holds(or.Left, trace, span) || Holds(or.Right, trace, span),
            FieldUnary { IsNot: true } not => !Holds(not.Operand, trace, span),
            FieldBinary compare => HoldsComparison(compare, trace, span),
            _ => Values(filter, trace, span).Any(value => value.Bool),
        };
    }

    /// <summary>The value of an expression: the first where there are many, of kind none where there is none.</summary>
    public AttributeValue ValueOf(FieldExpr expr, TraceView trace, int span)
    {
        var values = Values(expr, trace, span);
        return values.Count > 0 ? values[0] : default;
    }

    /// <summary>The value of an expression for people and series: statuses and kinds by their names.</summary>
    public AttributeValue ShownValueOf(FieldExpr expr, TraceView trace, int span) => Shown(expr.Type, ValueOf(expr, trace, span));

    /// <summary>A value for people and series: statuses and kinds by their names.</summary>
    public static AttributeValue Shown(TraceQlType type, AttributeValue value) => (type, value.Kind) switch
    {
        (TraceQlType.Status, AttributeKind.Int) => AttributeValue.Of(((SpanStatus)value.Int).ToString().ToLowerInvariant()),
        (TraceQlType.Kind, AttributeKind.Int) => AttributeValue.Of(((SpanKind)value.Int).ToString().ToLowerInvariant()),
        _ => value,
    };

    private bool HoldsComparison(FieldBinary compare, TraceView trace, int span)
    {
        var left = Values(compare.Left, trace, span);
        var right = Values(compare.Right, trace, span);
        if (compare.Left.Type == TraceQlType.Nil || compare.Right.Type == TraceQlType.Nil)
        {
            var (field, values) = compare.Left.Type == TraceQlType.Nil ? (compare.Right, right) : (compare.Left, left);

            // Of a root the parent is the empty text, so that it can be looked for.
            var isThere = values.Count > 0 && !(field is FieldRef { Intrinsic: Intrinsic.ParentId } && values[0].Text.Length == 0);
            return isThere == (compare.Operator == FieldOperator.NotEqual);
        }

        foreach (var one in right)
        {
            var comparison = new Condition.Compare(default, Arithmetic.ComparisonOf(compare.Operator), one);
            foreach (var other in left)
            {
                if (ConditionEvaluator.Holds(comparison, other))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private List<AttributeValue> Values(FieldExpr expr, TraceView trace, int span)
    {
        var values = new List<AttributeValue>();
        switch (expr)
        {
            case StaticExpr constant:
                values.Add(constant.Value);
                break;
            case FieldRef field:
                Collect(field, trace, span, values);
                break;
            case FieldUnary { IsNot: false } minus:
                AddNumber(values, Arithmetic.Negate(ValueOf(minus.Operand, trace, span)));
                break;
            case FieldBinary { Operator: >= FieldOperator.Add } binary:
                AddNumber(values, Arithmetic.Compute(binary.Operator, ValueOf(binary.Left, trace, span), ValueOf(binary.Right, trace, span)));
                break;
            default:
                values.Add(AttributeValue.Of(Holds(expr, trace, span)));
                break;
        }

        return values;
    }

    private static void AddNumber(List<AttributeValue> values, AttributeValue number)
    {
        if (number.IsNumber)
        {
            values.Add(number);
        }
    }

    private static void Collect(FieldRef field, TraceView trace, int at, List<AttributeValue> values)
    {
        if (field.IsOfParent)
        {
            at = trace.ParentOf(at);
            if (at < 0)
            {
                return;
            }

            field = field with { IsOfParent = false };
        }

        var span = trace.Spans[at];
        if (FieldMapping.Of(field) is { } mapped)
        {
            ((ISearchable)span).CollectValues(mapped, values);
            return;
        }

        switch (field.Intrinsic)
        {
            case Intrinsic.ChildCount:
                values.Add(AttributeValue.Of((long)trace.ChildCountOf(at)));
                break;
            case Intrinsic.NestedSetParent:
                values.Add(AttributeValue.Of(span.ParentId.IsEmpty ? -1L : 1L));
                break;
            case Intrinsic.TraceDuration:
                values.Add(AttributeValue.Of(trace.Summary.DurationNs));
                break;
            case Intrinsic.RootName when trace.Summary.HasRoot:
                values.Add(AttributeValue.Of(trace.Summary.RootName));
                break;
            case Intrinsic.RootService when trace.Summary.HasRoot:
                values.Add(AttributeValue.Of(trace.Summary.RootService));
                break;
            case Intrinsic.EventTimeSinceStart:
                values.AddRange(SpanEvent.Read(span.Events.Span).Select(one => AttributeValue.Of(one.TimeNs - span.StartNs)));
                break;
            default:
                break;
        }
    }
}
