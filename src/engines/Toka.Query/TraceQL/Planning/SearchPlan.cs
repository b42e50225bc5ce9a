using Toka.Core.Searching;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Planning;

/// <summary>How a set of spans is looked for: by which condition traces are found, and what of them must be read.</summary>
internal sealed class SearchPlan
{
    private const int AttributesMax = 20;

    private readonly List<FieldRef> _fields = [];
    private readonly List<FieldRef> _shown = [];
    private int _filters;
    private bool _hasStructure;

    private SearchPlan(SpansetExpr spans) => Spans = spans;

    /// <summary>The set, with constants computed.</summary>
    public SpansetExpr Spans { get; }

    /// <summary>What holds of at least one span, within the range, of every trace that is found.</summary>
    public required Condition Candidates { get; init; }

    /// <summary>The condition of exactly the spans of the set, where the set is one plain filter; else null.</summary>
    public Condition? ExactSpans { get; private init; }

    /// <summary>Whether every trace must be read as a whole. False: the spans that hold <see cref="Candidates"/> are enough.</summary>
    public bool NeedsWholeTraces => _hasStructure || _filters != 1;

    /// <summary>Whether the trace's length or root is asked for.</summary>
    public bool NeedsSummaries { get; private set; }

    /// <summary>Fields that are returned with every span: those of <c>select</c> and the attributes that filters name.</summary>
    public IReadOnlyList<FieldRef> Shown => _shown;

    /// <summary>Plans a set.</summary>
    public static SearchPlan Of(SpansetExpr spans)
    {
        spans = ConstantFolding.Fold(spans);
        var plan = new SearchPlan(spans)
        {
            Candidates = CandidatesOf(spans),
            ExactSpans = spans is SpansetFilter filter ? ConditionPlan.Exact(filter.Filter) : null,
        };
        plan.Visit(spans, isFirst: true);
        plan.NeedsSummaries = plan._fields.Any(FieldMapping.IsOfTrace);
        plan._hasStructure |= plan._fields.Any(FieldMapping.NeedsStructure);
        return plan;
    }

    /// <summary>Plans a plain condition.</summary>
    /// <param name="condition">What must hold of a span.</param>
    /// <param name="shown">Fields that are returned with every span.</param>
    public static SearchPlan Of(Condition condition, IReadOnlyList<FieldRef> shown)
    {
        var plan = new SearchPlan(new SpansetFilter(null)) { Candidates = condition, ExactSpans = condition };
        plan._shown.AddRange(shown);
        return plan;
    }

    private static Condition CandidatesOf(SpansetExpr spans) => spans switch
    {
        SpansetFilter filter => ConditionPlan.Necessary(filter.Filter),
        SpansetPipeline pipeline => CandidatesOf(pipeline.Source),
        SpansetOperation { Operator: SpansetOperator.Or } or => ConditionPlan.Either(CandidatesOf(or.Left), CandidatesOf(or.Right)),
        SpansetOperation { Join: SpansetJoin.NotRight } not => CandidatesOf(not.Right),

        // Both sides must have a span: the traces of the side that has fewer are enough.
        SpansetOperation both => Narrower(CandidatesOf(both.Left), CandidatesOf(both.Right)),
        _ => throw new InvalidOperationException("no such set of spans"),
    };

    private static Condition Narrower(Condition left, Condition right) => Selectivity.Of(right) > Selectivity.Of(left) ? right : left;

    private void Visit(SpansetExpr spans, bool isFirst)
    {
        switch (spans)
        {
            case SpansetFilter filter:
                // A filter further down a pipeline looks at spans that the first one took.
                _filters += isFirst ? 1 : 0;
                Visit(filter.Filter, isShown: true);
                break;
            case SpansetOperation operation:
                _hasStructure |= operation.Operator > SpansetOperator.And;
                Visit(operation.Left, isFirst);
                Visit(operation.Right, isFirst);
                break;
            case SpansetPipeline pipeline:
                Visit(pipeline.Source, isFirst);
                foreach (var stage in pipeline.Stages)
                {
                    Visit(stage);
                }

                break;
            default:
                throw new InvalidOperationException("no such set of spans");
        }
    }

    private void Visit(PipelineStage stage)
    {
        switch (stage)
        {
            case FilterStage filter:
                Visit(filter.Filter, isFirst: false);
                break;
            case ByStage by:
                Visit(by.Key, isShown: false);
                break;
            case ScalarStage scalar:
                Visit(scalar.Left);
                Visit(scalar.Right);
                break;
            case SelectStage select:
                foreach (var field in select.Fields)
                {
                    _fields.Add(field);
                    _shown.Remove(field);
                    _shown.Add(field);
                }

                break;
            default:
                break;
        }
    }

    private void Visit(ScalarExpr scalar)
    {
        switch (scalar)
        {
            case ScalarAggregate { Of: { } of }:
                Visit(of, isShown: false);
                break;
            case ScalarBinary binary:
                Visit(binary.Left);
                Visit(binary.Right);
                break;
            default:
                break;
        }
    }

    private void Visit(FieldExpr? expr, bool isShown)
    {
        switch (expr)
        {
            case FieldRef field:
                _fields.Add(field);
                if (isShown && field.Intrinsic == Intrinsic.None && _shown.Count < AttributesMax && !_shown.Contains(field))
                {
                    _shown.Add(field);
                }

                break;
            case FieldUnary unary:
                Visit(unary.Operand, isShown);
                break;
            case FieldBinary binary:
                Visit(binary.Left, isShown);
                Visit(binary.Right, isShown);
                break;
            default:
                break;
        }
    }
}
