using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Lexing;

namespace Toka.Query.PromQL.Parsing;

/// <summary>A duration: its value, and how it is computed where it is not just written out.</summary>
/// <param name="Ms">The value in ms; 0 where it is known only with the query.</param>
/// <param name="Expression">How it is computed; null where it is written out.</param>
internal readonly record struct ParsedDuration(long Ms, DurationExpr? Expression);

/// <summary>Parses ranges, steps and offsets, with the arithmetic that they may have.</summary>
/// <remarks>Source: Prometheus's grammar; a plain offset ends at its first number, so that <c>x offset 1h + 2</c> adds to x.</remarks>
internal sealed class DurationParser(TokenCursor tokens, QueryOptions options)
{
    private const int PowerPrecedence = 3;

    private int _depth;

    /// <summary>The duration in the brackets of a range or a subquery: any arithmetic, above 0.</summary>
    public ParsedDuration ParsePositive(string where) => Finish(ParseOperations(1, where), true);

    /// <summary>The duration of an offset: a signed literal, <c>step()</c> and its kin, or arithmetic in parentheses.</summary>
    public ParsedDuration ParseOffset()
    {
        var sign = tokens.Current;
        if (sign.Kind is not (TokenKind.Add or TokenKind.Subtract))
        {
            return Finish(ParsePrimary("offset"), false);
        }

        tokens.Take();
        return Finish(Signed(sign, ParsePrimary("offset")), false);
    }

    private static (DurationOperator Operator, int Precedence) OperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.Add => (DurationOperator.Add, 1),
        TokenKind.Subtract => (DurationOperator.Subtract, 1),
        TokenKind.Multiply => (DurationOperator.Multiply, 2),
        TokenKind.Divide => (DurationOperator.Divide, 2),
        TokenKind.Modulo => (DurationOperator.Modulo, 2),
        TokenKind.Power => (DurationOperator.Power, PowerPrecedence),
        _ => default,
    };

    private ParsedDuration Finish(DurationExpr duration, bool mustBePositive)
    {
        if (duration.DependsOnQuery)
        {
            return new ParsedDuration(0, duration);
        }

        return DurationMath.TryCompute(duration, 0, 0, mustBePositive, out var ms) is { } fault
            ? throw tokens.Error(fault.Position, fault.Message)
            : new ParsedDuration(ms, duration is DurationLiteral ? null : duration);
    }

    private DurationExpr ParseOperations(int precedenceMin, string where)
    {
        Descend();
        var left = ParseSigned(where);
        while (true)
        {
            var (op, precedence) = OperatorOf(tokens.Current.Kind);
            if (precedence == 0 || precedence < precedenceMin)
            {
                _depth--;
                return left;
            }

            tokens.Take();
            var right = ParseOperations(precedence == PowerPrecedence ? precedence : precedence + 1, where);
            left = Checked(new DurationOperation(op, left, right) { Position = new PositionRange(left.Position.Start, right.Position.End) });
        }
    }

    private DurationExpr ParseSigned(string where)
    {
        var sign = tokens.Current;
        if (sign.Kind is not (TokenKind.Add or TokenKind.Subtract))
        {
            return ParsePrimary(where);
        }

        tokens.Take();
        return Signed(sign, ParseOperations(PowerPrecedence, where));
    }

    private DurationExpr Signed(Token sign, DurationExpr operand)
    {
        var position = new PositionRange(sign.Start, operand.Position.End);
        return (sign.Kind, operand) switch
        {
            (TokenKind.Add, DurationLiteral) => operand with { Position = position },
            (TokenKind.Add, _) => operand,
            (_, DurationLiteral literal) => literal with { Seconds = -literal.Seconds, Position = position },
            _ => Checked(new NegatedDuration(operand) { Position = position }),
        };
    }

    private DurationExpr ParsePrimary(string where)
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                return new DurationLiteral(SelectorParser.NumberOf(token), token.Kind == TokenKind.Duration) { Position = tokens.From(token.Start) };
            case TokenKind.Identifier when tokens.Current.Kind == TokenKind.LeftParen && (token.IsWord("step") || token.IsWord("range")):
                tokens.Take();
                tokens.Expect(TokenKind.RightParen, "\")\"", where);
                return new QueryDuration(token.IsWord("step")) { Position = tokens.From(token.Start) };
            case TokenKind.Identifier when tokens.Current.Kind == TokenKind.LeftParen && (token.IsWord("min_of") || token.IsWord("max_of")):
                tokens.Take();
                var one = ParseOperations(1, where);
                tokens.Expect(TokenKind.Comma, "\",\"", where);
                var other = ParseOperations(1, where);
                tokens.Expect(TokenKind.RightParen, "\")\"", where);
                var op = token.IsWord("min_of") ? DurationOperator.MinOf : DurationOperator.MaxOf;
                return Checked(new DurationOperation(op, one, other) { Position = tokens.From(token.Start) });
            case TokenKind.LeftParen:
                var inner = ParseOperations(1, where);
                tokens.Expect(TokenKind.RightParen, "\")\"", where);
                var position = tokens.From(token.Start);
                return inner is DurationLiteral ? inner with { Position = position } : inner with { IsWrapped = true, Position = position };
            case TokenKind.Identifier when NumberFormat.TryParse(token.Text, out _):
                throw tokens.Error(token.Start, $"duration out of range: {token.Text}");
            default:
                throw tokens.Error(token.Start, $"unexpected {token} in {where}, expected number, duration, step(), or range()");
        }
    }

    private void Descend()
    {
        if (++_depth > options.ExpressionDepthMax)
        {
            throw TooDeep();
        }
    }

    private DurationExpr Checked(DurationExpr duration) => duration.Depth <= options.ExpressionDepthMax ? duration : throw TooDeep();

    private Results.QueryException TooDeep() =>
        tokens.Error(tokens.Current.Start, $"the duration nests more than {options.ExpressionDepthMax} levels, the limit expression_depth_max; write it flatter");
}
