using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>Parses what stands behind a selector or a subquery: brackets, <c>offset</c>, <c>@</c>, <c>anchored</c>, <c>smoothed</c>.</summary>
internal sealed class ModifierParser(TokenCursor tokens, QueryOptions options)
{
    private readonly DurationParser _durations = new(tokens, options);

    public Expr ParseBrackets(Expr expression)
    {
        var open = tokens.Take();
        var range = _durations.ParsePositive("range selector");
        if (tokens.TryTake(TokenKind.Colon))
        {
            var step = tokens.Current.Kind == TokenKind.RightBracket ? default : _durations.ParsePositive("subquery selector");
            tokens.Expect(TokenKind.RightBracket, "\"]\"", "subquery selector");
            return expression.Type == ExprType.InstantVector
                ? new SubqueryExpr(expression, range.Ms, step.Ms)
                {
                    RangeExpression = range.Expression,
                    StepExpression = step.Expression,
                    Position = tokens.From(expression.Position.Start),
                }
                : throw tokens.Error(open.Start, $"subquery is only allowed on instant vector, got {Names.Of(expression.Type)} instead");
        }

        tokens.Expect(TokenKind.RightBracket, "\"]\" or \":\"", "range selector");
        if (expression is not VectorSelector selector)
        {
            throw tokens.Error(open.Start, "ranges only allowed for vector selectors; write [range:step] for a subquery");
        }

        return selector.Modifier == default
            ? new MatrixSelector(selector, range.Ms) { RangeExpression = range.Expression, Position = tokens.From(expression.Position.Start) }
            : throw tokens.Error(open.Start, "no offset or @ modifiers allowed before range");
    }

    public Expr ParseOffset(Expr expression)
    {
        var at = tokens.Take();
        var offset = _durations.ParseOffset();
        var modifier = ModifierOf(expression, at, "offset");
        return modifier is { OffsetMs: 0, OffsetExpression: null }
            ? WithModifier(expression, modifier with { OffsetMs = offset.Ms, OffsetExpression = offset.Expression })
            : throw tokens.Error(at.Start, "offset may not be set multiple times");
    }

    public Expr ParseAt(Expr expression)
    {
        var at = tokens.Take();
        var modifier = ModifierOf(expression, at, "@");
        if (modifier.At != AtKind.None)
        {
            throw tokens.Error(at.Start, "@ <timestamp> may not be set multiple times");
        }

        if (tokens.Current.IsWord("start") || tokens.Current.IsWord("end"))
        {
            var kind = tokens.Take().IsWord("start") ? AtKind.Start : AtKind.End;
            tokens.Expect(TokenKind.LeftParen, "\"(\"", "@ modifier");
            tokens.Expect(TokenKind.RightParen, "\")\"", "@ modifier");
            return WithModifier(expression, modifier with { At = kind });
        }

        return WithModifier(expression, modifier with { At = AtKind.Timestamp, AtMs = ParseTimestamp() });
    }

    /// <summary>Reads <c>anchored</c> or <c>smoothed</c>.</summary>
    public Expr ParseMode(Expr expression)
    {
        var word = tokens.Take();
        var mode = word.IsWord("anchored") ? SelectorMode.Anchored : SelectorMode.Smoothed;
        var name = mode == SelectorMode.Anchored ? "anchored" : "smoothed";
        if (!options.ExtendedRangeSelectors)
        {
            throw tokens.Error(word.Start, $"{name} modifier is experimental and not enabled; it must be enabled in the configuration, by query.extended_range_selectors: true");
        }

        var selector = expression switch
        {
            VectorSelector vector => vector,
            MatrixSelector matrix => matrix.Selector,
            SubqueryExpr => throw tokens.Error(word.Start, $"{name} modifier is not supported for subqueries"),
            _ => throw tokens.Error(word.Start, $"{name} modifier must be preceded by a selector"),
        };
        if (selector.Mode != SelectorMode.Plain)
        {
            throw tokens.Error(word.Start, selector.Mode == mode
                ? $"{name} may not be set multiple times"
                : "anchored and smoothed modifiers cannot be used together");
        }

        var position = tokens.From(expression.Position.Start);
        return expression is MatrixSelector range
            ? range with { Selector = selector with { Mode = mode }, Position = position }
            : selector with { Mode = mode, Position = position };
    }

    private TimeModifier ModifierOf(Expr expression, Token at, string modifier) => expression switch
    {
        VectorSelector selector => selector.Modifier,
        MatrixSelector matrix => matrix.Selector.Modifier,
        SubqueryExpr subquery => subquery.Modifier,
        _ => throw tokens.Error(at.Start, $"{modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery"),
    };

    private Expr WithModifier(Expr expression, TimeModifier modifier)
    {
        var position = tokens.From(expression.Position.Start);
        return expression switch
        {
            VectorSelector selector => selector with { Modifier = modifier, Position = position },
            MatrixSelector matrix => matrix with { Selector = matrix.Selector with { Modifier = modifier }, Position = position },
            _ => (SubqueryExpr)expression with { Modifier = modifier, Position = position },
        };
    }

    /// <summary>A signed number of seconds, in ms rounded half away from zero.</summary>
    private long ParseTimestamp()
    {
        var negative = tokens.Current.Kind == TokenKind.Subtract;
        if (negative || tokens.Current.Kind == TokenKind.Add)
        {
            tokens.Take();
        }

        var token = tokens.Take();
        if (token.Kind is not (TokenKind.Number or TokenKind.Duration) && !(token.Kind == TokenKind.Identifier && NumberFormat.TryParse(token.Text, out _)))
        {
            throw tokens.Error(token.Start, $"unexpected {token} in @ modifier, expected number or duration");
        }

        // 31,000 years: sums with as many durations as an expression can nest still fit 64 bits.
        const double Limit = 1e15;
        var ms = Math.Round(SelectorParser.NumberOf(token) * 1000.0, MidpointRounding.AwayFromZero);
        return Math.Abs(ms) <= Limit
            ? (long)(negative ? -ms : ms)
            : throw tokens.Error(token.Start, $"timestamp out of bounds for @ modifier: {token.Text}");
    }
}
