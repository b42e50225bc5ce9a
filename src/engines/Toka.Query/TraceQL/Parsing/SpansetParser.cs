using Toka.Query.TraceQL.Ast;
using Toka.Query.TraceQL.Lexing;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>Parses sets of spans, the operators between them, and the stages that they pass.</summary>
internal sealed class SpansetParser(TokenCursor tokens, FieldParser fields)
{
    private static readonly string[] s_metrics =
        ["rate", "count_over_time", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time", "quantile_over_time", "histogram_over_time", "compare"];

    /// <summary>Whether a word makes series of spans.</summary>
    public static bool IsMetrics(string word) => s_metrics.Contains(word);

    /// <summary>Parses a set and its stages, up to a stage that makes series.</summary>
    public SpansetExpr ParsePipeline()
    {
        var start = tokens.Current.Start;
        var stages = new List<PipelineStage>();

        // A query may begin with a stage: then it is of all spans.
        var source = tokens.Current.Kind is TokenKind.LeftBrace or TokenKind.LeftParen ? Parse() : new SpansetFilter(null) { Position = start };
        if (source is SpansetFilter { Filter: null } && tokens.Current.Kind == TokenKind.Word && tokens.Current.Start == start)
        {
            stages.Add(ParseStage());
        }
        else if (tokens.Current.Start == start)
        {
            throw tokens.Unexpected("\"{\" and a filter, or \"(\"");
        }

        while (tokens.Current.Kind == TokenKind.Pipe && !IsMetrics(tokens.Following.Text))
        {
            tokens.Take();
            stages.Add(ParseStage());
            if (stages.Count > TokenCursor.DepthMax)
            {
                throw tokens.Error(tokens.Current.Start, $"more than {TokenCursor.DepthMax} stages");
            }
        }

        return stages.Count == 0 ? source : new SpansetPipeline(source, stages) { Position = start };
    }

    /// <summary>Parses <c>{ … }</c>.</summary>
    public SpansetFilter ParseFilter()
    {
        var start = tokens.Expect(TokenKind.LeftBrace, "\"{\" and a filter").Start;
        if (tokens.TryTake(TokenKind.RightBrace))
        {
            return new SpansetFilter(null) { Position = start };
        }

        var filter = fields.ParseFilter();
        tokens.Expect(TokenKind.RightBrace, "\"}\" or an operator");
        return new SpansetFilter(filter) { Position = start };
    }

    /// <summary>Parses sets and operators between them: <c>||</c> binds weaker than <c>&amp;&amp;</c>, and that weaker than structure.</summary>
    private SpansetExpr Parse() => ParseBinary(1);

    private SpansetExpr ParseBinary(int precedenceMin)
    {
        using var level = tokens.Descend();
        var left = ParsePrimary();
        var length = 0;
        while (true)
        {
            var token = tokens.Current;
            var (op, join, precedence) = OperatorOf(token.Kind);
            if (precedence == 0 || precedence < precedenceMin)
            {
                return left;
            }

            if (++length > TokenCursor.DepthMax)
            {
                throw tokens.Error(token.Start, $"more than {TokenCursor.DepthMax} operators follow one another");
            }

            tokens.Take();
            left = new SpansetOperation(op, join, left, ParseBinary(precedence + 1)) { Position = left.Position };
        }
    }

    private SpansetExpr ParsePrimary()
    {
        if (tokens.Current.Kind == TokenKind.LeftBrace)
        {
            return ParseFilter();
        }

        if (tokens.Current.Kind != TokenKind.LeftParen)
        {
            throw tokens.Unexpected("\"{\" and a filter, or \"(\"");
        }

        tokens.Take();
        var inner = ParsePipeline();
        tokens.Expect(TokenKind.RightParen, "\")\", \"|\" or an operator between sets of spans");
        return inner;
    }

    private static (SpansetOperator Operator, SpansetJoin Join, int Precedence) OperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.Or => (SpansetOperator.Or, default, 1),
        TokenKind.And => (SpansetOperator.And, default, 2),
        TokenKind.Greater => (SpansetOperator.Child, SpansetJoin.Right, 3),
        TokenKind.NotChild => (SpansetOperator.Child, SpansetJoin.NotRight, 3),
        TokenKind.UnionChild => (SpansetOperator.Child, SpansetJoin.Both, 3),
        TokenKind.Descendant => (SpansetOperator.Descendant, SpansetJoin.Right, 3),
        TokenKind.NotDescendant => (SpansetOperator.Descendant, SpansetJoin.NotRight, 3),
        TokenKind.UnionDescendant => (SpansetOperator.Descendant, SpansetJoin.Both, 3),
        TokenKind.Less => (SpansetOperator.Parent, SpansetJoin.Right, 3),
        TokenKind.NotParent => (SpansetOperator.Parent, SpansetJoin.NotRight, 3),
        TokenKind.UnionParent => (SpansetOperator.Parent, SpansetJoin.Both, 3),
        TokenKind.Ancestor => (SpansetOperator.Ancestor, SpansetJoin.Right, 3),
        TokenKind.NotAncestor => (SpansetOperator.Ancestor, SpansetJoin.NotRight, 3),
        TokenKind.UnionAncestor => (SpansetOperator.Ancestor, SpansetJoin.Both, 3),
        TokenKind.Tilde => (SpansetOperator.Sibling, SpansetJoin.Right, 3),
        TokenKind.NotTilde => (SpansetOperator.Sibling, SpansetJoin.NotRight, 3),
        TokenKind.UnionSibling => (SpansetOperator.Sibling, SpansetJoin.Both, 3),
        _ => default,
    };

    private PipelineStage ParseStage()
    {
        var token = tokens.Current;
        if (token.Kind == TokenKind.LeftBrace || (token.Kind == TokenKind.LeftParen && tokens.Following.Kind is TokenKind.LeftBrace or TokenKind.LeftParen))
        {
            return new FilterStage(Parse());
        }

        if (tokens.TryTakeWord("coalesce"))
        {
            tokens.Expect(TokenKind.LeftParen, "\"()\" after coalesce");
            tokens.Expect(TokenKind.RightParen, "\")\"");
            return new CoalesceStage();
        }

        if (tokens.TryTakeWord("select"))
        {
            return new SelectStage(fields.ParseFields());
        }

        if (tokens.TryTakeWord("by"))
        {
            tokens.Expect(TokenKind.LeftParen, "\"(\" and a field");
            var key = fields.Parse();
            tokens.Expect(TokenKind.RightParen, "\")\"");
            return new ByStage(key);
        }

        return ParseScalarStage();
    }

    private ScalarStage ParseScalarStage()
    {
        var left = ParseScalar(4);
        var (op, _) = FieldParser.OperatorOf(tokens.Current);
        if (!FieldParser.IsComparison(op) || op is FieldOperator.Matches or FieldOperator.NotMatches)
        {
            throw tokens.Unexpected("a comparison, such as count() > 2");
        }

        tokens.Take();
        return new ScalarStage(op, left, ParseScalar(4));
    }

    private ScalarExpr ParseScalar(int precedenceMin)
    {
        using var level = tokens.Descend();
        var left = ParseScalarPrimary();
        while (true)
        {
            var (op, precedence) = FieldParser.OperatorOf(tokens.Current);
            if (precedence < precedenceMin)
            {
                return left;
            }

            tokens.Take();
            left = new ScalarBinary(op, left, ParseScalar(op == FieldOperator.Power ? precedence : precedence + 1));
        }
    }

    private ScalarExpr ParseScalarPrimary()
    {
        using var level = tokens.Descend();
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Int or TokenKind.Float or TokenKind.Duration:
                return new ScalarNumber(token.Number);
            case TokenKind.Subtract:
                return new ScalarBinary(FieldOperator.Subtract, new ScalarNumber(0), ParseScalarPrimary());
            case TokenKind.LeftParen:
                var inner = ParseScalar(4);
                tokens.Expect(TokenKind.RightParen, "\")\" or an operator");
                return inner;
            case TokenKind.Word when AggregateOf(token.Text) is { } aggregate:
                return ParseAggregate(token, aggregate);
            default:
                throw tokens.Error(
                    token.Start,
                    $"unexpected {token}, expected a stage: a filter in braces, count(), avg(), min(), max(), sum(), by(), select(), coalesce(), or rate() and the other functions over time");
        }
    }

    private ScalarAggregate ParseAggregate(Token token, SpansetAggregate aggregate)
    {
        tokens.Expect(TokenKind.LeftParen, $"\"(\" after {token.Text}");
        var field = aggregate == SpansetAggregate.Count ? null : fields.ParseNumber();
        tokens.Expect(TokenKind.RightParen, "\")\"");
        return new ScalarAggregate(aggregate, field, field is FieldRef named ? $"{token.Text}({named.Name})" : field is null ? $"{token.Text}()" : $"{token.Text}(…)");
    }

    private static SpansetAggregate? AggregateOf(string word) => word switch
    {
        "count" => SpansetAggregate.Count,
        "avg" => SpansetAggregate.Avg,
        "min" => SpansetAggregate.Min,
        "max" => SpansetAggregate.Max,
        "sum" => SpansetAggregate.Sum,
        _ => null,
    };
}
